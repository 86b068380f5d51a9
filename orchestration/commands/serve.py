"""`ticketlake simulate` and `ticketlake up`: what runs until it is stopped."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ingestion.errors import ConfigurationError
from ingestion.settings import load_settings, log_settings, parse_utc
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering


@answering
def simulate(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes any free one.", min=0, max=65535)] = 0,
    port_file: Annotated[Path | None, typer.Option(help="File the port is written to once it answers.")] = None,
    incidents: Annotated[int, typer.Option(help="Tickets of the generated company; 0 for none.", min=0)] = 10_000,
    days: Annotated[int, typer.Option(help="Days they are spread over.", min=1)] = 396,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 1,
    event_log: Annotated[Path | None, typer.Option(help="Replay this event log instead of a company.")] = None,
    now: Annotated[str | None, typer.Option(help="Its clock, ISO 8601 UTC, instead of the present.")] = None,
    config: options.Config = None,
) -> Answer:
    """Serve the embedded ServiceNow instance alone until stopped; `/_control` drives it."""
    clock = parse_utc(now, "--now") if now else load_settings(config).fixed_now
    if event_log is not None and not event_log.is_file():
        raise ConfigurationError(f"--event-log {event_log}: no such file")

    from ingestion.instance import ServeOptions, serve

    serve(ServeOptions(port, port_file, incidents, days, seed, event_log, clock))
    return Answer()


@answering
def up(
    config: options.Config = None,
    port: Annotated[int, typer.Option(help="Port of the user interface.", min=0, max=65535)] = 3000,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
    api_port: Annotated[
        int | None, typer.Option(help="Serve the connector API, too, on this port.", min=1, max=65535)
    ] = None,
    debug: options.Debug = False,
    log_level: options.LogLevel = None,
) -> Answer:
    """Serve Dagster's user interface, with the schedule on, until stopped."""
    settings = load_settings(config)
    log = log_settings("DEBUG" if debug else log_level)

    from ingestion.warehouse import prepare_data_dir
    from orchestration.dagster_home import write_dagster_home
    from orchestration.environment import CONFIG_VARIABLE, prepare_environment
    from orchestration.schedule import next_tick
    from orchestration.services import run_services

    next_tick(settings.sync_cron)
    prepare_data_dir(settings)
    prepare_environment(settings)
    write_dagster_home(settings)
    if settings.config_path:
        os.environ[CONFIG_VARIABLE] = str(settings.config_path.absolute())
    # For the processes of the runs.
    os.environ["TICKETLAKE_LOG_LEVEL"] = log.level
    print(f"http://{host}:{port} (Ctrl-C ends it)", file=sys.stderr, flush=True)
    run_services(settings, host, port, log, api_port)
    return Answer()
