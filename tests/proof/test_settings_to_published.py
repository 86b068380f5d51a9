"""What an analyst sets in `ticketlake.toml`, and an audit that is refused: from the instance to the published file."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.instance import ControlClient, EmbeddedInstance
from tests.conftest import Ticketlake
from tests.integration.lake import NOW

SETTINGS = """
[instances.default]
extra_columns = ["u_symptom", "u_affected_users"]
noise_codes = ["Self-healed"]

[instances.default.field_map]
category = "u_symptom"
"""


@pytest.fixture
def servicenow() -> Iterator[EmbeddedInstance]:
    """An empty instance whose clock stands still at NOW."""
    with EmbeddedInstance(now=NOW) as servicenow:
        yield servicenow


def create(servicenow: EmbeddedInstance, table: str, **values: str) -> str:
    return servicenow.platform.create(table, values, at=servicenow.control.now(), by="admin")


def published(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(data_dir / "itsm.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_settings_and_snapshots_reach_the_published_file(
    servicenow: EmbeddedInstance, ticketlake: Ticketlake, data_dir: Path, tmp_path: Path
) -> None:
    config = tmp_path / "ticketlake.toml"
    config.write_text(SETTINGS)
    control: ControlClient = servicenow.control

    def sync() -> None:
        environment = {
            "TICKETLAKE_NOW": f"{control.now().isoformat()}Z",
            "SERVICENOW_INSTANCE_URL": servicenow.url,
            "SERVICENOW_USERNAME": servicenow.username,
            "SERVICENOW_PASSWORD": servicenow.password,
        }
        outcome = ticketlake("sync", "--config", str(config), data_dir=data_dir, environment=environment)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr

    control.faults({"kind": "forbidden", "table": "sys_audit"})
    desk, network = (create(servicenow, "sys_user_group", name=name) for name in ("Desk", "Network"))
    ticket = create(
        servicenow, "incident", number="INC1", opened_at=NOW.isoformat(" "), state="2", assignment_group=desk,
        short_description="Printer jams", category="hardware", u_symptom="paper", u_affected_users="7",
    )  # fmt: skip
    sync()
    fields = "number, category, x_u_symptom, x_u_affected_users, is_noise, assignment_group, is_open"
    assert published(data_dir, f"SELECT {fields} FROM sdm.itsm") == [
        ("INC1", "paper", "paper", 7, None, "Desk", True)
    ]  # fmt: skip
    assert published(data_dir, "SELECT count(*) FROM sdm.itsm_history") == [(0,)], "nothing has been seen to change"

    control.advance("1h")
    changed = {
        "assignment_group": network, "state": "6", "close_code": "self-healed", "u_affected_users": "9",
        "resolved_at": (NOW + timedelta(minutes=30)).isoformat(" "),
    }  # fmt: skip
    control.mutate({"op": "update", "table": "incident", "sys_id": ticket, "values": changed})
    control.advance("1h")
    sync()
    assert published(data_dir, f"SELECT {fields} FROM sdm.itsm") == [
        ("INC1", "paper", "paper", 9, True, "Network", False)
    ]  # fmt: skip
    history = "SELECT old_label, new_label, source FROM sdm.itsm_history WHERE field = 'assignment_group'"
    assert published(data_dir, history) == [("Desk", "Network", "snapshot")]
    assert published(data_dir, "SELECT DISTINCT source FROM sdm.itsm_history") == [("snapshot",)]
    resolved = (
        "SELECT dimension, dimension_value, resolved_count FROM metrics.mttr"
        " WHERE grain = 'all' AND starts_with(dimension, 'x_') ORDER BY ALL"
    )
    assert published(data_dir, resolved) == [("x_u_affected_users", "9", 1), ("x_u_symptom", "paper", 1)]
    audit = "SELECT DISTINCT status FROM meta.coverage WHERE table_name = 'sys_audit'"
    assert published(data_dir, audit) == [("hidden",)]
