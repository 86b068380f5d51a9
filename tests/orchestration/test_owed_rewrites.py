"""A rewrite that is owed is done before the next version, however the process that owes it ended."""

from datetime import timedelta

import pytest

from ingestion import warehouse
from ingestion.privacy.stored import want_rewrite
from ingestion.settings import Settings
from orchestration import versions
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
from orchestration.state import StateDatabase


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads these versions."""
    monkeypatch.setattr(versions, "GRACE", timedelta(0))


def run(settings: Settings, number: int, *, is_killed: bool = False) -> None:
    """A pass that reads nothing; one that is killed shows its version and gets no further."""
    with open_cycle(settings, f"{number:08d}", CycleRequest()) as cycle:
        cycle.publish()
        if is_killed:
            cycle.must_forget = cycle.rewritten = False


def owed(settings: Settings) -> int:
    with warehouse.connect(settings, read_only=True) as connection:
        return int(connection.execute("select count(*) from ticketlake.pending_rewrites").fetchall()[0][0])


def test_an_owed_rewrite_is_done_and_earlier_versions_go_also_after_a_kill(
    built: Settings, database: StateDatabase
) -> None:
    for number in range(2):
        run(built, number)
    assert [version.run for version in versions.versions(built)] == ["00000000", "00000001"]
    before = built.warehouse_path.stat().st_ino
    with warehouse.connect(built) as connection:
        want_rewrite(connection, "a test")
    run(built, 2, is_killed=True)
    rewritten = built.warehouse_path.stat().st_ino
    assert rewritten != before and owed(built) == 1
    assert "00000001" in {version.run for version in versions.versions(built)}, "the kill left it"
    run(built, 3)
    assert [version.run for version in versions.versions(built)] == ["00000003"]
    assert owed(built) == 1, "whether they went is seen by the next one"
    after = built.warehouse_path.stat().st_ino
    run(built, 4)
    assert owed(built) == 0 and built.warehouse_path.stat().st_ino == after
    assert [version.run for version in versions.versions(built)] == ["00000003", "00000004"]
