"""How often tickets change hands, along which ways, which come back, and who holds them meanwhile."""

import pandas as pd
import streamlit as st

from dashboard import cards, charts, figures, text
from dashboard.frame import Page, guarded
from dashboard.tables import Column

TITLE = "Reassignments"
PATH = "reassignments"
ICON = ":material/swap_horiz:"
UNUSED_FILTERS: tuple[str, ...] = ()

_FIGURES = ("zero_share", "three_plus_share", "mean_reassignments", "p90_reassignments")
_HEADLINE = ("zero_share", "three_plus_share", "mean_reassignments")
#: Groups on each side of the matrix: more would not be read.
_MATRIX_GROUPS = 14
#: Of more routes the rare ones are left out: a browser holds no more with ease.
_MOST_ROUTES = 2_000
_ROWS = 20
_HELD = {
    "from_group": "Group",
    "moves": None,
    "tickets": Column("Tickets", "count", "Tickets that it passed on at least once."),
    "median_minutes_held": None,
    "p90_minutes_held": Column("90th percentile", "minutes", "Nine of ten times the group held the ticket shorter."),
    "total_minutes_held": Column("All in all", "minutes", "Sum of the times that the group held tickets."),
}


def render(page: Page) -> None:
    with guarded("The headline"):
        cards.draw(page.ask(figures.headline, page.filters, only=_HEADLINE), _HEADLINE)
    with page.section("Shares", "Resolved tickets, by ServiceNow's own counter of reassignments."):
        _draw_shares(page)
    with page.section(
        "Routes",
        "Moves of live tickets from one assignment group to another, from their history. A period goes by the time of"
        " the move, a group by the one that holds the ticket now.",
    ):
        _draw_routes(page)
    with page.section(
        "Ping-pong", "Tickets that came back to a group that had held them before, those with most returns first."
    ):
        _draw_ping_pong(page)
    with page.section(
        "Time held before passing on",
        "From the arrival of a ticket in a group to its departure to another. Who resolves a ticket does not pass it"
        " on.",
    ):
        _draw_time_held(page)
    with page.section("Where it happens", "The shares of resolved tickets, split."):
        _draw_split(page)


def _draw_shares(page: Page) -> None:
    months = page.ask(figures.resolved, page.filters, grain="month", only=_FIGURES)
    if page.is_empty(months):
        return
    page.chart(
        charts.lines(months, {"zero_share": "Never", "three_plus_share": "Three times or more"}, n="resolved_count"),
        alt="Share of tickets never reassigned, and of those reassigned three times or more, by month of resolution",
        name="reassignment-by-month",
        frame=months,
        columns={
            "period_start": Column("Month", "day"),
            "resolved_count": None,
            **dict.fromkeys(_FIGURES),
        },
    )


def _draw_split(page: Page) -> None:
    dimension = page.choose("By", page.ask(figures.dimensions), key="reassigned_by")
    split = page.ask(figures.resolved, page.filters, by=dimension, only=(*_FIGURES, "median_minutes"))
    if page.is_empty(split):
        return
    page.table(
        split.sort_values("three_plus_share", ascending=False),
        {
            "label": page.ask(figures.dimensions)[dimension],
            "resolved_count": None,
            "three_plus_share": None,
            "zero_share": None,
            "mean_reassignments": None,
            "p90_reassignments": None,
            "median_minutes": None,
        },
        name="reassignment-by-value",
        n="resolved_count",
    )


def _draw_routes(page: Page) -> None:
    routes = page.ask(figures.routes, page.filters, limit=_MOST_ROUTES)
    if page.is_empty(routes, "No ticket of these filters moved from one group to another."):
        return
    shown = _busiest(routes)
    page.chart(
        charts.matrix(
            shown.assign(
                held=shown["median_minutes_held"].map(text.minutes),
                back=shown["ping_pong_tickets"].map(text.count),
                on=shown["tickets"].map(text.cases),
            ),
            "moves",
            row="from_group",
            column="to_group",
            row_title="From",
            column_title="To",
            is_dark=st.context.theme.type == "dark",
            extra={"on": "Tickets", "back": "Came back", "held": "Median time held before"},
        ),
        alt="Moves from group to group, the busiest groups; the table below has the routes",
        name="routes-matrix",
    )
    page.table(
        routes,
        {
            "from_group": "From",
            "to_group": "To",
            **dict.fromkeys(("moves", "tickets", "ping_pong_tickets")),
            "median_minutes_held": None,
        },
        name="routes",
        n="moves",
    )


def _busiest(routes: pd.DataFrame) -> pd.DataFrame:
    """The routes between the groups that most tickets leave, and those that most tickets go to."""
    sides = {
        side: routes.groupby(side)["moves"].sum().nlargest(_MATRIX_GROUPS).index for side in ("from_group", "to_group")
    }
    return routes[routes["from_group"].isin(sides["from_group"]) & routes["to_group"].isin(sides["to_group"])]


def _draw_ping_pong(page: Page) -> None:
    bounced = page.ask(figures.ping_pong, page.filters)
    if page.is_empty(bounced, "No ticket of these filters came back to a group."):
        return
    page.table(
        bounced,
        {
            "number": "Number",
            "returns": Column("Returns", "count", "Moves to a group that had held the ticket before."),
            "moves": Column("Moves", "count", "Moves from group to group."),
            "path": Column("Way", width="large"),
            "short_description": Column("Title", width="medium"),
            "priority_label": "Priority",
            "assignment_group": "Group now",
            "resolve_minutes": Column("Time to resolve", "minutes"),
        },
        name="ping-pong",
        links={"number": ("incident", "sys_id")},
    )


def _draw_time_held(page: Page) -> None:
    held = page.ask(figures.time_held, page.filters)
    if page.is_empty(held, "No ticket of these filters moved from one group to another."):
        return
    page.chart(
        charts.bars(held.head(_ROWS), "median_minutes_held", of="from_group", n="moves"),
        alt="Median time that groups hold a ticket before they pass it on, the groups with most time in all first",
        name="time-held-bars",
    )
    page.table(held, _HELD, name="time-held", n="moves")
