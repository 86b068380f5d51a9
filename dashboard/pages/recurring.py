"""Tickets that come back: which titles, how often, at what cost, where, and the tickets behind one of them."""

import pandas as pd
import streamlit as st

from dashboard import cards, charts, figures, text
from dashboard.definitions import DEFINITIONS
from dashboard.frame import Page
from dashboard.tables import Column

TITLE = "Recurring tickets"
PATH = "recurring-tickets"
ICON = ":material/repeat:"
UNUSED_FILTERS: tuple[str, ...] = ()

#: Titles in the ranking; all of them count in the figures above it.
_RANKED = 200
#: More than there are: what is asked is all titles that come back.
_ALL = 1_000_000
#: Titles that one can be chosen of.
_CHOICES = 500
_PLACES = 10
_HEADLINE = ("recurring_titles", "recurring_tickets", "recurring_minutes")
_ORDERS = {"ticket_count": "Tickets", "total_resolve_minutes": "Effort"}
_SPREADS = {"ci": "Configuration items", "assignment_group": "Groups", "service": "Services"}


def render(page: Page) -> None:
    titles = page.ask(figures.recurring, page.filters, limit=_ALL)
    if page.is_empty(titles, "No title comes back at least 3 times among the tickets of these filters."):
        return
    comparison, earlier = page.ask(figures.compared, page.filters), page.filters.previous()
    before = page.ask(figures.recurring_sizes, earlier) if comparison and earlier else None
    cards.draw(figures.recurring_headline(titles, before, comparison), _HEADLINE)
    with page.section(
        "Titles that come back",
        "Titles are alike when they are the same after hosts, numbers, dates and other particulars are masked, typing"
        " errors and word order aside. A title counts from 3 tickets on. A period goes by the time of opening.",
    ):
        _draw_ranking(page, titles)
    with page.section("One title", "When and where its tickets come, and the tickets themselves."):
        _draw_one(page, titles)


def _draw_ranking(page: Page, titles: pd.DataFrame) -> None:
    order = page.choose("Ranked by", _ORDERS, key="ranked_by")
    other = next(name for name in _ORDERS if name != order)
    ranked = titles.sort_values([order, other, "recurring_key"], ascending=[False, False, True]).head(_RANKED)
    weeks = page.ask(figures.recurring_weeks, page.filters, tuple(ranked["recurring_key"]))
    by_key = weeks.sort_values("period_start").groupby("recurring_key")["ticket_count"].agg(list)
    page.table(
        ranked.assign(rank=range(1, len(ranked) + 1), weeks=ranked["recurring_key"].map(by_key)),
        {
            "rank": Column("#", "count", "Rank", "small"),
            "title": Column(
                "Title", help="What the titles have in common; <…> stands for what differs.", width="large"
            ),
            "ticket_count": None,
            "weeks": Column("By week", "weeks", "Tickets opened in each week, the same weeks in each row."),
            "total_resolve_minutes": None,
            "median_resolve_minutes": None,
            "noise_share": None,
            "ci_count": Column("CIs", "count", DEFINITIONS["ci_count"].hover),
            "group_count": None,
            "example_number": "Example",
            "last_opened_at": Column("Last opened (UTC)", "time"),
            "active_days": None,
        },
        name="recurring-titles",
        n="ticket_count",
    )


def _draw_one(page: Page, titles: pd.DataFrame) -> None:
    names = _names(titles.head(_CHOICES))
    key = page.choose("Title", names, key="title", listed=True)
    st.markdown(_in_short(titles[titles["recurring_key"] == key].iloc[0]))
    weeks = page.ask(figures.recurring_weeks, page.filters, (key,))
    page.chart(
        charts.lines(weeks, ("ticket_count",)),
        alt=f"Tickets opened each week with the title {names[key]}",
        name="weeks-of-title",
        frame=weeks,
        columns={"period_start": Column("Week from", "day"), "ticket_count": None},
    )
    _draw_spread(page, key)
    _draw_tickets(page, key)


def _in_short(title: pd.Series) -> str:
    """The figures of one title in a line."""
    days = f"{title['first_opened_at']:%Y-%m-%d} to {title['last_opened_at']:%Y-%m-%d}"
    return (
        f"**{text.count(title['ticket_count'])} tickets** on {text.count(title['active_days'])} days, {days}, at"
        f" {text.count(title['ci_count'])} configuration items in {text.count(title['group_count'])} groups."
        f" **{text.minutes(title['total_resolve_minutes'])}** in all, half of the tickets within"
        f" {text.minutes(title['median_resolve_minutes'])}; **{text.share(title['noise_share'])}** closed as noise."
    )


def _names(titles: pd.DataFrame) -> dict[str, str]:
    """Key: title; where two keys have one title, the part of the key that tells them apart."""
    is_shared = titles["title"].duplicated(keep=False)
    return {
        key: f"{title} ({key[:6]})" if shared else title
        for key, title, shared in zip(titles["recurring_key"], titles["title"], is_shared, strict=True)
    }


def _draw_spread(page: Page, key: str) -> None:
    spread = page.ask(figures.recurring_spread, page.filters, key)
    for place, (dimension, label) in zip(st.columns(len(_SPREADS)), _SPREADS.items(), strict=True):
        found = spread[spread["dimension"] == dimension]
        with place:
            st.markdown(f"**{label}**")
            page.chart(
                charts.bars(found.head(_PLACES), "ticket_count", of="dimension_value"),
                alt=f"{label} with the most of these tickets",
                name=f"spread-{dimension}",
                frame=found,
                columns={"dimension_value": label, "ticket_count": None},
            )


def _draw_tickets(page: Page, key: str) -> None:
    page.table(
        page.ask(figures.recurring_tickets, page.filters, key),
        {
            "number": "Number",
            "short_description": Column("Title as written", width="large"),
            "state_label": "State",
            "priority_label": "Priority",
            "assignment_group": "Group",
            "ci_name": "Configuration item",
            "service": "Service",
            "opened_at": Column("Opened (UTC)", "time"),
            "resolve_minutes": Column("Time to resolve", "minutes"),
            "close_code": "Close code",
            "is_noise": Column("Noise", "flag", DEFINITIONS["noise_share"].meaning),
            "close_notes": Column("Close notes", width="large"),
        },
        name="tickets-of-title",
        links={"number": ("incident", "sys_id")},
    )
