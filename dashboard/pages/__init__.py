"""The pages, in the order of the navigation; the first is the start. `dashboard.frame` says how one is written."""

from types import ModuleType

from dashboard.pages import data_health, mttr, overview

PAGES: tuple[ModuleType, ...] = (overview, mttr, data_health)
