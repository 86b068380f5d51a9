"""Overview: the headline figures, where they are going, and what moved them."""

import pandas as pd
import streamlit as st

from dashboard import cards, charts, figures, text
from dashboard.definitions import DEFINITIONS, EXCLUDED
from dashboard.figures.dimensions import LABELS
from dashboard.frame import Page, guarded
from dashboard.tables import Column

TITLE = "Overview"
PATH = "overview"
ICON = ":material/dashboard:"
UNUSED_FILTERS: tuple[str, ...] = ()

_TIMES = ("resolved_count", "mttr_minutes", "median_minutes", "p90_minutes", "business_mttr_minutes")
_STATES = ("open_count", "made_sla_share", "reopen_rate", "noise_share", "three_plus_share")
_SHARES = ("made_sla_share", "reopen_rate", "noise_share")
#: What is drawn over time; naming it spares what is not.
_DRAWN = ("resolved_count", "mttr_minutes", "median_minutes", "p90_minutes", *_SHARES)
_GRAINS = {"auto": "Automatic", "month": "Month", "week": "Week", "day": "Day"}
#: A trend has this many points at most unless somebody asks for more.
_MOST_POINTS = 31


def render(page: Page) -> None:
    with guarded("The headline"):
        headline = page.ask(figures.headline, page.filters, only=(*_TIMES, *_STATES))
        cards.draw(headline, _TIMES)
        cards.draw(headline, _STATES)
        if headline.after and headline.before:
            st.caption(f"Arrows compare {cards.days(headline.after)} with {cards.days(headline.before)}.")
    grain = page.choose("Each point is a", _GRAINS, key="grain", help="A hollow point is a period that is not whole.")
    if grain == "auto":
        grain = fitting_grain(page)
    left, right = st.columns(2, gap="large")
    with left:
        _times(page, grain)
        _backlog(page)
    with right:
        _volume(page, grain)
        _excluded(page)
    _quality(page, grain)
    _moved(page)


def fitting_grain(page: Page) -> str:
    """Days, weeks or months: the finest with not too many points."""
    first, last = page.filters.since or page.choices.first_day, page.filters.until or page.choices.last_day
    length = (last - first).days if first and last else 0
    return next((grain for grain, days in (("day", 1), ("week", 7)) if length / days <= _MOST_POINTS), "month")


def _trend(page: Page, grain: str) -> pd.DataFrame:
    return page.ask(figures.resolved, page.filters, grain=grain, only=_DRAWN)


def _times(page: Page, grain: str) -> None:
    with page.section("Time to resolve", DEFINITIONS["mttr_minutes"].hover):
        trend = _trend(page, grain)
        if page.is_empty(trend, "No ticket was resolved."):
            return
        shown = {"mttr_minutes": "Mean", "median_minutes": "Median", "p90_minutes": "90th percentile"}
        last = trend.iloc[-1]
        page.chart(
            charts.lines(trend, shown, n="resolved_count", unit="minutes"),
            alt=f"Mean, median and 90th percentile of the time to resolve by {grain}; the last mean is "
            f"{text.minutes(last['mttr_minutes'])}.",
            name="trend",
            frame=trend,
            columns={
                "period_start": Column("From (UTC)", "day"),
                "is_partial": Column("Not whole", "flag", "The history, now or the filter cuts the period."),
                **dict.fromkeys(_DRAWN),
            },
        )


def _volume(page: Page, grain: str) -> None:
    with page.section("Opened and resolved", "How many tickets came and how many were resolved, by UTC periods."):
        volume = page.ask(figures.volume, page.filters, grain=grain)
        if page.is_empty(volume):
            return
        page.chart(
            charts.lines(volume, {"opened_count": "Opened", "resolved_count": "Resolved"}, unit="count"),
            alt=f"Tickets opened and resolved by {grain}: {text.count(volume['opened_count'].sum())} opened, "
            f"{text.count(volume['resolved_count'].sum())} resolved in all.",
            name="volume",
            frame=volume,
            columns={
                "period_start": Column("From (UTC)", "day"),
                "opened_count": None,
                "resolved_count": None,
            },
        )


def _backlog(page: Page) -> None:
    with page.section("Backlog", DEFINITIONS["open_count"].hover):
        backlog = page.ask(figures.backlog, page.filters)
        if page.is_empty(backlog, "Nothing was open."):
            return
        last = backlog.iloc[-1]
        page.chart(
            charts.lines(
                backlog, {"open_count": "Open", "older_than_30_days": "Older than 30 days"}, x="as_of", unit="count"
            ),
            alt=f"Open tickets at the end of each day; on the last day {text.count(last['open_count'])}, of which "
            f"{text.count(last['older_than_30_days'])} older than 30 days.",
            name="backlog",
            frame=backlog,
            columns={
                "as_of": Column("Day (UTC)", "day"),
                "open_count": None,
                "older_than_30_days": None,
                "median_age_days": None,
            },
        )


def _moved(page: Page) -> None:
    with page.section(
        "What moved most",
        "The priorities, groups, services and categories that changed a figure of all tickets most between the two "
        "periods that the arrows compare.",
    ):
        movers = page.ask(figures.movers, page.filters)
        if page.is_empty(movers, "There are no two whole periods to compare."):
            return
        before, after = (
            [
                text.written(value, DEFINITIONS[figure].unit)
                for figure, value in zip(movers["figure"], movers[column], strict=True)
            ]
            for column in ("before", "after")
        )
        page.table(
            movers.assign(
                dimension=movers["dimension"].map(LABELS),
                figure=movers["figure"].map({name: figure.label for name, figure in DEFINITIONS.items()}),
                before=before,
                after=after,
                n=movers[["n_before", "n_after"]].min(axis=1),
                effect=movers["effect"].map(lambda effect: f"{100 * effect:+.1f} %"),
            ),
            {
                "dimension": "Of",
                "label": Column("Value", width="medium"),
                "figure": "Figure",
                "before": "Before",
                "after": "After",
                "n_before": Column("Tickets before", "count"),
                "n_after": Column("Tickets after", "count"),
                "effect": Column(
                    "Moved all by", help="By how much this value alone changed the figure of all tickets."
                ),
            },
            name="what-moved-most",
            n="n",
        )


def _quality(page: Page, grain: str) -> None:
    trend = _trend(page, grain)
    for place, name in zip(st.columns(len(_SHARES), gap="large"), _SHARES, strict=True):
        with place, page.section(DEFINITIONS[name].label, DEFINITIONS[name].hover):
            if page.is_empty(trend, "No ticket was resolved."):
                continue
            page.chart(
                charts.lines(trend, [name], n="resolved_count", height=180, zero=name != "made_sla_share"),
                alt=f"{DEFINITIONS[name].label} by {grain}; the last value is {text.share(trend[name].iloc[-1])}.",
                name=f"trend-{name}",
            )


def _excluded(page: Page) -> None:
    with page.section(
        "Left out of the figures of resolved tickets",
        "Every ticket is counted here or in “Resolved”: a period goes by the opening time here.",
    ):
        excluded = page.ask(figures.excluded, page.filters)
        if page.is_empty(excluded, "None: every ticket is a resolved one."):
            return
        page.table(
            excluded.assign(why=excluded["reason"].map(EXCLUDED).fillna(excluded["reason"])),
            {"why": "Why", "ticket_count": Column("Tickets", "count")},
            name="left-out",
        )
