"""A page of JSON to typed columns: every shape a server may send, and none taken for another."""

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.errors import SourceError
from ingestion.servicenow.cells import Cells
from ingestion.servicenow.dictionary import Layout
from ingestion.servicenow.records import Batch, RowParser, fill_hidden, is_of, parse_time

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


PARSER = RowParser(LAYOUT)


def parse(*rows: dict[str, Any]) -> Batch:
    envelope = PARSER.decoder.decode(json.dumps({"result": rows}).encode())
    return PARSER.batch(envelope.result, "prod")


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


#: How the Table API writes raw values (reference, section 1.2), read without the code under test.
MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
WHOLE = re.compile(r"-?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def reading(text: str, kind: str) -> Any:
    """What a non-empty text means as a value of the type. Raises ValueError where it is none."""
    pattern = {"integer": WHOLE, "decimal": DECIMAL, "glide_date": DAY}.get(kind, MOMENT)
    if kind != "boolean" and not pattern.fullmatch(text):
        raise ValueError(text)
    match kind:
        case "boolean":
            if text not in ("true", "false", "1", "0"):
                raise ValueError(text)
            return text in ("true", "1")
        case "integer":
            if not -(2**63) <= int(text) < 2**63:
                raise ValueError(text)
            return int(text)
        case "decimal":
            if float(text) in (float("inf"), float("-inf")):
                raise ValueError(text)
            return float(text)
        case "glide_date":
            year, month, day = (int(part) for part in DAY.findall(text)[0])
            return date(year, month, day)
        case _:
            year, month, day, hour, minute, second = (int(part) for part in MOMENT.findall(text)[0])
            moment = datetime(year, month, day, hour, minute, second)
            return (moment - datetime(1970, 1, 1)) // timedelta(seconds=1) if kind == "glide_duration" else moment


COLUMN = {
    "boolean": "active",
    "decimal": "percentage",
    "glide_date": "due",
    "glide_date_time": "opened_at",
    "glide_duration": "business_duration",
    "integer": "state",
}
TWO = st.integers(0, 99).map(lambda number: f"{number:02}")
YEAR = st.integers(1, 9999).map(lambda number: f"{number:04}")
DIGITS = st.text("0123456789", min_size=1, max_size=21)
#: Texts in the shape of a value, right and wrong, and what display values and other software put there.
LIKELY = st.one_of(
    st.datetimes(min_value=datetime(1, 1, 1)).map(lambda moment: moment.isoformat(" ", "seconds")),
    st.tuples(YEAR, TWO, TWO, st.sampled_from(" T"), TWO, TWO, TWO).map(
        lambda part: f"{part[0]}-{part[1]}-{part[2]}{part[3]}{part[4]}:{part[5]}:{part[6]}"
    ),
    st.tuples(TWO, st.sampled_from("/.-"), TWO, YEAR).map(lambda part: part[1].join((part[0], part[2], part[3]))),
    st.tuples(YEAR, TWO, TWO).map("-".join),
    st.integers().map(str),
    st.tuples(st.sampled_from(["", "-", "+"]), DIGITS, st.sampled_from(["", ".", ",", "e", "x"]), DIGITS).map("".join),
    st.floats().map(str),
    st.sampled_from(["true", "false", "True", "1", "0", "wahr", "Infinity", "nan", "0x1F", "1970-01-01", "UNKNOWN"]),
    st.text(min_size=1),
)
DAMAGED = st.tuples(LIKELY, st.integers(0, 25), st.sampled_from(["", " ", "0", "Z", ".0", "+01:00", "\u0663"])).map(
    lambda part: part[0][: part[1]] + part[2] + part[0][part[1] :]
)


@settings(max_examples=1_000)
@given(st.sampled_from(sorted(COLUMN)), LIKELY | DAMAGED)
@example("integer", "0x10")
@example("decimal", "inf")
@example("decimal", "1e400")
@example("glide_date_time", "0000-01-01 00:00:00")
@example("glide_duration", "1970-01-02")
@example("glide_duration", "1970-01-02 04:23")
@example("glide_date_time", "1969-12-31 23:59:59")
def test_a_text_means_what_an_independent_reading_makes_of_it_or_is_refused(kind: str, text: str) -> None:
    try:
        meant = reading(text, kind)
    except ValueError:
        assert not is_of(text, kind)
        with pytest.raises(SourceError, match="row 1"):
            one(COLUMN[kind], text)
        return
    assert is_of(text, kind)
    assert one(COLUMN[kind], text) == meant


@settings(max_examples=500)
@given(
    st.sampled_from(sorted(COLUMN)),
    st.lists(st.none() | LIKELY, min_size=1, max_size=12),
)
def test_a_column_is_read_as_its_values_are_one_by_one(kind: str, texts: list[str | None]) -> None:
    """One odd value among good ones is found, and empty ones stand in nobody's way."""
    meant = []
    for text in texts:
        try:
            meant.append(None if text is None else reading(text, kind))
        except ValueError:
            with pytest.raises(SourceError, match=f"row {len(meant)}:"):
                parse(*({"sys_id": str(row), COLUMN[kind]: value or ""} for row, value in enumerate(texts)))
            return
    table = parse(*({"sys_id": str(row), COLUMN[kind]: value or ""} for row, value in enumerate(texts))).table
    assert table[COLUMN[kind]].to_pylist() == meant


@settings(max_examples=500)
@given(LIKELY | DAMAGED)
def test_a_cursor_is_read_as_the_column_is(text: str) -> None:
    try:
        moment = parse_time(text)
    except ValueError:
        return
    # The cursor's reader also takes single digits; what comes from the column is always written in full.
    if MOMENT.fullmatch(text):
        assert one("opened_at", text) == moment


@settings(max_examples=500)
@given(st.integers(min_value=0, max_value=60 * 365 * 24 * 3600))
def test_durations_count_from_1970(seconds: int) -> None:
    text = (datetime(1970, 1, 1) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    assert one("business_duration", text) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KINDS, "x"]), inner, max_size=4),
    max_leaves=12,
)


