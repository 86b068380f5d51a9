"""The command line against an instance, as its user runs it: where it may write, what readers then find."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion.instance import EmbeddedInstance
from tests.conftest import ROOT
from tests.integration.lake import NOW

OLD = NOW - timedelta(days=3 * 365)

# Both folders are mounted read-only for this process and its children alone.
READ_ONLY = """
set -e
for folder in "$CHECKOUT" "$HOME"; do
    mount --bind "$folder" "$folder"
    mount -o remount,ro,bind "$folder"
done
if touch "$CHECKOUT/written" 2>/dev/null; then exit 99; fi
exec "$@"
"""


@pytest.fixture
def servicenow() -> Iterator[EmbeddedInstance]:
    """An instance with one fresh ticket whose user, group and CI were last touched years ago."""
    with EmbeddedInstance(now=NOW) as servicenow:
        platform = servicenow.platform

        def create(table: str, at: object = OLD, **values: str) -> str:
            return platform.create(table, values, at=at, by="admin")

        user = create("sys_user", name="Ada Lovelace", user_name="ada")
        group = create("sys_user_group", name="Mainframe")
        item = create("cmdb_ci_linux_server", name="old-1")
        create(
            "incident", NOW, number="INC1", short_description="Disk full", opened_by=user, assigned_to=user,
            assignment_group=group, cmdb_ci=item, opened_at=NOW.isoformat(" "), state="2",
        )  # fmt: skip
        yield servicenow


def mounts_work() -> bool:
    probe = ["unshare", "-m", "true"]
    return (
        shutil.which("unshare") is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not mounts_work(), reason="this machine does not let the test mount folders read-only")
def test_a_sync_with_read_only_home_and_checkout_writes_below_the_data_directory_alone(
    servicenow: EmbeddedInstance, tmp_path: Path
) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CHECKOUT": str(ROOT),
        "TMPDIR": str(tmp_path),
        "TICKETLAKE_DATA_DIR": str(data),
        "TICKETLAKE_NOW": f"{NOW.isoformat()}Z",
        "SERVICENOW_INSTANCE_URL": servicenow.url,
        "SERVICENOW_USERNAME": servicenow.username,
        "SERVICENOW_PASSWORD": servicenow.password,
    }
    outcome = subprocess.run(
        ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", sys.executable, "-m", "orchestration", "sync"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert list(home.iterdir()) == []
    with duckdb.connect(str(data / "itsm.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT opened_by_name, assigned_to_name, assignment_group, ci_name, ci_class, state_label FROM sdm.itsm"
        ).fetchall()
    assert found == [("Ada Lovelace", "Ada Lovelace", "Mainframe", "old-1", "cmdb_ci_linux_server", "In Progress")]
    secret = servicenow.password.encode()
    written = [path for path in data.rglob("*") if path.is_file()]
    assert written and not [path for path in written if secret in path.read_bytes()]
    assert servicenow.password not in outcome.stdout + outcome.stderr
