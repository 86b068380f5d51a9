"""`ticketlake check`, `ticketlake retention` and `ticketlake erase`."""

from typing import Annotated

import typer

from ingestion.errors import TicketlakeError
from ingestion.settings import Settings, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.commands.sync import answer_of, running_the_job
from orchestration.connectors import with_registered
from orchestration.request import CycleRequest
from orchestration.state import StateDatabase


@answering
def check(
    config: options.Config = None,
    accept_row_counts: Annotated[
        bool, typer.Option("--accept-row-counts", help="Take the rows there are now as the measure of later checks.")
    ] = False,
) -> Answer:
    """Run the data-quality checks only, and write their report. Ends with 4 where a critical one fails."""
    settings = with_warehouse(load_settings(config))

    from ingestion.warehouse import data_directory_lock
    from orchestration.environment import prepare_environment
    from orchestration.quality import Layer, run_checks

    prepare_environment(settings)
    with data_directory_lock(settings, "check"):
        layers: tuple[Layer, ...] = ("raw", "public")
        reports = [run_checks(settings, layer, accept_row_counts=accept_row_counts, data_docs=True) for layer in layers]
    failed = [result for report in reports for result in (*report.failed_critical, *report.failed_warnings)]
    critical = sum(len(report.failed_critical) for report in reports)
    return Answer(
        {"layers": [report.to_dict() for report in reports], "reports": str(settings.reports_dir)},
        [*(report.summary for report in reports), *map(str, failed), f"reports in {settings.reports_dir}"],
        4 if critical else 0,
        f"{critical} critical data-quality checks failed" if critical else None,
    )


@running_the_job
def retention(
    config: options.Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would go, and why.")] = False,
    debug: options.Debug = False,
) -> Answer:
    """Take out what has expired, write all files anew, and publish."""
    settings = with_warehouse(load_settings(config))
    if dry_run:
        return _preview(settings)

    from orchestration.job import run_job

    return answer_of(settings, run_job(settings, CycleRequest("retention"), debug=debug))


@running_the_job
def erase(
    user: Annotated[str, typer.Option("--user", help="The user_name, e-mail address, full name or sys_id.")],
    config: options.Config = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", help="A further text that names the person; may be repeated.")
    ] = None,
    unlisted: Annotated[
        bool, typer.Option("--unlisted", help="Erase the text of --user itself where no user is known by it.")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Kept with the proof: a case number, no name.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the rows that would change.")] = False,
    debug: options.Debug = False,
) -> Answer:
    """Take a person out of everything: rows, history, texts, other files; then write all anew and publish."""
    settings = with_warehouse(load_settings(config))

    from ingestion.erasure.erasing import ErasureRequest
    from orchestration.erasure import erase_rows
    from orchestration.state.audit_log import os_user

    asked = ErasureRequest(user, tuple(also or ()), unlisted, f"command ({os_user()})", reason)
    erased = erase_rows(settings, asked, dry_run=dry_run)
    if dry_run:
        return Answer({"erasure": erased.as_json()}, ["dry run: nothing was changed", *erased.lines()])

    from orchestration.job import run_job

    answer = answer_of(settings, run_job(settings, CycleRequest("erase"), debug=debug))
    return Answer(
        {**answer.document, "erasure": erased.as_json()},
        [*erased.lines(), *answer.lines],
        answer.exit_code,
        answer.error,
    )


def _preview(settings: Settings) -> Answer:
    from ingestion.retention_preview import preview
    from ingestion.warehouse import connect, data_directory_lock

    with data_directory_lock(settings, "retention --dry-run"), connect(settings, read_only=True) as connection:
        lines = preview(connection, settings)
    return Answer(
        {
            "retention_start": str(settings.retention_start()),
            "expired": [line.as_json() for line in lines],
            "rows": sum(line.rows for line in lines),
        },
        [str(line) for line in lines] or [f"nothing is older than {settings.retention_days} days"],
    )


def with_warehouse(settings: Settings) -> Settings:
    """The settings with every connector that is known here. Raises TicketlakeError where nothing was ever loaded."""
    if not settings.warehouse_path.is_file():
        raise TicketlakeError(
            f"{settings.warehouse_path} does not exist yet; run `ticketlake sync` or `ticketlake demo`"
        )
    return with_registered(settings, StateDatabase(settings.state_path))