#: Rows with the right keys and any values under them.
ROW = st.fixed_dictionaries(
    {"sys_id": st.text(min_size=1)}, optional={name: JSON for name in KINDS if name != "sys_id"}
)


@settings(max_examples=500)
@given(JSON | st.lists(ROW, max_size=5))
def test_whatever_json_comes_is_rows_or_a_named_refusal(value: Any) -> None:
    """No answer is silently half-read: either every row is typed, or an error says why not."""
    body = json.dumps({"result": value}).encode()
    try:
        rows = PARSER.decoder.decode(body).result
        table = PARSER.batch(rows, "prod").table if rows else PARSER.schema.empty_table()
    except (msgspec.ValidationError, SourceError):
        return
    assert isinstance(value, list)
    assert table.num_rows == len(value)


@settings(max_examples=500)
@given(st.lists(st.fixed_dictionaries({"sys_id": st.text(min_size=1), "text": st.text()}), min_size=1, max_size=20))
def test_text_is_kept_byte_for_byte(rows: list[dict[str, str]]) -> None:
    table = parse(*rows).table
    assert table["text"].to_pylist() == [row["text"] or None for row in rows]
    assert table["sys_id"].to_pylist() == [row["sys_id"] for row in rows]


#: Rows with all their columns, as a server sends them, and rows that lack one or have JSON null.
TEXT = st.text() | st.sampled_from(["", "\0", "a\0b", "ü", "😀", "x" * 300])
COMPLETE = st.fixed_dictionaries(
    {name: st.sampled_from(["", RAW[name]]) for name in RAW if name != "text"}
    | {"sys_id": st.text(min_size=1), "text": TEXT}
)
LACKING = st.builds(
    lambda row, name: {key: row[key] for key in row if key != name}, COMPLETE, st.sampled_from(sorted(RAW))
)
NULLED = st.builds(lambda row, name: row | {name: None}, COMPLETE, st.sampled_from(sorted(RAW)))
PAGE = st.lists(COMPLETE, min_size=1, max_size=6)
ODD_PAGE = st.lists(COMPLETE | LACKING | NULLED, min_size=1, max_size=6)


@settings(max_examples=500)
@given(st.lists(PAGE | ODD_PAGE, min_size=1, max_size=6))
def test_pages_taken_together_are_their_rows_in_order(pages: list[list[dict[str, str | None]]]) -> None:
    """Whole pages are read at once and others cell by cell: nobody can tell from what comes out."""
    bodies = [json.dumps({"result": page}).encode() for page in pages]
    read = [PARSER.page(PARSER.decoder.decode(body).result, "prod") for body in bodies]
    batch = PARSER.together(read, "prod")
    rows = [row for page in pages for row in page]
    assert sum(page.rows for page in read) == batch.rows == len(rows)
    typed = {name: one(name, RAW[name]) for name in RAW}
    for name in KINDS:
        meant = [row.get(name) or None for row in rows]
        if name in typed and name != "text":
            meant = [None if value is None else typed[name] for value in meant]
        assert batch.table[name].to_pylist() == meant
    absent = {name: [name not in row for row in rows] for name in KINDS}
    assert batch.hidden == {name: flags for name, flags in absent.items() if any(flags)}


def test_a_page_of_text_alone_is_read_at_once() -> None:
    rows = PARSER.decoder.decode(json.dumps({"result": [RAW | {"sys_id": "1"}] * 3}).encode()).result
    assert isinstance(PARSER.page(rows, "prod"), Cells)
