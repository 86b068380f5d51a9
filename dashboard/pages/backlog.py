"""What is open, how that moves, how old it is and where it lies."""

from dashboard import cards, charts, figures
from dashboard.frame import Page, guarded
from dashboard.tables import Column

TITLE = "Backlog and ageing"
PATH = "backlog"
ICON = ":material/inbox:"
UNUSED_FILTERS: tuple[str, ...] = ()

_HEADLINE = ("open_count", "median_age_days", "older_than_30_days")
_FIGURES = ("open_count", "not_closed_count", "opened_count", "ended_count", "median_age_days", "older_than_30_days")
_DIMENSIONS = ("priority", "assignment_group", "service", "category")


def render(page: Page) -> None:
    with guarded("The headline"):
        cards.draw(page.ask(figures.headline, page.filters, only=_HEADLINE), _HEADLINE)
    with page.section("Open tickets", "At the end of each day (UTC)."):
        _draw_days(page)
    with page.section(
        "Opened and ended", "By week from Monday (UTC). Where more are opened than ended, the backlog grows."
    ):
        _draw_flow(page)
    with page.section("Age", "Tickets open at the end of the last day, by the time since they were opened."):
        _draw_ages(page)
    with page.section("Where they lie", "Tickets open at the end of the last day."):
        _draw_split(page)
    with page.section("The tickets", "Tickets that are open now, the oldest first."):
        _draw_tickets(page)


def _draw_days(page: Page) -> None:
    days = page.ask(figures.backlog, page.filters)
    if page.is_empty(days):
        return
    page.chart(
        charts.lines(days, ("open_count", "older_than_30_days"), x="as_of"),
        alt="Open tickets and those open for more than 30 days, at the end of each day",
        name="backlog-by-day",
        frame=days,
        columns={"as_of": Column("Day", "day"), **dict.fromkeys(_FIGURES)},
    )


def _draw_flow(page: Page) -> None:
    days = page.ask(figures.backlog, page.filters)
    if page.is_empty(days):
        return
    weeks = figures.flow_by_week(days)
    page.chart(
        charts.lines(weeks, {"opened_count": "Opened", "ended_count": "Ended"}),
        alt="Tickets opened and ended, by week",
        name="flow-by-week",
        frame=weeks,
        columns={"period_start": Column("Week from", "day"), "opened_count": None, "ended_count": None},
    )


def _draw_ages(page: Page) -> None:
    ages = page.ask(figures.ageing, page.filters)
    if page.is_empty(ages[ages["open_count"] > 0], "No ticket of these filters was open then."):
        return
    page.chart(
        charts.columns(ages, {"open_count": "Open tickets"}, x="bucket"),
        alt="Open tickets by age",
        name="ageing",
        frame=ages,
        columns={"bucket": "Age", "open_count": None},
    )


def _draw_split(page: Page) -> None:
    names = page.ask(figures.dimensions)
    dimension = page.choose("By", {name: names[name] for name in _DIMENSIONS}, key="backlog_by")
    split = page.ask(figures.backlog, page.filters, by=dimension, last_day_only=True)
    if page.is_empty(split):
        return
    page.table(
        split,
        {"label": names[dimension], **dict.fromkeys(_FIGURES)},
        name="backlog-by-value",
        n="open_count",
    )


def _draw_tickets(page: Page) -> None:
    tickets = page.ask(figures.open_tickets, page.filters)
    if page.is_empty(tickets, "No ticket of these filters is open."):
        return
    page.table(
        tickets,
        {
            "number": "Number",
            "age_days": Column("Age", "days"),
            "short_description": Column("Title", width="large"),
            "priority_label": "Priority",
            "state_label": "State",
            "assignment_group": "Group",
            "assigned_to_name": "Assigned to",
            "service": "Service",
            "opened_at": Column("Opened (UTC)", "time"),
            "reassignment_count": Column("Reassignments", "count"),
        },
        name="open-tickets",
        links={"number": ("incident", "sys_id")},
    )
