"""How values are shown in the three display modes (Table API reference, section 1.2)."""

from typing import Any

import pytest

from tests.contract.instance.conftest import Desk


def shown(desk: Desk, number: str, fields: str, mode: str = "false", links: bool = False) -> dict[str, Any]:
    """One incident's fields."""
    exclude = "false" if links else "true"
    return desk.rows("incident", f"number={number}", fields=fields, display_value=mode, exclude_reference_link=exclude)[
        0
    ]


def both(display: str, value: str) -> dict[str, str]:
    """A field in mode `all`."""
    return {"display_value": display, "value": value}


@pytest.mark.parametrize(
    ("number", "field", "value", "display"),
    [
        ("INC1", "short_description", "Mail is slow", "Mail is slow"),
        ("INC4", "short_description", "", ""),
        ("INC1", "state", "1", "New"),
        ("INC1", "priority", "1", "1 - Critical"),
        ("INC2", "priority", "10", "10"),
        ("INC1", "active", "true", "true"),
        ("INC1", "subcategory", "vpn", "VPN"),
        ("INC1", "opened_at", "2026-01-01 08:00:00", "2026-01-01 08:00:00"),
        ("INC1", "sla_due", "", "UNKNOWN"),
        ("INC3", "sla_due", "2026-01-06 12:00:00", "2026-01-06 12:00:00"),
        ("INC3", "business_duration", "1970-01-02 04:23:17", "1 Day 4 Hours 23 Minutes"),
        ("INC1", "business_duration", "", ""),
        ("INC3", "calendar_stc", "2235673", "2,235,673"),
        ("INC1", "sys_class_name", "incident", "Incident"),
        ("INC4", "caller_id", "", ""),
        ("INC1", "sys_tags", "", ""),
    ],
)
def test_scalars(desk: Desk, number: str, field: str, value: str, display: str) -> None:
    assert shown(desk, number, field) == {field: value}
    assert shown(desk, number, field, "true") == {field: display}
    assert shown(desk, number, field, "all") == {field: both(display, value)}


def test_references(desk: Desk) -> None:
    ann = desk.ids["ann"]
    link = f"{desk.instance.url}/api/now/table/sys_user/{ann}"
    assert shown(desk, "INC1", "caller_id") == {"caller_id": ann}
    assert shown(desk, "INC1", "caller_id", "true") == {"caller_id": "Ann Lee"}
    assert shown(desk, "INC1", "caller_id", "all") == {"caller_id": both("Ann Lee", ann)}
    assert shown(desk, "INC1", "caller_id", links=True) == {"caller_id": {"link": link, "value": ann}}
    assert shown(desk, "INC1", "caller_id", "true", links=True) == {
        "caller_id": {"display_value": "Ann Lee", "link": link}
    }
    assert shown(desk, "INC1", "caller_id", "all", links=True) == {
        "caller_id": {"display_value": "Ann Lee", "link": link, "value": ann}
    }
    assert shown(desk, "INC4", "caller_id", links=True) == {"caller_id": ""}


def test_links_repeat_the_version_of_the_path(desk: Desk) -> None:
    record = desk.get("v2/table/incident", query="number=INC1", fields="caller_id").json()["result"][0]
    assert "/api/now/v2/table/sys_user/" in record["caller_id"]["link"]


def test_a_reference_to_a_row_that_is_gone_keeps_its_value(desk: Desk) -> None:
    desk.instance.platform.delete("sys_user", desk.ids["bob"])
    assert shown(desk, "INC2", "caller_id,caller_id.name", "all") == {
        "caller_id": both("", desk.ids["bob"]),
        "caller_id.name": both("", ""),
    }


def test_the_domain_is_a_reference_to_global(desk: Desk) -> None:
    domain = shown(desk, "INC1", "sys_domain", links=True)["sys_domain"]
    assert domain == {"link": f"{desk.instance.url}/api/now/table/sys_user_group/global", "value": "global"}
    assert shown(desk, "INC1", "sys_domain", "true") == {"sys_domain": "global"}


def test_lists_show_names_and_never_a_link(desk: Desk) -> None:
    ids = f"{desk.ids['ann']},{desk.ids['bob']},someone@example.com"
    names = "Ann Lee, Bob Ray, someone@example.com"
    assert shown(desk, "INC1", "watch_list", links=True) == {"watch_list": ids}
    assert shown(desk, "INC1", "watch_list", "all", links=True) == {"watch_list": both(names, ids)}


