"""The parts of the static page: each takes a snapshot and an instance and gives HTML."""

import logging
from collections.abc import Callable, Sequence
from html import escape

import duckdb
import pandas as pd

from dashboard import figures, svg, text
from dashboard.definitions import DEFINITIONS, EXCLUDED, SMALL_N
from dashboard.figures import Headline
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.static_cards import card, period

log = logging.getLogger(__name__)

Section = Callable[[Snapshot, Filters], str]

_CARDS = (
    "median_minutes", "mttr_minutes", "p90_minutes", "resolved_count", "opened_count", "made_sla_share", "reopen_rate",
    "noise_share", "mean_reassignments", "open_count", "median_age_days", "older_than_30_days",
)  # fmt: skip
_MONTHLY = (
    "resolved_count", "median_minutes", "mttr_minutes", "p90_minutes", "made_sla_share", "reopen_rate", "noise_share",
    "mean_reassignments", "three_plus_share",
)  # fmt: skip
_DIMENSIONS = {
    "priority": "Priority", "assignment_group": "Group", "service": "Service", "category": "Category",
}  # fmt: skip
_LISTED = 10


def in_place(title: str, section: Section, snapshot: Snapshot, filters: Filters) -> str:
    """The section, or a sentence where the file cannot answer it: the rest of the page stays."""
    try:
        return section(snapshot, filters)
    except duckdb.Error as error:
        log.warning("static page, %s of %s: %s", title, filters.instance, error)
        return (
            '<p class="empty">This could not be read from the published file. Run <code>ticketlake check</code>,'
            " then <code>ticketlake sync</code>, and see the log of the run.</p>"
        )


def headlines(snapshot: Snapshot, filters: Filters) -> str:
    """The headline figures with n, their change between the two last periods, and their course by month."""
    headline = figures.headline(snapshot, filters)
    courses = _courses(snapshot, filters)
    cards = "".join(
        card(name, headline.figures[name], headline, courses.get(name, ()))
        for name in _CARDS
        if name in headline.figures
    )
    return f'{_compared(headline)}<div class="cards">{cards}</div>'


def _compared(headline: Headline) -> str:
    if headline.after is None or headline.before is None:
        return '<p class="note">There are no two whole months to compare yet.</p>'
    return (
        '<p class="note">Large: the whole history, the open tickets now. Below the line:'
        f" {escape(period(headline.after))} against {escape(period(headline.before))}.</p>"
    )


def _courses(snapshot: Snapshot, filters: Filters) -> dict[str, Sequence[float | None]]:
    """Values by month of the figures that have a course; whole months only, and the backlog by day."""
    months = figures.resolved(snapshot, filters, grain="month")
    opened = figures.volume(snapshot, filters, grain="month")
    days = figures.backlog(snapshot, filters)
    whole, opened = months[~months["is_partial"]], opened[~opened["is_partial"]]
    return {
        **{name: _values(whole[name]) for name in _CARDS if name in whole.columns},
        "opened_count": _values(opened["opened_count"]),
        **{name: _values(days[name]) for name in ("open_count", "median_age_days", "older_than_30_days")},
    }


def trends(snapshot: Snapshot, filters: Filters) -> str:
    """Time to resolve, volume, backlog and quality as lines, and the months in numbers."""
    months = figures.resolved(snapshot, filters, grain="month")
    weeks = figures.volume(snapshot, filters, grain="week")
    days = figures.backlog(snapshot, filters)
    charts = (
        ("Time to resolve", "by month of resolution", _lines(
            months, "period_start", {"mttr_minutes": "mean", "median_minutes": "median"}, "minutes")),
        ("Slowest tenth", "nine of ten tickets are faster, by month", _lines(
            months, "period_start", {"p90_minutes": "90th pct."}, "minutes")),
        ("Tickets opened and resolved", "by week", _lines(
            weeks[~weeks["is_partial"]], "period_start", {"opened_count": "opened", "resolved_count": "resolved"},
            "count")),
        ("Open tickets", "at the end of each day", _lines(
            days, "as_of", {"open_count": "open", "older_than_30_days": "> 30 days"}, "count")),
        ("SLA met", "share of resolved tickets, by month", _lines(
            months, "period_start", {"made_sla_share": "SLA met"}, "share")),
        ("Reopened and noise", "share of resolved tickets, by month", _lines(
            months, "period_start", {"noise_share": "noise", "reopen_rate": "reopened"}, "share")),
    )  # fmt: skip
    drawn = "".join(
        f"<figure><figcaption>{escape(title)} <span>{escape(what)}</span></figcaption>"
        f"{draw(f'{title}, {what}')}</figure>"
        for title, what, draw in charts
    )
    note = '<p class="note">Hollow points: the period is not whole. A point says its value when you point at it.</p>'
    return f'{note}<div class="charts">{drawn}</div>{_months_table(months)}'


def _lines(frame: pd.DataFrame, days: str, names: dict[str, str], unit: svg.Unit) -> Callable[[str], str]:
    def draw(title: str) -> str:
        return svg.line_chart(
            title,
            [day.date() for day in frame[days]],
            [svg.Series(name, _values(frame[column])) for column, name in names.items()],
            unit,
            list(frame["is_partial"]) if "is_partial" in frame.columns else (),
        )

    return draw


