"""A page of JSON to typed columns: every shape a server may send, and none taken for another."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import SourceError
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.records import Batch, RowParser, fill_hidden

KINDS = {
    "sys_id": "GUID",
    "active": "boolean",
    "assigned_to": "reference",
    "business_duration": "glide_duration",
    "due": "glide_date",
    "opened_at": "glide_date_time",
    "percentage": "decimal",
    "state": "integer",
    "text": "string",
}
RAW = {
    "active": "true",
    "assigned_to": "46d4",
    "business_duration": "1970-01-01 00:00:01",
    "due": "2024-02-21",
    "opened_at": "2016-12-14 02:46:44",
    "percentage": "1.5",
    "state": "3",
    "text": "x",
}
LAYOUT = Layout("incident", KINDS, "sys_updated_on", {})


def parse(*rows: dict[str, Any]) -> Batch:
    parser = RowParser(LAYOUT)
    envelope = parser.decoder.decode(json.dumps({"result": rows}).encode())
    return parser.batch(envelope.result, "prod")


def one(name: str, value: Any) -> Any:
    return parse({"sys_id": "1", name: value}).table[name][0].as_py()


def test_the_documented_values_of_a_row() -> None:
    row = parse(
        {
            "sys_id": "9d385017c611228701d22104cc95c371",
            "active": "true",
            "assigned_to": {"link": "https://x/api/now/table/sys_user/46d4", "value": "46d4"},
            "business_duration": "1970-01-02 04:23:17",
            "due": "2024-02-21",
            "opened_at": "2016-12-14 02:46:44",
            "percentage": "45557.5",
            "state": "3",
            "text": ' kept\n"byte" for ünïcode \t',
        }
    ).table.to_pylist()[0]
    assert row == {
        "instance": "prod",
        "sys_id": "9d385017c611228701d22104cc95c371",
        "active": True,
        "assigned_to": "46d4",
        "business_duration": 102197,
        "due": date(2024, 2, 21),
        "opened_at": datetime(2016, 12, 14, 2, 46, 44),
        "percentage": 45557.5,
        "state": 3,
        "text": ' kept\n"byte" for ünïcode \t',
    }


@pytest.mark.parametrize("name", [name for name in KINDS if name != "sys_id"])
@pytest.mark.parametrize("empty", ["", None, {"value": ""}, {"display_value": "", "value": "", "link": "x"}])
def test_empty_is_null_whatever_the_type(name: str, empty: Any) -> None:
    assert one(name, empty) is None
    beside = parse({"sys_id": "1", name: empty}, {"sys_id": "2", name: RAW[name]}).table[name].to_pylist()
    assert beside[0] is None and beside[1] is not None


@pytest.mark.parametrize("text", ["NULL", "null", "None", " ", "nan", "\\N"])
def test_only_the_empty_text_is_null(text: str) -> None:
    assert one("text", text) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opened_at", "12/14/2016 02:46 AM"),
        ("opened_at", "14-12-2016 02:46:44"),
        ("opened_at", "2016-12-14"),
        ("opened_at", "UNKNOWN"),
        ("opened_at", "2016-12-14 26:00:00"),
        ("business_duration", "1 Day 4 Hours 23 Minutes"),
        ("state", "In Progress"),
        ("state", "2,235,673"),
        ("state", "3.5"),
        ("active", "verdadeiro"),
        ("percentage", "12,5"),
        ("due", "21.02.2024"),
    ],
)
def test_a_display_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SourceError) as refusal:
        parse({"sys_id": "ok"}, {"sys_id": "bad", name: value})
    message = str(refusal.value)
    assert "incident" in message and "row bad" in message and f"{name}={value!r}" in message


def test_numbers_and_booleans_of_json_are_read_as_their_text() -> None:
    assert one("state", 3) == 3
    assert one("active", True) is True
    assert one("text", 12) == "12"


def test_an_absent_key_is_hidden_not_empty() -> None:
    batch = parse({"sys_id": "1", "text": ""}, {"sys_id": "2"})
    assert list(batch.hidden["text"]) == [False, True]
    assert all(batch.hidden["state"])
    assert batch.table["text"].to_pylist() == [None, None]


def test_a_hidden_value_is_filled_from_what_is_held() -> None:
    import pyarrow as pa

    batch = parse({"sys_id": "1", "text": ""}, {"sys_id": "2"}, {"sys_id": "3"})
    held = pa.table({"sys_id": ["2", "1"], "text": ["kept", "old"]})
    assert fill_hidden(batch, held)["text"].to_pylist() == [None, "kept", None]


@given(st.integers(min_value=0, max_value=60 * 365 * 24 * 3600))
def test_durations_count_from_1970(seconds: int) -> None:
    text = (datetime(1970, 1, 1) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    assert one("business_duration", text) == seconds


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_times_come_back_to_the_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert one("opened_at", moment.strftime("%Y-%m-%d %H:%M:%S")) == moment


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KINDS, "x"]), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_whatever_json_comes_is_rows_or_a_named_refusal(value: Any) -> None:
    """No answer is silently half-read: either every row is typed, or an error says why not."""
    parser = RowParser(LAYOUT)
    body = json.dumps({"result": value}).encode()
    try:
        rows = parser.decoder.decode(body).result
        table = parser.batch(rows, "prod").table if rows else parser.schema.empty_table()
    except (msgspec.ValidationError, SourceError):
        return
    assert isinstance(value, list)
    assert table.num_rows == len(value)


@given(st.lists(st.fixed_dictionaries({"sys_id": st.text(min_size=1), "text": st.text()}), min_size=1, max_size=20))
def test_text_is_kept_byte_for_byte(rows: list[dict[str, str]]) -> None:
    table = parse(*rows).table
    assert table["text"].to_pylist() == [row["text"] or None for row in rows]
    assert table["sys_id"].to_pylist() == [row["sys_id"] for row in rows]
