"""Extra columns of two instances on their way to `sdm.itsm` and the metrics; another list and field map by replay."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.transform.hand_made import HISTORY_START, NOW, RETENTION_START
from tests.transform.warehouse import Row, dbt, instance_settings, make_warehouse, query

OPENED = NOW - timedelta(days=3)


def field(number: int, name: str, kind: str, table: str = "incident", instance: str = "a", **more: object) -> Row:
    return {
        "instance": instance, "sys_id": f"{instance}{number}", "name": table, "element": name, "internal_type": kind,
        "column_label": name.replace("_", " "), **more,
    }  # fmt: skip


RAW: dict[str, list[Row]] = {
    "sys_db_object": [
        {"instance": "a", "sys_id": "t1", "name": "task"},
        {"instance": "a", "sys_id": "t2", "name": "incident", "super_class": "t1"},
    ],
    "sys_dictionary": [
        field(1, "u_vendor", "reference", reference="core_company"),
        field(2, "closed_by", "reference", table="task", reference="sys_user"),
        field(3, "impact", "integer", table="task"),
        field(4, "calendar_duration", "glide_duration", table="task"),
        field(5, "u_flag", "boolean"),
        field(6, "u_flag", "boolean", instance="b"),
    ],
    "sys_choice": [
        {"instance": "a", "sys_id": "c1", "name": "task", "element": "impact", "value": "1", "label": "1 - High"}
    ],
    "sys_user": [{"instance": "a", "sys_id": "u1", "name": "Ann"}],
    "incident": [
        {
            "instance": instance, "sys_id": f"{instance}{number}", "number": f"INC{number}", "state": 6,
            "opened_at": OPENED, "resolved_at": OPENED + timedelta(hours=1), "sys_updated_on": OPENED,
            "impact": number, "closed_by": ["u1", "gone", None][number], "calendar_duration": 90 * number,
            "priority": 1, "urgency": number + 1,
        }
        for instance in ("a", "b") for number in range(3)
    ],
}  # fmt: skip
MODELS = ("+itsm", "+mttr", "+backlog")


def build(path: Path, models: tuple[str, ...] = MODELS, **variables: Mapping[str, object]) -> None:
    # In full, as a sync does where variables changed.
    outcome = dbt("run", path, "--full-refresh", "--select", *models, "--vars", json.dumps(variables))
    assert outcome.returncode == 0, outcome.stdout[-4000:]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("extras") / "warehouse.duckdb"
    settings = [
        row
        for name in ("a", "b")
        for row in instance_settings(
            name, now=NOW, history_start=HISTORY_START, retention_start=RETENTION_START, state_resolved=[6]
        )
    ]
    make_warehouse(path, RAW, settings)
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE raw_servicenow.incident ADD COLUMN u_vendor VARCHAR")
        connection.execute("ALTER TABLE raw_servicenow.incident ADD COLUMN u_flag BOOLEAN")
        connection.execute("UPDATE raw_servicenow.incident SET u_vendor = 'v' || impact % 2, u_flag = impact = 1")
    columns = ["u_vendor", "closed_by", "impact", "calendar_duration", "u_flag"]
    # One instance's mistakes, which its sync refuses, must not stop the models of the other.
    build(path, extra_columns={"a": columns, "b": ["u_flag", "u_nowhere"]}, field_map={"b": {"category": "u_nowhere"}})
    return path


TYPES = {
    "x_calendar_duration": "DOUBLE", "x_closed_by": "VARCHAR", "x_closed_by_label": "VARCHAR", "x_impact": "BIGINT",
    "x_impact_label": "VARCHAR", "x_u_flag": "BOOLEAN", "x_u_nowhere": "VARCHAR", "x_u_vendor": "VARCHAR",
    "x_u_vendor_label": "VARCHAR",
}  # fmt: skip


def test_extra_columns_are_typed_as_stored_and_described(warehouse: Path) -> None:
    found = query(
        warehouse,
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'sdm'"
        " AND table_name = 'itsm' AND starts_with(column_name, 'x_')",
    )
    assert {name: kind for name, kind, _ in found} == TYPES
    comments = {name: comment for name, _, comment in found}
    assert "u flag (incident.u_flag)" in comments["x_u_flag"] and "a, b" in comments["x_u_flag"]
    assert "minutes" in comments["x_calendar_duration"] and "Name" in comments["x_closed_by_label"]
    fixed = query(warehouse, "SELECT is_nullable, data_type FROM duckdb_columns() WHERE column_name = 'is_open'")
    assert (False, "BOOLEAN") in fixed, "the contract of the fixed columns stays enforced"


def test_values_are_labelled_and_belong_to_the_instances_that_want_them(warehouse: Path) -> None:
    assert query(warehouse, f"SELECT sys_id, {', '.join(TYPES)} FROM sdm.itsm ORDER BY ALL") == [
        ("a0", 0.0, "u1", "Ann", 0, "0", False, None, "v0", "v0"),
        ("a1", 1.5, "gone", None, 1, "1 - High", True, None, "v1", "v1"),
        ("a2", 3.0, None, None, 2, "2", False, None, "v0", "v0"),
        ("b0", None, None, None, None, None, False, None, None, None),
        ("b1", None, None, None, None, None, True, None, None, None),
        ("b2", None, None, None, None, None, False, None, None, None),
    ]


def test_extra_columns_are_dimensions(warehouse: Path) -> None:
    found = query(
        warehouse,
        "SELECT dimension, dimension_value, resolved_count FROM metrics.mttr WHERE instance = 'a' AND grain = 'all'"
        " AND starts_with(dimension, 'x_') ORDER BY ALL",
    )
    assert found == [
        ("x_closed_by", "(none)", 2), ("x_closed_by", "Ann", 1),
        ("x_impact", "0", 1), ("x_impact", "1", 1), ("x_impact", "2", 1),
        ("x_u_flag", "false", 2), ("x_u_flag", "true", 1),
        ("x_u_nowhere", "(none)", 3),
        ("x_u_vendor", "v0", 2), ("x_u_vendor", "v1", 1),
    ]  # fmt: skip
    backlog = "SELECT dimension, max(opened_count) FROM metrics.backlog WHERE dimension = 'x_u_flag' GROUP BY ALL"
    assert query(warehouse, backlog) == [("x_u_flag", 2)]


@pytest.mark.proof
def test_another_list_and_field_map_need_nothing_but_the_raw_rows(warehouse: Path) -> None:
    raw = query(warehouse, "SELECT * FROM raw_servicenow.incident ORDER BY ALL")
    many = {"extra_columns": {"b": ["number"]}, "extra_dimension_values": 2}
    build(warehouse, ("+itsm", "int_resolved_figures"), field_map={"b": {"priority": "urgency"}}, **many)
    assert query(warehouse, "SELECT sys_id, priority, x_number FROM sdm.itsm ORDER BY ALL") == [
        ("a0", 1, None), ("a1", 1, None), ("a2", 1, None), ("b0", 1, "INC0"), ("b1", 2, "INC1"), ("b2", 3, "INC2"),
    ]  # fmt: skip
    names = "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'sdm' AND starts_with(column_name, 'x_')"
    assert query(warehouse, names) == [("x_number",)]
    dimensions = "SELECT sum(resolved_count) FROM intermediate.int_resolved_figures WHERE dimension = "
    assert query(warehouse, f"{dimensions}'x_number'") == [(None,)], "three values are more than two"
    assert query(warehouse, f"{dimensions}'priority'") == [(24,)]
    build(warehouse, ("+itsm",))
    assert query(warehouse, names) == []
    assert query(warehouse, "SELECT priority FROM sdm.itsm ORDER BY sys_id") == [(1,)] * 6
    assert query(warehouse, "SELECT * FROM raw_servicenow.incident ORDER BY ALL") == raw
