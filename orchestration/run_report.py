"""The report of a run that a person can read: a page a run in `reports/runs/`, and the list of them.

It says what came from the source table by table, what went, what was compared, checked and published,
and how long each step took. It is written when a run has ended, whichever way, while the run still
holds the data directory. A run that was killed has none: the next one says so.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ingestion.retention import Expired
from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, connect
from orchestration.run_report_page import Figures, list_page, run_page
from orchestration.state import Publications, Runs, StateDatabase

if TYPE_CHECKING:
    from orchestration.quality import QualityReport

log = logging.getLogger(__name__)

#: Reports of runs that are kept; older ones go.
KEPT = 100

_COMPARED = f"""
    SELECT instance, table_name, source_count, warehouse_count, hidden_count, difference, checked_at
    FROM {BOOKKEEPING}.reconciliation
    QUALIFY row_number() OVER (PARTITION BY instance, table_name ORDER BY checked_at DESC) = 1
    ORDER BY instance, table_name
"""
_COVERED = f"""
    SELECT instance, table_name, count(*) FILTER (status = 'synced'),
        string_agg(column_name, ', ' ORDER BY column_name) FILTER (status = 'hidden'),
        string_agg(column_name, ', ' ORDER BY column_name) FILTER (status = 'missing'),
        count(*) FILTER (status = 'never_synced'), max(last_synced_at)
    FROM {BOOKKEEPING}.coverage GROUP BY instance, table_name ORDER BY instance, table_name
"""
_CHANGED = f"""
    SELECT instance, table_name, column_name, change, "old", "new", detected_at
    FROM {BOOKKEEPING}.schema_changes ORDER BY detected_at DESC, instance, table_name, column_name LIMIT 20
"""


@dataclass
class RunNotes:
    """What a cycle notes for its report beside what it writes to the state.

    `steps` are names with seconds, in order; `quality` the check results by layer as they came.
    """

    steps: list[tuple[str, float]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    expired: list[Expired] = field(default_factory=list)
    quality: "list[QualityReport]" = field(default_factory=list)


def report_path(settings: Settings, run_id: str) -> Path:
    """Where the report of a run is, or will be."""
    return settings.reports_dir / "runs" / f"{run_id}.html"


def write_run_report(settings: Settings, database: StateDatabase, run_id: str, notes: RunNotes) -> Path | None:
    """Write the page of a run that has ended, bring the list up to date, drop the oldest; returns the page.

    Call while holding the data directory. A report that cannot be written (a full disk) is warned of
    and None: what the run did stands, and the state has the figures.
    """
    runs = Runs(database)
    cycle = runs.cycle(run_id)
    if cycle is None:
        return None
    last = Publications(database).last()
    path = report_path(settings, run_id)
    try:
        compared, covered, changed = _read(settings)
        page = run_page(
            cycle,
            Figures(
                runs=[(run, runs.tables(run_id, run.instance)) for run in runs.of(run_id)],
                steps=notes.steps,
                warnings=notes.warnings,
                expired=[(line.instance, line.table_name, line.rows, line.reason) for line in notes.expired],
                quality=notes.quality,
                compared=compared,
                covered=covered,
                changed=changed,
                published=last.file if last and last.run_id == run_id else None,
            ),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, page)
        kept = [each for each in runs.last_cycles(KEPT) if report_path(settings, each.run_id).is_file()]
        _replace(path.with_name("index.html"), list_page(kept))
        _drop_others(path.parent, (each.run_id for each in kept))
    except (OSError, duckdb.Error) as error:
        log.warning("no report of run %s in %s: %s", run_id, path.parent, error)
        return None
    return path


def _read(settings: Settings) -> Sequence[list[tuple[object, ...]]]:
    with connect(settings, read_only=True) as connection:
        return [connection.execute(query).fetchall() for query in (_COMPARED, _COVERED, _CHANGED)]


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _drop_others(folder: Path, kept: Iterable[str]) -> None:
    names = {"index.html", *(f"{run_id}.html" for run_id in kept)}
    for file in folder.iterdir():
        if file.name not in names:
            file.unlink()
