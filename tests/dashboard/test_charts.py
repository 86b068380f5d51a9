"""Charts are specifications that Vega-Lite knows, and say what they draw of the frames they are given."""

import math
from typing import Any

import altair
import pandas as pd
import pytest

from dashboard import charts
from dashboard.charts import Spec

WEEKS = pd.DataFrame(
    {
        "period_start": pd.to_datetime(["2026-03-02", "2026-03-09", "2026-03-16"]),
        "is_partial": [True, False, False],
        "resolved_count": [4, 30, 50],
        "mttr_minutes": [200.0, math.nan, 90.0],
        "median_minutes": [60.0, 45.0, 40.0],
        "label": ["Linux", "Linux", "Windows"],
    }
)
SPREAD = pd.DataFrame(
    {
        "label": ["Linux", "Windows"],
        "p10": [0.0, 5.0],
        "p25": [3.0, 9.0],
        "median": [20.0, 30.0],
        "p75": [60.0, 90.0],
        "p90": [300.0, 200.0],
        "mean": [100.0, 400.0],
        "n": [9, 10],
    }
)
BINS = pd.DataFrame({"from_minutes": [0.0, 5.0], "to_minutes": [5.0, 10.0], "tickets": [1, 3]})
MOVES = pd.DataFrame({"from_group": ["A", "B"], "to_group": ["B", "A"], "moves": [1200, 3]})

DRAWN: dict[str, Spec] = {
    "lines": charts.lines(WEEKS, ["mttr_minutes", "median_minutes"], n="resolved_count"),
    "a count": charts.lines(WEEKS, ["resolved_count"], n="resolved_count", zero=False),
    "lines by": charts.lines_by(WEEKS, "median_minutes", by="label", names=["Linux", "Windows"]),
    "bars": charts.bars(SPREAD, "mean", of="label", n="n", unit="minutes", title="Mean"),
    "columns": charts.columns(MOVES, {"moves": "Moves"}, x="to_group"),
    "spread": charts.spread(SPREAD),
    "histogram": charts.histogram(BINS, median=6.0, mean=8.0),
    "matrix": charts.matrix(MOVES, "moves", row="from_group", column="to_group", row_title="From", column_title="To"),
    "nothing": charts.lines(WEEKS.iloc[:0], ["median_minutes"]),
}


def rows(spec: Spec) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["data"]["values"]
    return found


@pytest.mark.parametrize("name", DRAWN)
def test_vega_lite_knows_every_word_of_it(name: str) -> None:
    altair.Chart.from_dict(DRAWN[name])


def test_a_line_leaves_out_what_is_missing_and_says_the_rest_in_words() -> None:
    drawn = rows(DRAWN["lines"])
    assert [(row["figure"], row["day"], row["shown"], row["cases"], row["note"]) for row in drawn] == [
        ("Mean time to resolve", "2 Mar 2026", "3 h 20 min", "n = 4, few", "not a whole period"),
        ("Mean time to resolve", "16 Mar 2026", "1 h 30 min", "n = 50", "whole period"),
        ("Median time to resolve", "2 Mar 2026", "1 h", "n = 4, few", "not a whole period"),
        ("Median time to resolve", "9 Mar 2026", "45 min", "n = 30", "whole period"),
        ("Median time to resolve", "16 Mar 2026", "40 min", "n = 50", "whole period"),
    ]
    assert drawn[0]["at"] == pd.Timestamp("2026-03-02", tz="UTC").value // 1_000_000


def test_an_axis_of_minutes_ends_on_a_round_time_above_the_largest() -> None:
    axis = DRAWN["lines"]["encoding"]["y"]
    assert axis["axis"]["values"] == [0, 60, 120, 180, 240]
    assert axis["scale"]["domain"] == [0, 240]


def test_rows_of_few_tickets_are_pale() -> None:
    assert [row["few"] for row in rows(DRAWN["spread"])] == [True, False]
    assert DRAWN["spread"]["encoding"]["opacity"]["condition"]["test"] == "datum.few"


def test_what_took_no_time_stands_at_one_minute_and_says_so() -> None:
    first = rows(DRAWN["spread"])[0]
    assert (first["p10"], first["p10_shown"]) == (1.0, "0 s")


def test_each_bin_says_its_bounds_and_its_share() -> None:
    columns = DRAWN["histogram"]["layer"][0]
    assert [(row["bin"], row["shown"], row["share"]) for row in rows(columns)] == [
        ("0 s to 5 min", "1", "25.0 %"),
        ("5 min to 10 min", "3", "75.0 %"),
    ]
