"""`ticketlake sync`, `ticketlake backfill` and `ticketlake reconcile`: the main job."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingestion.errors import ConfigurationError, TicketlakeError
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings, load_settings, parse_utc
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.connectors import targets_of
from orchestration.exit_codes import worst
from orchestration.request import CycleRequest
from orchestration.state import StateDatabase

if TYPE_CHECKING:
    from orchestration.job import Outcome

#: A command whose JSON has the same shape when the job could not even start.
running_the_job = partial(answering, on_failure={"run_id": None, "status": "failed", "instances": []})


@running_the_job
def sync(
    config: options.Config = None,
    instance: options.Instance = None,
    table: options.Table = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything as if for the first time.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only print what an initial sync would read.")] = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
    for_token: options.ForToken = None,
) -> Answer:
    """Extract, load, deletes, retention, models, checks, publish. The first time: the initial sync."""
    settings = load_settings(config)
    targets_of(settings, StateDatabase(settings.state_path), instance or ())
    if plan:
        return _plan(settings, instance or ())
    actor = options.actor_of(for_token)
    request = CycleRequest(actor=actor, instances=tuple(instance or ()), tables=_tables(table), full=full)
    return _run(settings, request, quiet=as_json, debug=debug)


@running_the_job
def backfill(
    start: Annotated[str, typer.Option("--from", help="First moment of `sys_updated_on`, ISO 8601, UTC.")],
    end: Annotated[str, typer.Option("--to", help="Last moment; a date means the end of that day.")],
    config: options.Config = None,
    instance: options.Instance = None,
    table: options.Table = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> Answer:
    """Read a window of `sys_updated_on` again, cursors untouched; then models, checks, publish."""
    settings = load_settings(config)
    targets_of(settings, StateDatabase(settings.state_path), instance or ())
    window = (parse_utc(start, "--from"), _end_of(end))
    if window[0] > window[1]:
        raise ConfigurationError(f"--from {start} lies after --to {end}")
    request = CycleRequest("backfill", instances=tuple(instance or ()), tables=_tables(table), window=window)
    return _run(settings, request, quiet=as_json, debug=debug)


@running_the_job
def reconcile(
    config: options.Config = None,
    instance: options.Instance = None,
    table: options.Table = None,
    content: Annotated[bool, typer.Option("--hash", help="Compare the content of every row too.")] = False,
    allow_mass_delete: Annotated[
        bool, typer.Option("--allow-mass-delete", help="Take out rows that are gone, however many they are.")
    ] = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> Answer:
    """Compare what is held with the source, heal what differs; then models, checks, publish."""
    settings = load_settings(config)
    targets_of(settings, StateDatabase(settings.state_path), instance or ())
    request = CycleRequest(
        "reconcile",
        instances=tuple(instance or ()),
        tables=_tables(table),
        content=content,
        allow_mass_delete=allow_mass_delete,
    )
    return _run(settings, request, quiet=as_json, debug=debug)


def _end_of(text: str) -> datetime:
    moment = parse_utc(text, "--to")
    is_date = len(text.strip()) == len("2026-11-21")
    return moment + timedelta(days=1, seconds=-1) if is_date else moment


def _tables(names: Sequence[str] | None) -> tuple[str, ...]:
    for name in names or ():
        if name not in TABLES:
            raise ConfigurationError(f"--table {name}: not extracted (known: {', '.join(TABLES)})")
    return tuple(names or ())


def _run(settings: Settings, request: CycleRequest, *, quiet: bool, debug: bool) -> Answer:
    from orchestration.job import run_job
    from orchestration.progress import showing_progress

    with showing_progress(quiet=quiet) as progress_of:
        outcome = run_job(settings, request, progress_of, debug=debug)
    return answer_of(settings, outcome)


def answer_of(settings: Settings, outcome: "Outcome") -> Answer:
    """A pass of the job as JSON and as lines: a line an instance, then what readers see now."""
    document: dict[str, Any] = {"run_id": outcome.run_id, "status": outcome.status, "instances": []}
    lines = []
    for run, tables in outcome.instances:
        document["instances"].append({"instance": run.instance, "status": run.status, "tables": tables})
        read, new, changed, gone, requests, size = (
            sum(table[name] for table in tables)
            for name in ("rows_read", "inserted", "updated", "deleted", "requests", "bytes")
        )
        lines.append(
            f"{run.instance}: {run.kind} {run.status}: {read:,} rows read, {new:,} inserted, {changed:,} updated, "
            f"{gone:,} deleted; {requests:,} requests, {size:,} bytes"
        )
    if outcome.published:
        lines.append(f"published {settings.published_link} ({outcome.published})")
    return Answer(document, lines, outcome.exit_code, outcome.error)


def _plan(settings: Settings, names: Sequence[str]) -> Answer:
    from ingestion.planning import plan_instance

    document: dict[str, Any] = {"instances": []}
    lines, errors, codes = [], [], []
    for instance in targets_of(settings, StateDatabase(settings.state_path), names):
        try:
            rows = plan_instance(settings, instance)
        except TicketlakeError as error:
            document["instances"].append({"instance": instance.name, "error": str(error), "tables": []})
            errors.append(f"{instance.name}: {error}")
            codes.append(error.exit_code)
            continue
        document["instances"].append({"instance": instance.name, "tables": [vars(row) for row in rows]})
        lines.append(f"{instance.name:20} {'rows':>12} {'pages':>8} {'requests':>9} {'minutes':>8}")
        lines += [
            f"{row.table_name:20} {row.rows:12,} {row.pages:8,} {row.requests:9,} {row.minutes:8.1f} {row.note}"
            for row in rows
        ]
        lines.append(
            f"{'total':20} {sum(row.rows for row in rows):12,} {sum(row.pages for row in rows):8,} "
            f"{sum(row.requests for row in rows):9,} {sum(row.minutes for row in rows):8.1f}"
        )
    return Answer(document, lines, worst(codes), "; ".join(errors) or None)
