"""A backup brings everything back; a damaged or later one changes nothing."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from ingestion.errors import ConfigurationError
from ingestion.settings import Credentials, Settings, load_settings
from ingestion.warehouse import connect, ensure_schema
from orchestration import versions
from orchestration.cli import app
from orchestration.credentials import Vault
from orchestration.cycle import open_cycle
from orchestration.publish import publish
from orchestration.recovery.archive import BackupError
from orchestration.recovery.backup import back_up
from orchestration.recovery.restore import restore
from orchestration.request import CycleRequest
from orchestration.state import AuditLog, Connectors, ConnectorStatus, StateDatabase, utc_now
from tests.integration.lake import empty_lake

#: Stops at a moment of a restore, as a kill would.
DIES = """
import os, sys
from pathlib import Path
from ingestion.phases import watching
from ingestion.settings import Settings
from orchestration.recovery.restore import restore

def die(name):
    if name == sys.argv[3]:
        os._exit(9)

with watching(die):
    restore(Settings(Path(sys.argv[1])), Path(sys.argv[2]), replace=True, actor="command")
"""


@pytest.fixture
def lake(built: Settings, database: StateDatabase) -> Settings:
    """A data directory with a connector, a warehouse, and a published version."""
    Connectors(database).register("default", "http://127.0.0.1:9", ConnectorStatus.ACTIVE, actor="command")
    publish(built, database, "11111111", utc_now())
    return built


@pytest.fixture
def archive(lake: Settings, tmp_path: Path) -> Path:
    path, _ = back_up(lake, tmp_path / "backup.tar", actor="command")
    return path


@pytest.fixture
def elsewhere(lake: Settings, tmp_path: Path) -> Settings:
    return replace(lake, data_dir=tmp_path / "elsewhere")


def content(settings: Settings) -> dict[str, Any]:
    """What a data directory says, by its three readers."""
    with connect(settings, read_only=True) as connection:
        held = connection.execute("select number from sdm.itsm order by 1").fetchall()
    with duckdb.connect(str(settings.published_link), read_only=True) as published:
        shown = published.execute("select number from sdm.itsm order by 1").fetchall()
    connectors = [(each.id, each.status) for each in Connectors(StateDatabase(settings.state_path)).all()]
    return {"held": held, "shown": shown, "connectors": connectors}


def change(settings: Settings) -> None:
    """Make everything other than it was backed up."""
    with connect(settings) as connection:
        connection.execute("update sdm.itsm set number = 'INC2'")
    database = StateDatabase(settings.state_path)
    Connectors(database).register("other", "http://127.0.0.1:9", ConnectorStatus.ACTIVE, actor="command")
    publish(settings, database, "22222222", utc_now())


def test_a_restore_elsewhere_has_everything(lake: Settings, archive: Path, elsewhere: Settings) -> None:
    restore(elsewhere, archive, replace=False, actor="command")
    assert content(elsewhere) == content(lake)
    assert content(elsewhere)["shown"] == [("INC1",)]
    assert (elsewhere.published_link.resolve().stat().st_mode & 0o777, archive.stat().st_mode & 0o777) == (0o444, 0o600)
    assert {path.name for path in elsewhere.data_dir.iterdir()} >= {"warehouse.duckdb", "state.sqlite", "itsm.duckdb"}
    assert not list(elsewhere.data_dir.glob(".restore*"))
    with open_cycle(elsewhere, "33333333", CycleRequest()):
        pass
    assert [entry.action for entry in AuditLog(StateDatabase(lake.state_path)).entries()] == ["backup"]
    actions = [entry.action for entry in AuditLog(StateDatabase(elsewhere.state_path)).entries()]
    assert actions == ["configuration", "restore"]


def test_a_directory_that_holds_data_is_restored_only_where_that_is_asked_for(lake: Settings, archive: Path) -> None:
    before = content(lake)
    change(lake)
    changed = content(lake)
    with pytest.raises(ConfigurationError, match=r"holds state\.sqlite.*--replace"):
        restore(lake, archive, replace=False, actor="command")
    assert content(lake) == changed != before
    restore(lake, archive, replace=True, actor="command")
    assert content(lake) == before
    assert len(versions.versions(lake)) == 1


@pytest.mark.parametrize(
    "moment",
    ["restore decided", "restore warehouse.duckdb"],
)
def test_a_restore_that_was_killed_is_carried_to_its_end_by_the_next_run(
    lake: Settings, archive: Path, moment: str
) -> None:
    before = content(lake)
    change(lake)
    ended = subprocess.run([sys.executable, "-c", DIES, str(lake.data_dir), str(archive), moment], check=False)
    assert ended.returncode == 9
    with open_cycle(lake, "33333333", CycleRequest()):
        assert content(lake) == before
    assert not list(lake.data_dir.glob(".restore*"))


def cut_off(archive: Path) -> None:
    os.truncate(archive, archive.stat().st_size // 2)


def changed_inside(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        place = tar.getmember("warehouse.duckdb").offset_data + 5000
    with archive.open("r+b") as handle:
        handle.seek(place)
        byte = handle.read(1)
        handle.seek(place)
        handle.write(bytes([byte[0] ^ 1]))


def no_archive(archive: Path) -> None:
    archive.write_bytes(b"no tar at all" * 1000)


def gone(archive: Path) -> None:
    archive.unlink()


def rewritten(**values: Any) -> Callable[[Path], None]:
    """Change the manifest."""

    def rewrite(archive: Path) -> None:
        with tarfile.open(archive) as tar:
            files = [(member.name, tar.extractfile(member).read()) for member in tar.getmembers()]  # type: ignore[union-attr]
        name, manifest = files.pop()
        files.append((name, json.dumps({**json.loads(manifest), **values}).encode()))
        _write(archive, files)

    return rewrite


def with_a_path_that_leads_out(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        files = [(member.name, tar.extractfile(member).read()) for member in tar.getmembers()]  # type: ignore[union-attr]
    _write(archive, [("../evil", b"x"), *files])


def _write(archive: Path, files: list[tuple[str, bytes]]) -> None:
    with tarfile.open(archive, "w") as tar:
        for name, text in files:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, BytesIO(text))


SPOILT = (
    (cut_off, "damaged|cut off"),
    (changed_inside, r"warehouse\.duckdb is not what was backed up"),
    (no_archive, "no backup of Ticketlake"),
    (gone, "No such file"),
    (with_a_path_that_leads_out, r"holds '\.\./evil'"),
    (rewritten(format=2, ticketlake_version="7.8.9"), r"made by Ticketlake 7\.8\.9 in format 2"),
    (rewritten(state_layout=99, ticketlake_version="7.8.9"), r"made by Ticketlake 7\.8\.9 .*install 7\.8\.9"),
    (rewritten(warehouse_layout=99, ticketlake_version="7.8.9"), r"made by Ticketlake 7\.8\.9 .*install 7\.8\.9"),
)


def test_a_damaged_or_later_archive_is_refused_and_nothing_touched(
    lake: Settings, archive: Path, tmp_path: Path
) -> None:
    before = content(lake)
    for number, (spoil, says) in enumerate(SPOILT):
        spoilt = Path(shutil.copy(archive, tmp_path / f"spoilt-{number}.tar"))
        spoil(spoilt)
        with pytest.raises(BackupError, match=says):
            restore(lake, spoilt, replace=True, actor="command")
        assert content(lake) == before
        assert not list(lake.data_dir.glob(".restore*"))


def test_a_backup_is_refused_where_it_would_do_harm(lake: Settings, tmp_path: Path) -> None:
    (tmp_path / "there.tar").touch()
    for target, says in (
        (tmp_path / "there.tar", "exists"),
        (lake.data_dir / "backup.tar", "lies under the data directory"),
        (tmp_path / "nowhere" / "backup.tar", "is no directory"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            back_up(lake, target, actor="command")
    path, _ = back_up(lake, tmp_path, actor="command")
    assert path.parent == tmp_path and path.name.startswith("ticketlake-2")


def test_a_backup_that_finds_no_room_leaves_nothing(lake: Settings, tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path; from ingestion.settings import load_settings;"
        "from orchestration.recovery.backup import back_up; from orchestration.recovery.archive import BackupError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "try: back_up(load_settings(), Path(sys.argv[1]), actor='command')\n"
        "except BackupError as error: sys.exit(f'refused: {error}')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "backup.tar")],
        env={"TICKETLAKE_DATA_DIR": str(lake.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "refused:" in ended.stderr and "backup.tar cannot be written" in ended.stderr, ended.stderr
    assert not list(tmp_path.glob("backup.tar*"))


def test_the_configuration_comes_back_through_the_command_line(tmp_path: Path) -> None:
    file, other = tmp_path / "ticketlake.toml", tmp_path / "other.toml"
    file.write_text(f"data_dir = '{tmp_path / 'data'}'\nretention_days = 300\n")
    settings = load_settings(file, {})
    settings.data_dir.mkdir()
    with connect(settings) as connection:
        ensure_schema(connection)
    with open_cycle(settings, "11111111", CycleRequest()):
        pass

    def call(*arguments: str, **environment: str) -> Any:
        ended = CliRunner().invoke(app, [*arguments, "--json"], env=environment, catch_exceptions=False)
        return ended.exit_code, json.loads(ended.stdout)

    archive = str(tmp_path / "backup.tar")
    assert call("backup", archive, "--config", str(file))[0] == 0
    file.write_text("retention_days = = broken\n" + f"data_dir = '{tmp_path / 'data'}'\n")
    code, document = call("restore", archive, "--config", str(file))
    assert (code, "--replace" in document["error"]) == (2, True)
    code, document = call("restore", archive, "--config", str(file), "--replace")
    assert code == 0 and load_settings(file, {}).retention_days == 300
    assert "kept as version 2" in document["configuration"][0]
    code, document = call("restore", archive, "--config", str(other), TICKETLAKE_DATA_DIR=str(tmp_path / "third"))
    assert code == 0 and other.read_text() == file.read_text()


def incident(number: int) -> dict[str, Any]:
    """The control call that makes a ticket."""
    return {"op": "insert", "table": "incident", "values": {"number": f"INC{number}", "state": "1"}}


@pytest.mark.proof
def test_a_sync_after_a_restore_reads_no_history_again(tmp_path: Path) -> None:
    with empty_lake(tmp_path / "data") as lake:

        def later(hours: int, *numbers: int) -> None:
            lake.servicenow.control.advance(timedelta(hours=hours).total_seconds())
            lake.at(lake.settings.now() + timedelta(hours=hours))
            lake.servicenow.control.mutate(*(incident(number) for number in numbers))

        later(0, *range(300))
        later(2, 300)
        first = lake.sync()
        assert first["incident"].rows_read == 301
        database = StateDatabase(lake.settings.state_path)
        Connectors(database).register("default", lake.instance.url, ConnectorStatus.ACTIVE, actor="command")
        archive, _ = back_up(lake.settings, tmp_path / "backup.tar", actor="command")
        lake.settings = replace(lake.settings, data_dir=tmp_path / "restored")
        restore(lake.settings, archive, replace=False, actor="command")
        later(2, 301)
        then = lake.sync()
        assert then["incident"].cursor_before == first["incident"].cursor_after
        # The new one, and the last one before, which lies within the overlap of the cursor.
        assert (then["incident"].rows_read, then["incident"].inserted) == (2, 1)
        assert len(lake.ids("incident")) == 302


def test_credentials_are_in_a_backup_as_they_are_stored_and_open_with_their_key(
    lake: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    keyed = replace(lake, secret_key="canary-key")
    database = StateDatabase(lake.state_path)
    connector = Connectors(database).get("default")
    Vault(keyed, database).store(connector, Credentials("canary-user", "canary-password"), actor="command")
    archive, _ = back_up(keyed, tmp_path / "backup.tar", actor="command")
    assert b"canary" not in archive.read_bytes()
    restore(elsewhere, archive, replace=False, actor="command")
    restored = StateDatabase(elsewhere.state_path)
    opened = Vault(replace(elsewhere, secret_key="canary-key"), restored).open(Connectors(restored).get("default"))
    assert opened is not None and opened.password == "canary-password"
