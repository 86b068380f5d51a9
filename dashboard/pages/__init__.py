"""The pages, in the order of the navigation; the first is the start. `dashboard.frame` says how one is written."""

from types import ModuleType

from dashboard.pages import backlog, changes, data_health, mttr, overview, reassignments, recurring

PAGES: tuple[ModuleType, ...] = (overview, mttr, recurring, reassignments, backlog, changes, data_health)
