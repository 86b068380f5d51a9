"""`ticketlake simulate` and `ticketlake up`: what runs until it is stopped."""

import os
import sys
from typing import Annotated

import typer

from ingestion.settings import load_settings
from orchestration.commands import options


def up(
    config: options.Config = None,
    port: Annotated[int, typer.Option(help="Port of the user interface.", min=0, max=65535)] = 3000,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
    debug: options.Debug = False,
) -> None:
    """Serve Dagster's user interface, with the schedule on, until stopped."""
    settings = load_settings(config)

    from ingestion.warehouse import prepare_data_dir
    from orchestration.dagster_home import write_dagster_home
    from orchestration.environment import CONFIG_VARIABLE, prepare_environment
    from orchestration.schedule import next_tick

    next_tick(settings.sync_cron)
    prepare_data_dir(settings)
    prepare_environment(settings)
    write_dagster_home(settings)
    if settings.config_path:
        os.environ[CONFIG_VARIABLE] = str(settings.config_path.absolute())
    command = [sys.executable, "-m", "dagster", "dev", "--module-name", "orchestration.definitions"]
    command += ["--host", host, "--port", str(port), "--log-level", "debug" if debug else "warning"]
    print(f"http://{host}:{port} (Ctrl-C ends it)", flush=True)
    # This process becomes Dagster: signals reach it without a middleman.
    os.chdir(settings.data_dir)
    os.execv(sys.executable, command)
