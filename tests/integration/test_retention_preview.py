"""What `retention --dry-run` says against what retention does, over rows written by hand."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from ingestion import retention, warehouse
from ingestion.retention_preview import preview
from ingestion.settings import Settings, load_settings
from orchestration.cli import app

NOW = datetime(2026, 11, 20, 12)
OLD, OLDER, YOUNG = NOW - timedelta(days=500), NOW - timedelta(days=600), NOW - timedelta(days=3)


def filled(directory: Path) -> tuple[Settings, dict[str, str]]:
    """A warehouse with expired and living tickets of two classes, and what belongs to them; its environment too."""
    environ = {
        "TICKETLAKE_DATA_DIR": str(directory),
        "TICKETLAKE_NOW": NOW.isoformat(),
        "SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9",
    }
    settings = load_settings(environ=environ)
    warehouse.prepare_data_dir(settings)
    rows = {
        "incident": [
            ("dead1", {"state": 7, "closed_at": OLD}),
            ("dead2", {"state": 6, "resolved_at": OLDER}),
            ("open", {"state": 2, "closed_at": OLD}),
            ("young", {"state": 7, "closed_at": YOUNG}),
        ],
        "problem": [("dead3", {"active": False, "closed_at": OLD}), ("active", {"active": True, "closed_at": OLD})],
        "task": [
            *((key, {"sys_class_name": "incident"}) for key in ("dead1", "dead2", "open", "young")),
            *((key, {"sys_class_name": "problem"}) for key in ("dead3", "active")),
            ("own", {"sys_class_name": "sc_task", "active": False, "closed_at": OLD}),
        ],
        "sys_audit": [
            ("a1", {"documentkey": "dead1", "newvalue": "Zoe", "sys_created_on": YOUNG}),
            ("a2", {"documentkey": "young"}),
            ("a3", {"documentkey": "nobody", "sys_created_on": OLD}),
        ],
        "task_sla": [("s1", {"task": "dead2"}), ("s2", {"task": "open"})],
    }
    with warehouse.connect(settings) as connection:
        warehouse.ensure_schema(connection)
        for table, listed in rows.items():
            for key, values in listed:
                columns = ", ".join(("instance", "sys_id", *values))
                marks = ", ".join("?" * (len(values) + 2))
                given = ["default", key, *values.values()]
                connection.execute(f"INSERT INTO raw_servicenow.{table} ({columns}) VALUES ({marks})", given)
        connection.execute(
            "INSERT INTO ticketlake.seen_changes VALUES ('default', 'dead1', 'state', '1', '2', ?, 'zoe', 1, ?, false)",
            [OLD, NOW],
        )
    return settings, environ


def test_the_preview_names_what_would_go_and_changes_nothing(tmp_path: Path) -> None:
    settings, environ = filled(tmp_path)
    before = hashlib.sha256(settings.warehouse_path.read_bytes()).hexdigest()
    answer = CliRunner().invoke(app, ["retention", "--dry-run", "--json"], env=environ)
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert hashlib.sha256(settings.warehouse_path.read_bytes()).hexdigest() == before
    assert document["expired"][0] == {
        "instance": "default",
        "table_name": "incident",
        "rows": 2,
        "oldest": str(OLDER),
        "newest": str(OLD),
        "reason": f"not open and ended before {settings.retention_start()}",
        "sample": ["dead1", "dead2"],
    }
    samples = {line["table_name"]: line["sample"] for line in document["expired"]}
    assert samples == {
        "incident": ["dead1", "dead2"],
        "problem": ["dead3"],
        "task": ["dead1", "dead2", "dead3", "own"],
        "sys_audit": ["a1", "a3"],
        "task_sla": ["s1"],
        "seen_changes": ["dead1"],
    }
    assert document["rows"] == 11
    assert "zoe" not in answer.stdout.lower()


def test_retention_takes_out_just_what_the_preview_named(tmp_path: Path) -> None:
    settings, _ = filled(tmp_path)
    with warehouse.connect(settings) as connection:
        named = {(line.table_name, line.rows) for line in preview(connection, settings)}
        taken = {(line.table_name, line.rows) for line in retention.apply(connection, settings)}
        left = connection.execute("SELECT count(*) FROM ticketlake.seen_changes").fetchall()
        assert preview(connection, settings) == []
    assert named == {*taken, ("seen_changes", 1)} and left == [(0,)]
