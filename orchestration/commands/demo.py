"""`ticketlake demo`: the main job end to end, with nothing but this machine."""

import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingestion.settings import Settings, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.demo.data_directory import NAME, replace_earlier_demo
from orchestration.request import CycleRequest

if TYPE_CHECKING:
    from orchestration.demo.figures import Figure
    from orchestration.demo.scenario import Result
    from orchestration.job import Outcome


@answering
def demo(
    config: options.Config = None,
    incidents: Annotated[int, typer.Option(help="Tickets of the generated company.", min=100)] = 10_000,
    days: Annotated[int, typer.Option(help="Days they are spread over.", min=7)] = 396,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 1,
    ticks: Annotated[int, typer.Option(help="Two-hour ticks it is followed for.", min=1)] = 3,
    debug: options.Debug = False,
) -> Answer:
    """Run the main job against an embedded ServiceNow instance, end to end, and show its figures."""
    settings = load_settings(config)
    replace_earlier_demo(settings)

    from orchestration.demo.scenario import play
    from orchestration.job import run_job
    from orchestration.progress import showing_progress

    def run_cycle(title: str, at: Settings, request: CycleRequest) -> "Outcome":
        started = time.monotonic()
        _say(f"{title}, {at.now()} UTC: extract, load, check, model, check, publish ...")
        with showing_progress() as progress_of:
            outcome = run_job(at, request, progress_of, debug=debug)
        for _, tables in outcome.instances:
            new, changed, gone = (sum(table[key] for table in tables) for key in ("inserted", "updated", "deleted"))
            seconds = time.monotonic() - started
            _say(f"  {outcome.status} in {seconds:.1f} s: {new:,} inserted, {changed:,} updated, {gone:,} deleted")
        return outcome

    _say(f"starting a ServiceNow instance with {incidents:,} incidents in {days} days (seed {seed}) ...")
    result = play(settings, incidents=incidents, days=days, seed=seed, ticks=ticks, run_cycle=run_cycle)
    if result.outcome.exit_code:
        return Answer(exit_code=result.outcome.exit_code, error=result.outcome.error)
    return _report(settings, result)


def _report(settings: Settings, result: "Result") -> Answer:
    from orchestration.demo.figures import compare, deletes_found, top_recurring

    path = settings.published_link
    figures = compare(path, NAME, result.truth)
    found = deletes_found(path, NAME, result.deleted)
    lines = [f"Read from {path}, beside what the instance itself says:", ""]
    lines.append(f"  {'':34}{'published':>14}{'instance':>14}")
    lines += [_line(figure) for figure in figures]
    lines += ["", "Top recurring tickets:"]
    lines += [
        f"  {title.ticket_count:5,} tickets {(title.total_resolve_minutes or 0) / 60:9,.0f} h  {title.title[:70]}"
        for title in top_recurring(path, NAME)
    ]
    lines += [
        "",
        f"Deleted at the source: {sum(found.values())} of {len(result.deleted)} found and taken out "
        f"({found['audit']} by its audit, {found['key_sweep']} that left no trace by comparing keys)",
        "",
        "Where to look next:",
        f"  {path} opens in any DuckDB client (schemas sdm, metrics, meta); every column has a comment",
        f"  {settings.reports_dir / 'data-quality.html'} is the data-quality report, itsm.html beside it the overview",
        "  ticketlake status; ticketlake up; and README.md for a ServiceNow instance of your own",
        "",
        f"And the dashboard, in your browser: {_dashboard_command(settings)}",
    ]
    wrong = [figure.label for figure in figures if not figure.agrees]
    if sum(found.values()) != len(result.deleted):
        wrong.append("deletes found")
    return Answer(
        lines=lines,
        exit_code=1 if wrong else 0,
        error=f"published figures differ from the instance's: {', '.join(wrong)}" if wrong else None,
    )


def _dashboard_command(settings: Settings) -> str:
    """As it can be copied into the shell that ran the demo."""
    own, here = Path(sys.executable).with_name("ticketlake"), Path.cwd()
    program = str(own.relative_to(here) if own.is_relative_to(here) else own)
    if shutil.which("ticketlake") == str(own):
        program = own.name
    is_default = settings.data_dir == here / "data"
    place = "" if is_default else f"TICKETLAKE_DATA_DIR={shlex.quote(str(settings.data_dir))} "
    return f"{place}{shlex.quote(program)} dashboard"


def _line(figure: "Figure") -> str:
    mark = "" if figure.agrees else "  differs"
    return f"  {figure.label:34}{_text(figure.published, figure.unit):>14}{_text(figure.true, figure.unit):>14}{mark}"


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "none"
    if unit == "share":
        return f"{value:.4f}"
    return f"{value:,.2f} {unit}".rstrip() if isinstance(value, float) else f"{value:,}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
