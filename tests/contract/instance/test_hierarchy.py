"""Tables that extend others, and the description the instance gives of itself (reference, sections 5 and 5.5)."""

import pytest

from tests.contract.instance.conftest import Desk


def test_a_row_has_the_same_sys_id_in_every_table_of_its_line(desk: Desk) -> None:
    server = desk.ids["server"]
    for table in ("cmdb", "cmdb_ci", "cmdb_ci_hardware", "cmdb_ci_computer", "cmdb_ci_server", "cmdb_ci_linux_server"):
        assert [row["sys_id"] for row in desk.rows(table)] == [server]
    assert desk.rows("cmdb_ci_win_server") == []
    assert desk.rows("cmdb_ci", fields="sys_class_name,kernel_release") == [{"sys_class_name": "cmdb_ci_linux_server"}]
    assert desk.rows("cmdb_ci_linux_server", fields="kernel_release") == [{"kernel_release": "6.1"}]


def test_a_parent_table_shows_all_classes_with_its_own_columns(desk: Desk) -> None:
    desk.add("change", "change_request", number="CHG1")
    rows = desk.rows("task", "ORDERBYnumber", fields="number,sys_class_name,caller_id")
    assert [(row["number"], row["sys_class_name"]) for row in rows] == [
        ("CHG1", "change_request"), ("INC1", "incident"), ("INC2", "incident"), ("INC3", "incident"),
        ("INC4", "incident"),
    ]  # fmt: skip
    assert "caller_id" not in rows[1]
    assert desk.count("caller_idISNOTEMPTY", "task") == 5, "a child's column is unknown to the parent: term dropped"


@pytest.mark.parametrize("table", ["incident", "cmdb_ci_linux_server", "sys_user", "sys_audit", "task_sla"])
def test_the_dictionary_walked_up_is_what_is_served(desk: Desk, table: str) -> None:
    parents = {row["sys_id"]: row for row in desk.rows("sys_db_object", exclude_reference_link="true")}
    by_name = {row["name"]: row for row in parents.values()}
    lineage = [table]
    while parent := by_name[lineage[-1]]["super_class"]:
        lineage.append(parents[parent]["name"])
    rows = desk.rows("sys_dictionary", f"nameIN{','.join(lineage)}", exclude_reference_link="true")
    names = [row["element"] for row in rows if row["element"]]
    assert len(names) == len(set(names)), "a child lists its own columns only"
    sys_id = desk.instance.platform.create(table, {})
    assert set(desk.get(f"table/{table}/{sys_id}").json()["result"]) == {*names, "sys_tags"}
    types = {row["name"] for row in desk.rows("sys_glide_object", fields="name")}
    for row in rows:
        assert row["internal_type"] in types
        assert not row["reference"] or row["reference"] in by_name
    assert {row["name"] for row in rows if row["internal_type"] == "collection"} == set(lineage)


def test_insert_only_tables_lack_the_columns_of_updates(desk: Desk) -> None:
    listed = {row["element"] for row in desk.rows("sys_dictionary", "name=sys_audit", fields="element")}
    assert "sys_created_on" in listed
    assert not listed & {"sys_updated_on", "sys_updated_by", "sys_mod_count"}


def test_there_are_secrets_nobody_should_ask_for(desk: Desk) -> None:
    rows = desk.rows("sys_dictionary", "internal_typeINpassword,password2", fields="name,element")
    assert {(row["name"], row["element"]) for row in rows} == {
        ("sys_user", "user_password"), ("sys_user", "u_voicemail_pin"),
    }  # fmt: skip


def test_choices_are_served_with_what_they_depend_on(desk: Desk) -> None:
    fields = "label,language,inactive"
    assert desk.rows("sys_choice", "name=incident^element=state^value=2", fields=fields) == [
        {"label": "In Progress", "language": "en", "inactive": "false"}
    ]
    email = desk.rows("sys_choice", "name=incident^element=subcategory^value=email^ORDERBYdependent_value")
    assert [row["dependent_value"] for row in email] == ["inquiry", "software"]
