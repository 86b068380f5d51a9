"""The pages of `reports/runs/`: one run, and the list of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from orchestration.html_page import page_of, table_of
from orchestration.state import Cycle, Run
from orchestration.state.runs import TABLE_COLUMNS

if TYPE_CHECKING:
    from orchestration.quality import QualityReport

_STYLES = {"succeeded": "ok", "failed": "critical", "skipped": "warning", "running": "warning"}


@dataclass(frozen=True)
class Figures:
    """What a run's page shows beside the run itself.

    `runs` with their rows of `meta.sync_tables`; `expired` instance, table, rows, reason; `compared`,
    `covered` and `changed` rows of the bookkeeping tables, as their headings below name the columns.
    """

    runs: Sequence[tuple[Run, Sequence[dict[str, Any]]]]
    steps: Sequence[tuple[str, float]]
    warnings: Sequence[str]
    expired: Sequence[tuple[str, str, int, str]]
    quality: "Sequence[QualityReport]"
    compared: Sequence[tuple[object, ...]]
    covered: Sequence[tuple[object, ...]]
    changed: Sequence[tuple[object, ...]]
    published: str | None


def run_page(cycle: Cycle, figures: Figures) -> str:
    """The page of one run."""
    parts = [
        '<p><a href="index.html">All runs</a></p>',
        _summary(cycle, figures),
        _section("Time by step", table_of(("step", "seconds"), figures.steps)) if figures.steps else "",
        *(_instance(run, tables) for run, tables in figures.runs),
        _listed("Warnings", figures.warnings),
        _rows("Expired by retention", ("instance", "table", "rows", "reason"), figures.expired),
        _checks(figures.quality),
        _rows(
            "Newest comparison with the source",
            ("instance", "table", "at the source", "held", "hidden", "difference", "compared at"),
            figures.compared,
        ),
        _rows(
            "Changes of columns, the latest",
            ("instance", "table", "column", "change", "old", "new", "found at"),
            figures.changed,
        ),
        _rows(
            "Coverage",
            ("instance", "table", "synced columns", "hidden", "missing", "never synced", "last read at"),
            figures.covered,
        ),
    ]
    return page_of(f"Run of {cycle.started_at} UTC", "".join(parts))


def list_page(cycles: Sequence[Cycle]) -> str:
    """The list of runs that have a page, newest first."""
    lines = "".join(
        f'<tr><td><a href="{escape(cycle.run_id)}.html">{cycle.started_at}</a></td><td>{escape(cycle.kind)}</td>'
        f'<td>{escape(cycle.actor)}</td><td class="{_STYLES[cycle.status]}">{escape(cycle.status)}</td>'
        f"<td>{escape(cycle.error or '')}</td></tr>"
        for cycle in cycles
    )
    head = "<tr><th>Started, UTC</th><th>Kind</th><th>Asked by</th><th>Status</th><th>Error</th></tr>"
    return page_of("Runs", f"<table>{head}{lines}</table>")


def _summary(cycle: Cycle, figures: Figures) -> str:
    took = (cycle.finished_at - cycle.started_at).total_seconds() if cycle.finished_at else None
    totals = {
        name: sum(table[name] for _, tables in figures.runs for table in tables)
        for name in ("rows_read", "inserted", "updated", "deleted", "requests", "bytes")
    }
    lines = [
        ("run", cycle.run_id),
        ("kind", f"{cycle.kind}, asked for by {cycle.actor}"),
        ("finished at", cycle.finished_at),
        ("seconds", took),
        ("exit code", cycle.exit_code),
        *((name.replace("_", " "), count) for name, count in totals.items()),
        ("published", figures.published or "nothing: readers keep the version before"),
        *((f"configuration of {run.instance}", run.config_version) for run, _ in figures.runs if run.config_version),
        ("error", cycle.error),
    ]
    shown = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(f'{value:,}' if isinstance(value, int) else str(value))}</td></tr>"
        for name, value in lines
        if value is not None
    )
    return f'<p class="{_STYLES[cycle.status]}">{escape(cycle.status)}</p><table>{shown}</table>'


def _instance(run: Run, tables: Sequence[dict[str, Any]]) -> str:
    until = f", data as of {run.data_as_of} UTC" if run.data_as_of else ""
    error = f'<p class="critical">{escape(run.error)}</p>' if run.error else ""
    headers = [name.replace("_", " ") for name in TABLE_COLUMNS]
    rows = [[table[name] for name in TABLE_COLUMNS] for table in tables]
    body = table_of(headers, rows) if rows else "<p>Nothing was read.</p>"
    return _section(f"{run.instance}: {run.kind} {run.status}{until}", error + body)


def _checks(reports: "Sequence[QualityReport]") -> str:
    if not reports:
        return ""
    failed = [
        (each.severity, each.table, each.name, each.observed, each.limit, each.description, ", ".join(each.sample_keys))
        for report in reports
        for each in (*report.failed_critical, *report.failed_warnings)
    ]
    headers = ("severity", "table", "check", "found", "limit", "what it counts", "keys")
    summaries = "".join(f"<p>{escape(report.summary)}, {report.seconds:.1f} s.</p>" for report in reports)
    link = '<p><a href="../data-quality.html">All checks</a></p>'
    return _section("Data quality", summaries + (table_of(headers, failed) if failed else "") + link)


def _rows(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return _section(title, table_of(headers, rows)) if rows else ""


def _listed(title: str, lines: Sequence[str]) -> str:
    return _section(title, "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>") if lines else ""


def _section(title: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2>{body}"