def test_dot_walks_keep_their_dotted_name(desk: Desk) -> None:
    fields = "caller_id.name,caller_id.manager,caller_id.manager.name,assignment_group.manager.name"
    maria = desk.ids["manager"]
    assert shown(desk, "INC1", fields) == {
        "caller_id.name": "Ann Lee",
        "caller_id.manager": maria,
        "caller_id.manager.name": "Maria Boss",
        "assignment_group.manager.name": "",
    }
    assert shown(desk, "INC1", "caller_id.manager", "all", links=True)["caller_id.manager"] == {
        "display_value": "Maria Boss",
        "link": f"{desk.instance.url}/api/now/table/sys_user/{maria}",
        "value": maria,
    }


def test_journals_are_empty_raw_and_told_newest_first(desk: Desk) -> None:
    sys_id = desk.ids["INC1"]
    for minute, text in enumerate(("first", "second")):
        desk.instance.control.advance(60 * minute)
        desk.add(text, "sys_journal_field", name="incident", element="comments", element_id=sys_id, value=text)
    assert shown(desk, "INC1", "comments") == {"comments": ""}
    told = shown(desk, "INC1", "comments", "true")["comments"]
    assert told.index("second") < told.index("first")
    assert told.startswith("2026-01-05 12:01:00 - admin (Additional comments)\nsecond")


def test_moments_are_shown_in_the_users_zone_and_format(desk: Desk) -> None:
    desk.instance.control.settings(time_zone="US/Pacific", date_format="%m/%d/%Y", time_format="%I:%M:%S %p")
    assert shown(desk, "INC1", "opened_at", "all") == {
        "opened_at": both("01/01/2026 12:00:00 AM", "2026-01-01 08:00:00")
    }
    desk.add("article", "kb_knowledge", number="KB1", published="2024-02-21")
    assert desk.rows("kb_knowledge", fields="published", display_value="true") == [{"published": "02/21/2024"}]


def test_the_dictionary_refers_by_name(desk: Desk) -> None:
    row = desk.rows("sys_dictionary", "name=incident^element=caller_id", fields="internal_type,reference")[0]
    base = f"{desk.instance.url}/api/now/table"
    assert row["internal_type"] == {"link": f"{base}/sys_glide_object?name=reference", "value": "reference"}
    assert row["reference"] == {"link": f"{base}/sys_db_object?name=sys_user", "value": "sys_user"}


def test_text_arrives_byte_for_byte(desk: Desk) -> None:
    text = 'tab\t "quoted" \\ back\r\nslash \x01 ünïcödé 漢字 😀 NULL^caret  '
    desk.add("odd", "incident", number="ODD", description=text)
    for mode in ("false", "true"):
        assert shown(desk, "ODD", "description", mode) == {"description": text}


def test_a_change_shows_at_once_in_an_answer_that_was_given_before(desk: Desk) -> None:
    whole = {"exclude_reference_link": "true"}
    before = desk.rows("incident", "number=INC1", **whole)[0]
    desk.instance.platform.update("task", desk.ids["INC1"], {"short_description": "Mail is dead"})
    after = desk.rows("incident", "number=INC1", **whole)[0]
    assert (before["short_description"], after["short_description"]) == ("Mail is slow", "Mail is dead")
    desk.instance.control.mutate({"op": "add_column", "table": "incident", "column": {"name": "u_new"}})
    assert desk.rows("incident", "number=INC1", **whole)[0]["u_new"] == ""


def test_an_inactive_choice_still_has_its_label_and_own_lists_replace_inherited_ones(desk: Desk) -> None:
    desk.add("p", "problem", number="PRB9", state="4")
    assert desk.rows("problem", fields="state", display_value="true") == [{"state": "Closed/Resolved"}]
    assert desk.rows("task", "number=PRB9", fields="state", display_value="true") == [{"state": "Closed/Resolved"}]
    desk.add("i", "incident", number="INC9", state="4")
    assert shown(desk, "INC9", "state", "true") == {"state": "4"}, "task's own label is not incident's"