def _months_table(months: pd.DataFrame) -> str:
    names = [name for name in _MONTHLY if name in months.columns]
    headers = [("Month", ""), *((DEFINITIONS[name].label, DEFINITIONS[name].hover) for name in names)]
    rows = [
        [f"{row['period_start']:%b %Y}{' (part)' if row['is_partial'] else ''}",
         *(text.written(row[name], DEFINITIONS[name].unit) for name in names)]
        for _, row in months.iterrows()
    ]  # fmt: skip
    return f"<details><summary>The months in numbers</summary>{_table(headers, rows)}</details>"


def moved(snapshot: Snapshot, filters: Filters) -> str:
    """Which groups, services, categories and priorities moved the figures of all tickets most."""
    found = figures.movers(snapshot, filters, limit=_LISTED)
    if found.empty:
        return '<p class="empty">Nothing to compare: this needs two whole months with resolved tickets.</p>'
    headers = [
        ("What", ""), ("Figure", ""), ("Before", ""), ("After", ""), ("n before", ""), ("n after", ""),
        ("Effect on all tickets", "By how much this alone moved the figure of all tickets."),
    ]  # fmt: skip
    rows = [
        [f"{_DIMENSIONS.get(row['dimension'], row['dimension'])}: {row['label']}", DEFINITIONS[row["figure"]].label,
         text.written(row["before"], DEFINITIONS[row["figure"]].unit),
         text.written(row["after"], DEFINITIONS[row["figure"]].unit),
         text.count(row["n_before"]), text.count(row["n_after"]), f"{100 * row['effect']:+.1f} %"]
        for _, row in found.iterrows()
    ]  # fmt: skip
    return _table(headers, rows, texts=2)


def recurring(snapshot: Snapshot, filters: Filters) -> str:
    """The titles that come back most, by count."""
    found = figures.recurring(snapshot, filters, order="count", limit=_LISTED)
    if found.empty:
        return '<p class="empty">No title has come back three times.</p>'
    names = (
        "ticket_count",
        "total_resolve_minutes",
        "median_resolve_minutes",
        "noise_share",
        "active_days",
        "ci_count",
    )
    rows = [[row["title"], *(_written(row, name) for name in names)] for _, row in found.iterrows()]
    return _table([("Title", "What the tickets have in common"), *map(_header, names)], rows)


def routes(snapshot: Snapshot, filters: Filters) -> str:
    """The ways between groups that are gone most often."""
    found = figures.routes(snapshot, filters, limit=_LISTED)
    if found.empty:
        return '<p class="empty">No ticket went from one group to another.</p>'
    names = ("moves", "tickets", "ping_pong_tickets", "median_minutes_held")
    rows = [[row["from_group"], f"→ {row['to_group']}", *(_written(row, name) for name in names)]
            for _, row in found.iterrows()]  # fmt: skip
    return _table([("From", ""), ("To", ""), *map(_header, names)], rows, texts=2)


def ageing(snapshot: Snapshot, filters: Filters) -> str:
    """Open tickets by age."""
    found = figures.ageing(snapshot, filters)
    bars = [
        svg.Bar(row["bucket"], float(row["open_count"]), text.count(row["open_count"])) for _, row in found.iterrows()
    ]
    return f'<figure class="alone">{svg.bar_chart("Open tickets by age", bars)}</figure>'


def left_out(snapshot: Snapshot, filters: Filters) -> str:
    """Tickets that are in no figure of resolved tickets, and why."""
    found = figures.excluded(snapshot, filters)
    if found.empty:
        return '<p class="empty">No ticket is left out.</p>'
    rows = [
        [EXCLUDED.get(row["reason"], row["reason"]), text.count(row["ticket_count"])] for _, row in found.iterrows()
    ]
    note = '<p class="note">Tickets that no figure of resolved tickets counts, by the first reason that applies.</p>'
    return note + _table([("Reason", ""), ("Tickets", "")], rows)


#: In the order of the page.
SECTIONS: tuple[tuple[str, Section], ...] = (
    ("At a glance", headlines),
    ("How it went", trends),
    ("What moved most", moved),
    ("Tickets that come back", recurring),
    ("Ways between groups", routes),
    ("How old open tickets are", ageing),
    ("Left out", left_out),
)


def definitions() -> str:
    """Every figure of the page in words."""
    names = dict.fromkeys((*_CARDS, *_MONTHLY, "ticket_count", "total_resolve_minutes", "moves", "ping_pong_tickets",
                           "median_minutes_held"))  # fmt: skip
    lines = "".join(
        f"<dt>{escape(DEFINITIONS[name].label)}</dt><dd>{escape(DEFINITIONS[name].hover)}</dd>" for name in names
    )
    few = f"<p class='note'>Figures of fewer than {SMALL_N} tickets are marked <span class='few'>few</span>.</p>"
    return f"<details><summary>Definitions</summary><dl>{lines}</dl></details>{few}"


def _header(name: str) -> tuple[str, str]:
    return DEFINITIONS[name].label, DEFINITIONS[name].hover


def _written(row: pd.Series, name: str) -> str:
    return text.written(row[name], DEFINITIONS[name].unit)


def _values(column: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in column]


def _table(headers: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Headers are (name, hover); the first `texts` columns are text, the others numbers."""
    kinds = ["title"] * texts + ["number"] * (len(headers) - texts)
    head = "".join(
        f'<th scope="col" class="{kind}" title="{escape(hover)}">{escape(name)}</th>'
        for (name, hover), kind in zip(headers, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{kind}">{escape(str(cell))}</td>' for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
