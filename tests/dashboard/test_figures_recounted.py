"""Several filters at once, recounted in pandas from the tickets."""

import random
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from dashboard import figures
from dashboard.figures.backlogs import BUCKETS
from dashboard.figures.spreads import EDGES
from dashboard.filters import Choices, Filters
from dashboard.snapshot import Snapshot
from tests.dashboard.conftest import INSTANCE

DAY = timedelta(days=1)


def combinations(known: Choices, count: int) -> list[Filters]:
    """Filters of two and more kinds at once, always the same ones."""
    chance = random.Random(6)
    codes = [code for code, _ in known.priorities]
    assert known.last_day is not None
    found: list[Filters] = []
    while len(found) < count:
        since = known.last_day - DAY * chance.randrange(25, 58)
        filters = Filters(
            INSTANCE,
            since if chance.random() < 0.7 else None,
            since + DAY * chance.randrange(15, 50) if chance.random() < 0.7 else None,
            tuple(sorted(chance.sample(codes, 3))) if chance.random() < 0.6 else (),
            (*chance.sample(known.groups, min(18, len(known.groups))), "(none)") if chance.random() < 0.6 else (),
            tuple(chance.sample(known.services, 9)) if chance.random() < 0.6 else (),
        )
        kinds = (filters.since or filters.until, filters.priorities, filters.groups, filters.services)
        if sum(bool(kind) for kind in kinds) >= 2:
            found.append(filters)
    return found


@pytest.fixture(scope="module")
def chosen(known: Choices) -> list[Filters]:
    return combinations(known, 8)


def matching(tickets: pd.DataFrame, filters: Filters, moment: str | None) -> pd.DataFrame:
    """The tickets that the filters leave in."""
    keep = pd.Series(True, index=tickets.index)
    for dimension, values in (
        ("priority", filters.priorities),
        ("assignment_group", filters.groups),
        ("service", filters.services),
    ):
        if values:
            keep &= tickets[f"value_{dimension}"].isin(values)
    if moment and filters.since:
        keep &= tickets[moment] >= pd.Timestamp(filters.since)
    if moment and filters.until:
        keep &= tickets[moment] < pd.Timestamp(filters.until)
    return tickets[keep]


