"""Dagster's entry point: the definitions for the settings of the environment."""

import os
from pathlib import Path

from ingestion.settings import load_settings, log_settings
from orchestration.dagster_home import write_dagster_home
from orchestration.defs import build_definitions
from orchestration.environment import CONFIG_VARIABLE, prepare_environment
from orchestration.logs import configure

_config = os.environ.get(CONFIG_VARIABLE)
_settings = load_settings(Path(_config) if _config else None)
configure(log_settings())
prepare_environment(_settings)
write_dagster_home(_settings)
defs = build_definitions(_settings)
