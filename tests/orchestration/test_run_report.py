"""The page a run leaves behind: what it says, however the run ended, and how many are kept."""

import os
import re
from pathlib import Path

import pytest

from ingestion.errors import TransientError, WarehouseLocked
from ingestion.pipeline import InstanceReport, TableReport
from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, connect, data_directory_lock
from orchestration.cycle import open_cycle
from orchestration.ledger import Ledger
from orchestration.request import CycleRequest
from orchestration.run_report import KEPT, RunNotes, report_path, write_run_report
from orchestration.state import Runs, StateDatabase, utc_now


def page_of(settings: Settings, run_id: str) -> str:
    return report_path(settings, run_id).read_text(encoding="utf-8")


def words(page: str) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_a_run_that_published_says_what_it_did(built: Settings, database: StateDatabase) -> None:
    with connect(built) as connection:
        connection.execute(
            f"insert into {BOOKKEEPING}.reconciliation values"
            " ('default', 'incident', 12, 11, 1, 0, timestamp '2026-11-20 10:00:00'),"
            " ('default', 'incident', 9, 8, 1, 0, timestamp '2026-11-19 10:00:00')"
        )
        connection.execute(
            f"insert into {BOOKKEEPING}.coverage values"
            " ('default', 'incident', 'number', 'synced', null, timestamp '2026-11-20 10:00:00', 11, 0),"
            " ('default', 'incident', 'made_sla', 'hidden', null, null, 11, 1)"
        )
    request = CycleRequest()
    with open_cycle(built, "11111111-good", request) as cycle:
        ledger = Ledger(built, database, "11111111-good", request)
        with cycle.step("extract"):
            ledger.begin_attempt("default", "initial")
            table = TableReport("incident", rows_read=12_345, inserted=11, requests=3, bytes=98_765, seconds=1.5)
            ledger.loaded(InstanceReport("default", tables=[table], data_as_of=utc_now()), first_load=True)
        cycle.notes.warnings.append("kb_category: <refused>")
        cycle.publish()
    text = words(page_of(built, "11111111-good"))
    assert "succeeded" in text and "default: initial succeeded, data as of" in text
    assert "incident 12,345 11 0 0 0 3 98,765 0 1.5" in text
    assert "extract" in text and "published itsm-" in text
    assert "incident 12 11 1 0 2026-11-20 10:00:00" in text and "2026-11-19" not in text, "the newest comparison alone"
    assert "incident 1 made_sla" in text
    assert "&lt;refused&gt;" in text
    listed = page_of(built, "index")
    assert 'href="11111111-good.html"' in listed


def test_a_run_that_failed_says_why(settings: Settings, database: StateDatabase) -> None:
    with (
        pytest.raises(TransientError),
        open_cycle(settings, "22222222-bad", CycleRequest(actor="schedule")) as cycle,
        cycle.step("extract"),
    ):
        Ledger(settings, database, "22222222-bad", CycleRequest()).begin_attempt("default", "initial")
        raise TransientError("GET /api/now/table/incident: 503, tried 6 times")
    text = words(page_of(settings, "22222222-bad"))
    assert "503, tried 6 times" in text and "asked for by schedule" in text and "exit code 1" in text
    assert "nothing: readers keep the version before" in text


def test_a_run_that_was_refused_the_directory_writes_nothing(settings: Settings) -> None:
    with (
        data_directory_lock(settings, "a run"),
        pytest.raises(WarehouseLocked),
        open_cycle(settings, "33333333-held", CycleRequest(), lock_seconds=0),
    ):
        raise AssertionError("two runs held the data directory")
    assert not report_path(settings, "33333333-held").exists()


def test_only_the_newest_are_kept(built: Settings, database: StateDatabase) -> None:
    runs, folder = Runs(database), report_path(built, "any").parent
    folder.mkdir(parents=True)
    for number in range(KEPT + 3):
        runs.begin_cycle(f"run-{number:03}", "sync", "schedule")
        runs.finish_cycle(f"run-{number:03}", "succeeded", 0, None)
        (folder / f"run-{number:03}.html").touch()
    (folder / "run-007.tmp").touch()
    assert write_run_report(built, database, f"run-{KEPT + 2:03}", RunNotes())
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == ["index.html", *(f"run-{number:03}.html" for number in range(3, KEPT + 3))]
    assert page_of(built, "index").count("href=") == KEPT


def test_a_report_that_cannot_be_written_is_warned_of_and_undoes_nothing(
    built: Settings, database: StateDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    built.reports_dir.mkdir()
    (built.reports_dir / "runs").write_text("in the way")
    with open_cycle(built, "44444444-full", CycleRequest()) as cycle:
        Ledger(built, database, "44444444-full", CycleRequest()).begin_attempt("default", "initial")
        cycle.publish()
    ended = Runs(database).cycle("44444444-full")
    assert ended is not None and ended.status == "succeeded"
    assert "no report of run 44444444-full" in caplog.text
    assert os.path.realpath(built.published_link).endswith(".duckdb") and Path(built.published_link).exists()