def resolved_ones(tickets: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    found = matching(tickets, filters, "resolved_at")
    return found[~found["is_cancelled"] & ~found["is_open"] & found["resolved_at"].notna() & ~found["has_bad_clock"]]


def test_the_sample_is_worth_counting(tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    sizes = [len(resolved_ones(tickets, filters)) for filters in chosen]
    assert sum(size > 10 for size in sizes) >= 5, sizes


def test_figures_of_resolved_tickets(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    slas = snapshot.frame("select * from sdm.task_slas where has_breached is not null")
    slas = slas[~slas["stage"].fillna("").str.strip().str.lower().isin(["cancelled", "canceled"])]
    for filters in chosen:
        expected = resolved_ones(tickets, filters)
        found = figures.resolved(snapshot, filters)
        if expected.empty:
            assert found.empty
            continue
        row = found.iloc[0]
        minutes = expected["resolve_minutes"].dropna()
        assert row["resolved_count"] == len(expected)
        assert row["mttr_minutes"] == pytest.approx(minutes.mean(), rel=1e-9)
        assert row["median_minutes"] == pytest.approx(np.quantile(minutes, 0.5), rel=1e-9)
        assert row["p90_minutes"] == pytest.approx(np.quantile(minutes, 0.9), rel=1e-9)
        assert row["business_mttr_minutes"] == pytest.approx(expected["business_minutes"].mean(), rel=1e-9, nan_ok=True)
        assert row["three_plus_share"] == (expected["reassignment_count"] >= 3).mean()
        assert row["noise_count"] == expected["is_noise"].fillna(False).astype(bool).sum()
        has_code = expected["close_code"].fillna("").str.strip() != ""
        assert row["noise_untouched_count"] == (expected["is_noise"].fillna(False).astype(bool) & ~has_code).sum()
        assert row["reopen_rate"] == (expected["reopen_count"] > 0).mean()
        of_these = slas[slas["ticket_id"].isin(expected["sys_id"])]
        assert row["task_sla_count"] == len(of_these)
        assert row["task_sla_met_share"] == pytest.approx(
            1 - of_these["has_breached"].astype(bool).mean(), rel=1e-9, nan_ok=True
        )


def test_values_of_a_dimension_and_weeks(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    for filters in chosen:
        expected = resolved_ones(tickets, filters)
        found = figures.resolved(snapshot, filters, by="category", grain="week", only=["median_minutes"])
        weeks = expected["resolved_at"].dt.to_period("W-SUN").dt.start_time
        groups = expected.groupby([weeks, "value_category"])["resolve_minutes"]
        medians = found.set_index(["period_start", "dimension_value"])["median_minutes"].to_dict()
        assert medians == pytest.approx(groups.median().to_dict(), rel=1e-9, nan_ok=True)
        if filters.since:
            cut = found["period_start"] < pd.Timestamp(filters.since)
            assert found.loc[cut, "is_partial"].all()


def test_distribution_and_spread(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    for filters in chosen:
        expected = resolved_ones(tickets, filters)
        bins = figures.distribution(snapshot, filters)
        counts, _ = np.histogram(expected["resolve_minutes"].dropna(), bins=[*EDGES, np.inf])
        assert list(bins["tickets"]) == list(counts)
        spread = figures.spread(snapshot, filters, by="assignment_group", limit=3)
        sizes = expected["value_assignment_group"].value_counts()
        assert list(spread["n"]) == sorted(sizes, reverse=True)[:3]
        for row in spread.to_dict("records"):
            minutes = expected.loc[expected["value_assignment_group"] == row["dimension_value"], "resolve_minutes"]
            quantiles = np.quantile(minutes, [0.1, 0.25, 0.5, 0.75, 0.9])
            assert [row[name] for name in ("p10", "p25", "median", "p75", "p90")] == pytest.approx(quantiles, rel=1e-9)
            assert row["mean"] == pytest.approx(minutes.mean(), rel=1e-9)


def test_backlog_and_ageing(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters], known: Choices) -> None:
    now = pd.Timestamp(snapshot.frame("select now_at from meta.instances")["now_at"].iloc[0])
    known_tickets = tickets[tickets["opened_at"].notna()]
    ended = known_tickets["resolved_at"].fillna(known_tickets["closed_at"]).fillna(known_tickets["updated_at"])
    ended = ended.where(ended >= known_tickets["opened_at"], known_tickets["opened_at"])
    known_tickets = known_tickets.assign(end_at=ended.where(~known_tickets["is_open"]))
    for filters in chosen:
        mine = matching(known_tickets, filters, None)
        found = figures.backlog(snapshot, filters).set_index("as_of")
        for day in {*found.index[:: max(len(found) // 4, 1)], *found.index[-1:]}:
            midnight = day + DAY
            open_then = mine[(mine["opened_at"] < midnight) & ~(mine["end_at"] < midnight)]
            age = (min(midnight, now) - open_then["opened_at"]) / DAY
            assert found.loc[day, "open_count"] == len(open_then)
            assert found.loc[day, "older_than_30_days"] == (age > 30).sum()
            assert found.loc[day, "opened_count"] == ((mine["opened_at"] >= day) & (mine["opened_at"] < midnight)).sum()
            assert found.loc[day, "ended_count"] == ((mine["end_at"] >= day) & (mine["end_at"] < midnight)).sum()
            if day == found.index[-1] or day.day_of_week == 6:
                assert found.loc[day, "median_age_days"] == pytest.approx(age.median(), rel=1e-9, nan_ok=True)
        assert known.last_day is not None
        end = pd.Timestamp(min(filters.until or date.max, known.last_day + DAY))
        open_then = mine[(mine["opened_at"] < end) & ~(mine["end_at"] < end)]
        age = (min(end, now) - open_then["opened_at"]) / DAY
        ageing = figures.ageing(snapshot, filters)
        edges = [-np.inf, *(bucket[2] for bucket in BUCKETS[:-1]), np.inf]
        assert list(ageing["open_count"]) == list(pd.cut(age, edges).value_counts(sort=False))
        by_group = figures.ageing(snapshot, filters, by="assignment_group")
        assert by_group.groupby("dimension_value")["open_count"].sum().to_dict() == (
            open_then["value_assignment_group"].value_counts().to_dict()
        )


def test_open_tickets_are_the_oldest_first(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    for filters in chosen:
        mine = matching(tickets, filters, "opened_at")
        mine = mine[mine["is_open"]]
        found = figures.open_tickets(snapshot, filters, limit=5)
        assert list(found["opened_at"]) == list(mine["opened_at"].sort_values())[:5]
        assert set(found["sys_id"]) <= set(mine["sys_id"])
        assert len(figures.open_tickets(snapshot, filters, limit=10_000)) == len(mine)


def test_recurring_titles(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    for filters in chosen:
        mine = matching(tickets, filters, "opened_at")
        mine = mine[~mine["is_cancelled"] & mine["recurring_key"].notna()]
        sizes = mine["recurring_key"].value_counts()
        sizes = sizes[sizes >= 3]
        found = figures.recurring(snapshot, filters, order="effort", limit=10_000)
        assert found.set_index("recurring_key")["ticket_count"].to_dict() == sizes.to_dict()
        assert found["total_resolve_minutes"].is_monotonic_decreasing
        assert list(found["rank"]) == list(range(1, len(found) + 1))
        sizes_alone = figures.recurring_sizes(snapshot, filters)
        for column in sizes_alone.columns:
            assert sorted(sizes_alone[column]) == pytest.approx(sorted(found[column]), rel=1e-9)
        for key in found["recurring_key"].head(2):
            of_key = mine[mine["recurring_key"] == key]
            row = found[found["recurring_key"] == key].iloc[0]
            assert row["ci_count"] == of_key["ci_id"].nunique()
            assert row["total_resolve_minutes"] == pytest.approx(
                of_key.loc[~of_key["has_bad_clock"], "resolve_minutes"].sum(), rel=1e-9
            )
            listed = figures.recurring_tickets(snapshot, filters, key)
            assert set(listed["sys_id"]) == set(of_key["sys_id"])
            assert listed["number"].iloc[0] == row["example_number"]
            spread = figures.recurring_spread(snapshot, filters, key)
            for dimension, rows in spread.groupby("dimension"):
                counts = of_key[f"value_{dimension}"].value_counts().to_dict()
                assert rows.set_index("dimension_value")["ticket_count"].to_dict() == counts
        keys = list(found["recurring_key"].head(3))
        weeks = figures.recurring_weeks(snapshot, filters, keys)
        in_history = mine[mine["opened_at"].between(*_history(snapshot), inclusive="left")]
        for key, rows in weeks.groupby("recurring_key"):
            assert rows["ticket_count"].sum() == (in_history["recurring_key"] == key).sum()
            assert (rows["period_start"].diff().dropna() == 7 * DAY).all()
        assert weeks["recurring_key"].nunique() == len(keys)


def _history(snapshot: Snapshot) -> tuple[datetime, datetime]:
    known = figures.choices(snapshot, INSTANCE)
    assert known.first_day is not None and known.last_day is not None
    return datetime.combine(known.first_day, datetime.min.time()), datetime.combine(known.last_day, datetime.max.time())


def test_routes(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    moves = snapshot.frame("select * from sdm.group_moves")
    for filters in chosen:
        mine = moves[moves["sys_id"].isin(matching(tickets, filters, None)["sys_id"])]
        if filters.since:
            mine = mine[mine["moved_at"] >= pd.Timestamp(filters.since)]
        if filters.until:
            mine = mine[mine["moved_at"] < pd.Timestamp(filters.until)]
        routes = figures.routes(snapshot, filters, limit=10_000).set_index(["from_group", "to_group"])
        by_route = mine.groupby(["from_group", "to_group"])
        assert routes["moves"].to_dict() == by_route.size().to_dict()
        assert routes["tickets"].to_dict() == by_route["sys_id"].nunique().to_dict()
        returns = mine[mine["is_return"]]
        found = figures.ping_pong(snapshot, filters, limit=10_000)
        assert found.set_index("sys_id")["returns"].to_dict() == returns["sys_id"].value_counts().to_dict()
        for row in found.head(3).to_dict("records"):
            all_moves = moves[moves["sys_id"] == row["sys_id"]].sort_values("move")
            assert row["path"] == " → ".join([all_moves["from_group"].iloc[0], *all_moves["to_group"]])
            assert row["moves"] == len(all_moves)
        held = figures.time_held(snapshot, filters).set_index("from_group")
        of_group = mine.groupby("from_group")["minutes_held"]
        assert held["total_minutes_held"].to_dict() == pytest.approx(of_group.sum().to_dict(), rel=1e-9)
        assert held["p90_minutes_held"].to_dict() == pytest.approx(
            of_group.quantile(0.9).to_dict(), rel=1e-9, nan_ok=True
        )


def test_incidents_of_changes(snapshot: Snapshot, tickets: pd.DataFrame, chosen: list[Filters]) -> None:
    links = snapshot.frame("select * from sdm.incident_changes").merge(
        snapshot.frame("select * from sdm.changes where closed_at is not null and not is_open and not is_cancelled"),
        left_on="change_id",
        right_on="sys_id",
    )
    names = snapshot.frame("select sys_id, name from sdm.services").set_index("sys_id")["name"]
    for filters in chosen:
        mine = links
        if filters.since:
            mine = mine[mine["closed_at"] >= pd.Timestamp(filters.since)]
        if filters.until:
            mine = mine[mine["closed_at"] < pd.Timestamp(filters.until)]
        if filters.groups:
            mine = mine[mine["assignment_group"].fillna("(none)").isin(filters.groups)]
        if filters.services:
            mine = mine[mine["service_id"].map(names).fillna("(none)").isin(filters.services)]
        if filters.priorities:
            mine = mine[
                mine["incident_id"].isin(tickets.loc[tickets["value_priority"].isin(filters.priorities), "sys_id"])
            ]
        for kind, link in (("linked", "caused_by"), ("suspected", "suspected")):
            found = figures.change_incidents(snapshot, filters, kind=kind, limit=10_000)
            of_kind = mine[mine["link"] == link]
            assert set(zip(found["change_id"], found["incident_id"], strict=True)) == set(
                zip(of_kind["change_id"], of_kind["incident_id"], strict=True)
            )
            assert found["score"].is_monotonic_decreasing


def test_headlines_compare_with_the_period_before(snapshot: Snapshot, known: Choices) -> None:
    assert known.last_day is not None
    until = known.last_day - 3 * DAY
    filters = Filters(INSTANCE, until - 14 * DAY, until, priorities=tuple(code for code, _ in known.priorities[2:]))
    before = filters.previous()
    assert before is not None
    headline = figures.headline(snapshot, filters)
    assert (headline.after, headline.before) == ((filters.since, filters.until), (before.since, filters.since))
    for period, part in ((filters, "after"), (before, "before")):
        resolved = figures.resolved(snapshot, period).iloc[0]
        for name in ("resolved_count", "mttr_minutes", "median_minutes", "p90_minutes", "noise_share"):
            assert getattr(headline.figures[name], part) == pytest.approx(resolved[name], rel=1e-9)
        assert getattr(headline.figures["mttr_minutes"], f"n_{part}") == resolved["resolved_count"]
        volume = figures.volume(snapshot, period, grain="day")
        assert getattr(headline.figures["opened_count"], part) == volume["opened_count"].sum()
        last = figures.backlog(snapshot, period).iloc[-1]
        for name in ("open_count", "median_age_days", "older_than_30_days"):
            assert getattr(headline.figures[name], part) == pytest.approx(last[name], rel=1e-9)
    movers = figures.movers(snapshot, filters, limit=10_000)
    for row in movers[movers["figure"] == "resolved_count"].to_dict("records"):
        by_value = figures.resolved(snapshot, filters, by=row["dimension"], only=()).set_index("dimension_value")
        assert row["after"] == by_value["resolved_count"].get(row["dimension_value"], 0)
    for figure in ("resolved_count", "mttr_minutes"):
        assert (movers["figure"] == figure).any()
