"""Lists and single records: parameters, paging, errors (Table API reference, sections 1.1, 1.3, 1.4)."""

import re
from typing import Any

import httpx
import pytest

from tests.contract.instance.conftest import Desk

NO_RECORD = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def error(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, message and detail of an error answer."""
    content = response.json()
    assert content["status"] == "failure"
    return response.status_code, content["error"]["message"], content["error"]["detail"]


def links(response: httpx.Response) -> dict[str, str]:
    """The `Link` header as relation to URL."""
    return {name: url for url, name in re.findall(r'<([^>]*)>;rel="(\w+)"', response.headers.get("Link", ""))}


def offsets(response: httpx.Response) -> dict[str, int]:
    """The `Link` header as relation to offset."""
    return {name: int(httpx.URL(url).params["sysparm_offset"]) for name, url in links(response).items()}


def test_a_full_record_has_every_dictionary_column_and_tags(desk: Desk) -> None:
    record = desk.rows("incident", "number=INC1")[0]
    tables = "nameINtask,incident^elementISNOTEMPTY"
    listed = {row["element"] for row in desk.rows("sys_dictionary", tables, fields="element")}
    assert set(record) == listed | {"sys_tags"}
    assert len(listed) >= 75


def test_named_fields_are_the_only_ones_and_unknown_ones_are_left_out(desk: Desk) -> None:
    assert desk.rows("incident", "number=INC1", fields="number,bogus,caller_id.bogus,state") == [
        {"number": "INC1", "state": "1"}
    ]


def test_fields_win_over_a_view(desk: Desk) -> None:
    assert desk.rows("incident", "number=INC1", fields="number", view="mobile") == [{"number": "INC1"}]


def test_pairs_filter_by_stored_and_by_shown_value(desk: Desk) -> None:
    def found(**pairs: str) -> set[str]:
        response = desk.http.get("/api/now/table/incident", params={**pairs, "sysparm_fields": "number"})
        return {row["number"] for row in response.json()["result"]}

    assert found(state="2") == {"INC2"}
    assert found(state="resolved") == {"INC3"}
    assert found(caller_id="Bob Ray") == {"INC2"}
    assert found(caller_id=desk.ids["ann"]) == {"INC1", "INC3"}
    assert found(state="1", priority="1") == {"INC1"}
    assert found(display_value="true") == {"INC1", "INC2", "INC3", "INC4"}, "an unknown name is ignored"


def test_a_query_excludes_pairs(desk: Desk) -> None:
    response = desk.http.get("/api/now/table/incident", params={"state": "2", "sysparm_query": "number=INC1"})
    assert [row["number"] for row in response.json()["result"]] == ["INC1"]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_must_be_positive(desk: Desk, limit: str) -> None:
    assert error(desk.get("table/incident", limit=limit)) == (
        400,
        "Invalid value given for sysparm_limit",
        "sysparm_limit value must be a positive integer",
    )


def test_a_negative_offset_is_refused(desk: Desk) -> None:
    assert desk.get("table/incident", offset="-1").status_code == 400


def test_an_unknown_table_is_named(desk: Desk) -> None:
    assert error(desk.get("table/u_nothing")) == (400, "Invalid table u_nothing", None)


@pytest.mark.parametrize("version", ["", "v2/"])
def test_no_match_and_an_offset_past_the_end_are_empty(desk: Desk, version: str) -> None:
    for parameters in ({"sysparm_query": "number=none"}, {"sysparm_offset": "99"}):
        response = desk.http.get(f"/api/now/{version}table/incident", params=parameters)
        assert (response.status_code, response.json()) == (200, {"result": []})


def test_version_1_answers_an_empty_result_with_404(desk: Desk) -> None:
    assert error(desk.get("v1/table/incident", query="number=none")) == (404, *NO_RECORD)


def test_a_single_record_is_an_object_and_a_missing_one_404(desk: Desk) -> None:
    record = desk.get(f"table/incident/{desk.ids['INC1']}", fields="number").json()
    assert record == {"result": {"number": "INC1"}}
    assert error(desk.get("table/incident/0123")) == (404, *NO_RECORD)
    assert error(desk.get(f"table/problem/{desk.ids['INC1']}")) == (404, *NO_RECORD)


def test_the_total_counts_all_pages_unless_not_wanted(desk: Desk) -> None:
    assert desk.get("table/incident", limit=1).headers["X-Total-Count"] == "4"
    assert "X-Total-Count" not in desk.get("table/incident", limit=1, no_count="true").headers


def test_links_lead_through_the_pages(desk: Desk) -> None:
    first = desk.get("table/incident", query="ORDERBYnumber^ORDERBYsys_id", limit=3)
    assert offsets(first) == {"first": 0, "next": 3, "last": 3}
    assert '>;rel="first",<http' in first.headers["Link"], "members are joined by a comma alone"
    second = desk.http.get(links(first)["next"])
    assert offsets(second) == {"first": 0, "prev": 0, "last": 3}
    numbers = [row["number"] for page in (first, second) for row in page.json()["result"]]
    assert numbers == ["INC1", "INC2", "INC3", "INC4"]


def test_the_last_offset_is_a_multiple_of_the_limit(desk: Desk) -> None:
    assert offsets(desk.get("table/incident", limit=1))["last"] == 3
    assert offsets(desk.get("table/incident", limit=2))["last"] == 2


def test_one_page_that_holds_everything_has_no_links(desk: Desk) -> None:
    assert "Link" not in desk.get("table/incident").headers
    assert "Link" not in desk.get("table/incident", limit=1, suppress_pagination_header="true").headers


def test_the_prev_quirk_is_a_switch(desk: Desk) -> None:
    assert "prev" not in offsets(desk.get("table/incident", limit=1))
    desk.instance.control.settings(prev_link_quirk=True)
    assert offsets(desk.get("table/incident", limit=1))["prev"] == -1


def test_link_urls_keep_the_other_parameters_and_the_version(desk: Desk) -> None:
    url = httpx.URL(links(desk.get("v2/table/incident", limit=1, query="active=true", fields="number"))["next"])
    assert url.path == "/api/now/v2/table/incident"
    assert dict(url.params) == {
        "sysparm_query": "active=true",
        "sysparm_fields": "number",
        "sysparm_limit": "1",
        "sysparm_offset": "1",
    }


def test_head_gives_the_headers_alone(desk: Desk) -> None:
    response = desk.http.head("/api/now/table/incident")
    assert (response.status_code, response.content, response.headers["X-Total-Count"]) == (200, b"", "4")


def test_a_page_too_long_to_link_to_says_so(desk: Desk) -> None:
    query = "numberIN" + ",".join(["INC1", "INC2"] * 1000)
    assert error(desk.get("table/incident", query=query, limit=1))[:2] == (400, "Pagination not supported")
    unlinked = desk.get("table/incident", query=query, limit=1, suppress_pagination_header="true")
    assert unlinked.status_code == 200


def test_a_url_too_long_is_an_html_414(desk: Desk) -> None:
    response = desk.get("table/incident", query="numberIN" + ",".join(["INC1"] * 4000))
    assert (response.status_code, response.headers["Content-Type"]) == (414, "text/html")


def test_headers_of_every_answer(desk: Desk) -> None:
    headers = desk.get("table/incident").headers
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Cache-Control"] == "no-cache,no-store,must-revalidate,max-age=-1"
    assert (headers["Pragma"], headers["Expires"]) == ("no-store,no-cache", "0")
    assert headers["X-Is-Logged-In"] == "true"
    assert headers["X-Transaction-ID"]
    assert headers["Server"] == "snow_adc"


def test_cookies_come_until_a_session_is_there(desk: Desk) -> None:
    assert "JSESSIONID" in desk.get("table/incident").cookies
    assert "set-cookie" not in desk.get("table/incident").headers


def test_json_is_the_only_format(desk: Desk) -> None:
    response = desk.http.get("/api/now/table/incident", headers={"Accept": "application/xml"})
    assert response.status_code == 406


def test_a_path_that_is_no_api(desk: Desk) -> None:
    assert desk.http.get("/api/now/nothing").status_code == 400


def test_keyset_paging_sees_every_row_once_while_ties_do_not(desk: Desk) -> None:
    desk.instance.control.mutate({"op": "insert", "table": "problem", "rows": [{} for _ in range(120)]})

    def page(**parameters: Any) -> list[str]:
        return [row["sys_id"] for row in desk.rows("problem", fields="sys_id", limit=25, **parameters)]

    seen: list[str] = []
    while found := page(query=f"sys_id>{seen[-1] if seen else ''}^ORDERBYsys_id"):
        seen += found
    assert (len(seen), len(set(seen))) == (120, 120)

    for query in ("", "ORDERBYsys_updated_on"):
        by_offset = [sys_id for offset in range(0, 120, 25) for sys_id in page(query=query, offset=offset)]
        assert len(by_offset) == 120
        assert len(set(by_offset)) < 120, "ties change their order from page to page"
        again = [sys_id for offset in range(0, 120, 25) for sys_id in page(query=query, offset=offset)]
        assert again == by_offset, "but not from one run to the next"

    desk.instance.control.settings(stable_ties=True)
    stable = [sys_id for offset in range(0, 120, 25) for sys_id in page(query="ORDERBYstate", offset=offset)]
    assert set(stable) == set(seen)
