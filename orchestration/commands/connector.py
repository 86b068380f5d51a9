"""`ticketlake connector`: the life of a connector, from its creation to its deletion."""

import re
import sys
from typing import Annotated, Any

import typer

from ingestion.errors import ConfigurationError
from ingestion.settings import Settings, check_url, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.connectors import register_configured
from orchestration.state import Connector, Connectors, Runs, StateDatabase

connector = typer.Typer(help="The ServiceNow instances this data directory knows.", no_args_is_help=True)

ACTOR = "command"
Name = Annotated[str, typer.Argument(help="The connector's name: the value of `instance` in every table.")]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


@connector.command("create")
@answering
def create_connector(
    name: Name,
    url: Annotated[str, typer.Option("--url", help="The instance, such as https://example.service-now.com.")],
    config: options.Config = None,
) -> Answer:
    """Register an instance. It then waits for credentials (`connector auth`)."""
    database = _database(load_settings(config))
    made = Connectors(database).create(check_name(name), check_url(url, "--url"), actor=ACTOR)
    return Answer(_shown(made), [line_of(made), f"next: ticketlake connector auth {name}"])


@connector.command("auth")
@answering
def authenticate_connector(name: Name, config: options.Config = None) -> Answer:
    """Try the SERVICENOW_* credentials of the environment on the instance, and keep them, encrypted."""
    settings = load_settings(config)

    from orchestration.connectors.authentication import authenticate

    found = authenticate(settings, _database(settings), name, settings.given_credentials, actor=ACTOR)
    return Answer(_shown(found), [line_of(found)])


@connector.command("init")
@answering
def initialize_connector(
    name: Name,
    override: Annotated[
        str | None, typer.Option("--override", help="Begin though checks failed; the reason is kept on record.")
    ] = None,
    config: options.Config = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
    for_token: options.ForToken = None,
) -> Answer:
    """Run the checks of `doctor`, then the initial sync."""
    settings = load_settings(config)
    database = _database(settings)

    from orchestration.commands.sync import answer_of
    from orchestration.connectors.initialization import let_begin
    from orchestration.job import run_job
    from orchestration.progress import showing_progress
    from orchestration.request import CycleRequest

    actor = options.actor_of(for_token)
    for failed in let_begin(settings, database, name, override=override, actor=actor):
        print(f"overridden: {failed}", file=sys.stderr)
    with showing_progress(quiet=as_json) as progress_of:
        outcome = run_job(settings, CycleRequest(actor=actor, instances=(name,)), progress_of, debug=debug)
    return answer_of(settings, outcome)


@connector.command("list")
@answering
def list_connectors(config: options.Config = None) -> Answer:
    """All connectors: name, state, next tick."""
    found = Connectors(_database(load_settings(config))).all()
    return Answer(
        {"connectors": [as_document(each) for each in found]},
        [line_of(each) for each in found]
        or ["no connector yet; set SERVICENOW_INSTANCE_URL and credentials, or `ticketlake connector create`"],
    )


@connector.command("show")
@answering
def show_connector(name: Name, config: options.Config = None) -> Answer:
    """One connector, its last runs and its last changes of state."""
    database = _database(load_settings(config))
    found = Connectors(database).get(name)
    runs = Runs(database).last(5, name)
    moves = Connectors(database).transitions(name, 10)
    return Answer(
        {
            **_shown(found),
            "runs": [run.as_json() for run in runs],
            "transitions": [{**vars(move), "at": str(move.at)} for move in moves],
        },
        [
            line_of(found),
            f"  {found.url}",
            *([f"  begun against its checks: {found.override_reason}"] if found.override_reason else []),
            *(f"  run {run.started_at} {run.kind} {run.status}{f': {run.error}' if run.error else ''}" for run in runs),
            *(f"  {move.at} {move.from_status or 'new'} -> {move.to_status} ({move.cause})" for move in moves),
        ],
    )


@connector.command("delete")
@answering
def delete_connector(
    name: Name,
    purge: Annotated[bool, typer.Option("--purge", help="Delete everything read from the instance, too.")] = False,
    config: options.Config = None,
) -> Answer:
    """Forget a connector and its credentials. Its data is kept, unless purged."""
    settings = load_settings(config)
    database = StateDatabase(settings.state_path)

    from orchestration.connectors import deletion

    deletion.delete_connector(settings, database, name, purge=purge, actor=ACTOR)
    lines = [f"{name}: deleted; its data is {'gone' if purge else 'kept'}"]
    if deletion.is_configured(settings, name):
        lines.append("its address is still in the settings: the next command registers it again")
    if purge:
        deletion.forget_published(settings)
    return Answer({"name": name, "purged": purge}, lines)


@connector.command("rotate-key")
@answering
def rotate_key(config: options.Config = None) -> Answer:
    """Seal all stored credentials with the next key: TICKETLAKE_NEW_SECRET_KEY, or a new one in the keyring."""
    settings = load_settings(config)

    from orchestration.credentials import Vault
    from orchestration.privacy_key import rotating

    with rotating(settings):
        count = Vault(settings, StateDatabase(settings.state_path)).rotate(actor=ACTOR)
    then = "; set TICKETLAKE_SECRET_KEY to the new key" if settings.secret_key else ""
    return Answer({"connectors": count}, [f"credentials of {count} connectors have the new key{then}"])


def check_name(name: str) -> str:
    """Raise ConfigurationError where a name cannot be that of a connector."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"connector name {name!r}: use up to 63 letters, digits, '.', '_' and '-', a letter or digit first"
        )
    return name


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


def _shown(found: Connector) -> dict[str, Any]:
    """The same with its address and what was set for it alone."""
    return {
        **as_document(found),
        "url": found.url,
        "sync_cron": found.sync_cron,
        "tables": None if found.tables is None else list(found.tables),
        "paused": found.is_paused,
        "override_reason": found.override_reason,
    }


def line_of(found: Connector) -> str:
    tick = f", next tick {found.rescheduled_for} UTC" if found.rescheduled_for else ""
    return f"{found.name}: {found.status}{tick}{', paused' if found.is_paused else ''}"


def _database(settings: Settings) -> StateDatabase:
    """The state, with the connectors that the settings configure."""
    database = StateDatabase(settings.state_path)
    register_configured(settings, database, ACTOR)
    return database
