"""What is computed from single tickets equals the published metrics, row by row."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle

import pandas as pd
import pytest

from dashboard import figures
from dashboard.definitions import DEFINITIONS
from dashboard.figures.aggregates import TABLES
from dashboard.figures.dimensions import LABELS
from dashboard.filters import Choices, Filters
from dashboard.snapshot import Snapshot
from tests.dashboard.agreement import assert_same
from tests.dashboard.conftest import INSTANCE

DIMENSIONS = (None, *LABELS)
GRAINS = ("all", "month", "week", "day")
KEYS = ["period_start", "dimension_value"]
KEYS_OF_BACKLOG = ["as_of", "dimension_value"]


Long = dict[tuple[str, str], pd.DataFrame]


@pytest.fixture(scope="module")
def long(metrics: dict[str, pd.DataFrame]) -> Long:
    """The five long tables side by side, by grain and dimension."""
    keys = ["instance", "grain", "dimension", *KEYS, "is_partial", "resolved_count"]
    wide = metrics["mttr"]
    for table in list(TABLES)[1:]:
        wide = wide.merge(metrics[table], on=keys, how="outer", validate="one_to_one")
    wide = wide[wide["instance"] == INSTANCE].drop(columns="instance")
    assert len(wide) == len(metrics["mttr"]), "the tables have the same rows"
    return {
        (str(grain), str(dimension)): rows.drop(columns=["grain", "dimension"])
        for (grain, dimension), rows in wide.groupby(["grain", "dimension"])
    }


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_row_of_resolved_tickets(
    snapshot: Snapshot, long: Long, plain: Filters, known: Choices, by: str | None
) -> None:
    every_priority = replace(plain, priorities=tuple(code for code, _ in known.priorities))
    for grain in GRAINS:
        for filters in (plain, every_priority):
            found = figures.resolved(snapshot, filters, by=by, grain=grain)
            assert_same(found, long[grain, by or "all"], KEYS)


@pytest.mark.parametrize("dimension", ["priority", "assignment_group", "service"])
def test_a_single_value_chosen(snapshot: Snapshot, long: Long, known: Choices, dimension: str) -> None:
    # Many groups and services are alike: every third one, each with another grain.
    for (filters, value), grain in zip(_some_values(known, dimension), cycle(GRAINS), strict=False):
        expected = long[grain, dimension]
        expected = expected[expected["dimension_value"] == value]
        for same in (filters, _computed(filters, known)):
            assert_same(figures.resolved(snapshot, same, grain=grain), expected.assign(dimension_value=None), KEYS)
            assert_same(figures.resolved(snapshot, same, by=dimension, grain=grain), expected, KEYS)


def _computed(filters: Filters, known: Choices) -> Filters:
    """The same tickets, but by a filter that no published row answers: every value of another dimension is named."""
    if filters.priorities:
        return replace(filters, services=known.services)
    return replace(filters, priorities=tuple(code for code, _ in known.priorities))


def _some_values(known: Choices, dimension: str) -> list[tuple[Filters, str]]:
    """Filters for all priorities, and for every third group or service, `(none)` among them."""
    if dimension == "priority":
        return [(Filters(INSTANCE, priorities=(code,)), code) for code, _ in known.priorities]
    if dimension == "assignment_group":
        return [(Filters(INSTANCE, groups=(name,)), name) for name in known.groups[::-3]]
    return [(Filters(INSTANCE, services=(name,)), name) for name in known.services[::-3]]


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_a_single_period_chosen(snapshot: Snapshot, long: Long, grain: str) -> None:
    starts = sorted(long[grain, "all"]["period_start"])
    # Every sixth day: soon one of each day of the week.
    for start, dimension in zip(starts[:: 6 if grain == "day" else 1], cycle(LABELS), strict=False):
        period = Filters(INSTANCE, since=start.date(), until=_end(start.date(), grain))
        for by in (None, dimension):
            rows = long[grain, by or "all"]
            expected = rows[rows["period_start"] == start].drop(columns=["period_start", "is_partial"])
            assert_same(figures.resolved(snapshot, period, by=by), expected, ["dimension_value"])


def _end(start: date, grain: str) -> date:
    if grain == "month":
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days={"week": 7, "day": 1}[grain])


@pytest.mark.parametrize("by", DIMENSIONS)
def test_backlog(
    snapshot: Snapshot, metrics: dict[str, pd.DataFrame], plain: Filters, known: Choices, by: str | None
) -> None:
    of = metrics["backlog"]
    expected = of[(of["instance"] == INSTANCE) & (of["dimension"] == (by or "all"))]
    expected = expected.drop(columns=["instance", "dimension"])
    every_service = replace(plain, services=known.services)
    for filters in (plain, every_service):
        assert_same(figures.backlog(snapshot, filters, by=by, ages="day"), expected, ["as_of", "dimension_value"])


def test_backlog_of_a_single_value_in_a_period(
    snapshot: Snapshot, metrics: dict[str, pd.DataFrame], known: Choices
) -> None:
    assert known.first_day is not None and known.last_day is not None
    since, until = known.first_day + timedelta(days=20), known.last_day - timedelta(days=5)
    of = metrics["backlog"]
    of = of[(of["as_of"] >= pd.Timestamp(since)) & (of["as_of"] < pd.Timestamp(until))]
    for dimension in ("priority", "assignment_group", "service"):
        for filters, value in _some_values(known, dimension):
            expected = of[(of["dimension"] == dimension) & (of["dimension_value"] == value)]
            expected = expected.drop(columns=["instance", "dimension"])
            for same in (filters, _computed(filters, known)):
                period = replace(same, since=since, until=until)
                found = figures.backlog(snapshot, period, ages="day")
                assert_same(found, expected.assign(dimension_value=None), ["as_of"])
                assert_same(figures.backlog(snapshot, period, by=dimension, ages="day"), expected, KEYS_OF_BACKLOG)


def test_the_other_tables(
    snapshot: Snapshot, metrics: dict[str, pd.DataFrame], plain: Filters, all_chosen: Filters
) -> None:
    everything = 1_000_000
    for filters in (plain, all_chosen):
        routes = figures.routes(snapshot, filters, limit=everything)
        assert_same(routes, _of_instance(metrics["reassignment_paths"]), ["from_group", "to_group"])
        assert_same(figures.excluded(snapshot, filters), _of_instance(metrics["excluded"]), ["reason"])
        recurring = figures.recurring(snapshot, filters, limit=everything)
        assert_same(recurring, _of_instance(metrics["top_recurring_tickets"]), ["recurring_key"])


@pytest.mark.parametrize("by", [None, "type", "assignment_group"])
def test_changes(snapshot: Snapshot, metrics: dict[str, pd.DataFrame], plain: Filters, by: str | None) -> None:
    of = metrics["change_failure"]
    expected = _of_instance(of[of["dimension"] == (by or "all")]).drop(columns="dimension")
    whole_history = replace(plain, since=date(1970, 1, 1))
    for filters in (plain, whole_history):
        assert_same(figures.changes(snapshot, filters, by=by), expected, KEYS)


def test_changes_of_a_single_group_or_month(snapshot: Snapshot, metrics: dict[str, pd.DataFrame]) -> None:
    of = _of_instance(metrics["change_failure"])
    by_group = of[of["dimension"] == "assignment_group"].drop(columns="dimension")
    for name, expected in by_group.groupby("dimension_value"):
        found = figures.changes(snapshot, Filters(INSTANCE, groups=(str(name),)))
        assert_same(found, expected.assign(dimension_value=None), KEYS)
    for start, expected in of[of["dimension"] == "type"].drop(columns="dimension").groupby("period_start"):
        month = Filters(INSTANCE, since=start.date(), until=_end(start.date(), "month"))
        assert_same(figures.changes(snapshot, month, by="type"), expected, KEYS)


def _of_instance(of: pd.DataFrame) -> pd.DataFrame:
    return of[of["instance"] == INSTANCE].drop(columns="instance")


def test_volume(snapshot: Snapshot, metrics: dict[str, pd.DataFrame], plain: Filters, all_chosen: Filters) -> None:
    backlog, mttr = (_of_instance(metrics[name]) for name in ("backlog", "mttr"))
    of_all = backlog[backlog["dimension"] == "all"]
    days = pd.DataFrame({"period_start": pd.date_range(of_all["as_of"].min(), of_all["as_of"].max())})
    opened = of_all.set_index("as_of")["opened_count"]
    done = mttr[(mttr["dimension"] == "all") & (mttr["grain"] == "day")].set_index("period_start")["resolved_count"]
    days["opened_count"] = days["period_start"].map(opened).fillna(0).astype("int64")
    days["resolved_count"] = days["period_start"].map(done).fillna(0).astype("int64")
    first = min(days["period_start"].min(), done.index.min())
    assert first == days["period_start"].min(), "no ticket was resolved before the first day of the backlog"
    for filters in (plain, all_chosen):
        assert_same(figures.volume(snapshot, filters, grain="day"), days, ["period_start"])
        months = figures.volume(snapshot, filters, grain="month")
        assert months["opened_count"].sum() == days["opened_count"].sum()
        assert months["resolved_count"].sum() == days["resolved_count"].sum()


@pytest.mark.parametrize("dimension", ["priority", "assignment_group", "service"])
def test_headline_and_volume_of_a_single_value(snapshot: Snapshot, known: Choices, dimension: str) -> None:
    for filters, value in _some_values(known, dimension)[:5]:
        computed = _computed(filters, known)
        found, expected = figures.headline(snapshot, filters), figures.headline(snapshot, computed)
        for name, figure in expected.figures.items():
            for part in ("value", "n", "after", "n_after", "before", "n_before"):
                one, other = getattr(found.figures[name], part), getattr(figure, part)
                same = one is None if other is None else one == pytest.approx(other, rel=1e-9)
                assert same, (value, name, part, one, other)
        for grain in GRAINS[1:]:
            volume = figures.volume(snapshot, filters, grain=grain)
            assert_same(volume, figures.volume(snapshot, computed, grain=grain), ["period_start"])


def test_headlines_and_movers(snapshot: Snapshot, plain: Filters, all_chosen: Filters) -> None:
    expected = figures.headline(snapshot, plain)
    found = figures.headline(snapshot, all_chosen)
    assert (found.after, found.before) == (expected.after, expected.before)
    assert found.after is not None, "the demo has two periods to compare"
    assert set(expected.figures) <= set(DEFINITIONS)
    for name, figure in expected.figures.items():
        for part in ("value", "n", "after", "n_after", "before", "n_before"):
            assert getattr(found.figures[name], part) == pytest.approx(getattr(figure, part), rel=1e-9), (name, part)
    for some in (["mttr_minutes", "noise_share"], ["opened_count"], ["open_count"]):
        assert figures.headline(snapshot, all_chosen, only=some).figures == {name: found.figures[name] for name in some}
    by_value = ["dimension", "dimension_value", "figure"]
    assert_same(
        figures.movers(snapshot, all_chosen, limit=10_000), figures.movers(snapshot, plain, limit=10_000), by_value
    )
