"""`ticketlake connector list` and `connector show`."""

from typing import Annotated, Any

import typer

from ingestion.settings import Settings, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.connectors import register_configured
from orchestration.state import Connector, Connectors, Runs, StateDatabase

connector = typer.Typer(help="The ServiceNow instances this data directory knows.", no_args_is_help=True)


@connector.command("list")
@answering
def list_connectors(config: options.Config = None) -> Answer:
    """All connectors: name, state, next tick."""
    found = Connectors(_database(load_settings(config))).all()
    return Answer(
        {"connectors": [as_document(each) for each in found]},
        [line_of(each) for each in found] or ["no connector yet; set SERVICENOW_INSTANCE_URL and credentials"],
    )


@connector.command("show")
@answering
def show_connector(
    name: Annotated[str, typer.Argument(help="The connector's name.")], config: options.Config = None
) -> Answer:
    """One connector, its last runs and its last changes of state."""
    database = _database(load_settings(config))
    found = Connectors(database).get(name)
    runs = Runs(database).last(5, name)
    moves = Connectors(database).transitions(name, 10)
    return Answer(
        {
            **as_document(found),
            "url": found.url,
            "runs": [run.as_json() for run in runs],
            "transitions": [{**vars(move), "at": str(move.at)} for move in moves],
        },
        [
            line_of(found),
            f"  {found.url}",
            *(f"  run {run.started_at} {run.kind} {run.status}{f': {run.error}' if run.error else ''}" for run in runs),
            *(f"  {move.at} {move.from_status or 'new'} -> {move.to_status} ({move.cause})" for move in moves),
        ],
    )


def as_document(found: Connector) -> dict[str, Any]:
    """The fields of `meta.connectors`."""
    next_tick = str(found.rescheduled_for) if found.rescheduled_for else None
    return {
        "id": found.id,
        "name": found.name,
        "type": found.type,
        "status": str(found.status),
        "rescheduled_for": next_tick,
    }


def line_of(found: Connector) -> str:
    tick = f", next tick {found.rescheduled_for} UTC" if found.rescheduled_for else ""
    return f"{found.name}: {found.status}{tick}"


def _database(settings: Settings) -> StateDatabase:
    """The state, with the connectors that the settings configure."""
    database = StateDatabase(settings.state_path)
    register_configured(settings, database, "command")
    return database
