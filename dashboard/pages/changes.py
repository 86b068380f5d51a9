"""Changes: how many fail, and which incidents come of them."""

from typing import Literal

from dashboard import cards, charts, figures
from dashboard.frame import Page, guarded
from dashboard.tables import Column

TITLE = "Changes"
PATH = "changes"
ICON = ":material/published_with_changes:"
UNUSED_FILTERS = ("priority",)

_COUNTS = ("closed_changes", "failed_changes", "changes_with_linked_incident", "changes_with_suspected_incident")
_HEADLINE = ("failed_share", "closed_changes", "linked_share", "suspected_share")
_BY = {"type": "Type", "assignment_group": "Group"}


def render(page: Page) -> None:
    with guarded("The headline"):
        comparison, earlier = page.ask(figures.compared, page.filters), page.filters.previous()
        before = page.ask(figures.changes, earlier) if comparison and earlier else None
        cards.draw(figures.changes_headline(page.ask(figures.changes, page.filters), before, comparison), _HEADLINE)
    with page.section("Change failure", "Closed changes by the month they were closed (UTC)."):
        _draw_months(page)
    with page.section("Who changes what", "All months of the period together."):
        _draw_split(page)
    with page.section(
        "Incidents that a change caused", "The incident names the change as its cause: somebody wrote it down."
    ):
        _draw_incidents(page, "linked")
    with page.section(
        "Incidents that a change may have caused",
        "The incident concerns the same configuration item or service and was opened soon after the change ended. A"
        " hint with a score from 0 to 1, never counted as a cause.",
    ):
        _draw_incidents(page, "suspected")


def _draw_months(page: Page) -> None:
    months = page.ask(figures.changes, page.filters)
    if page.is_empty(months, "No change of these filters was closed."):
        return
    page.chart(
        charts.lines(months, ("failed_share",), n="closed_changes"),
        alt="Share of changes that failed, by month",
        name="failure-by-month",
        frame=months,
        columns={"period_start": Column("Month", "day"), "failed_share": None, **dict.fromkeys(_COUNTS)},
    )


def _draw_split(page: Page) -> None:
    by = page.choose("By", _BY, key="changes_by")
    split = page.ask(figures.changes, page.filters, by=by)
    if page.is_empty(split, "No change of these filters was closed."):
        return
    summed = (
        split.groupby("dimension_value")[list(_COUNTS)].sum().apply(figures.with_shares, axis=1, result_type="expand")
    )
    summed = summed.reset_index()
    page.table(
        summed.sort_values(["failed_share", "closed_changes"], ascending=False),
        {"dimension_value": _BY[by], "failed_share": None, **dict.fromkeys(_COUNTS)},
        name="failure-by-value",
        n="closed_changes",
    )


def _draw_incidents(page: Page, kind: Literal["linked", "suspected"]) -> None:
    found = page.ask(figures.change_incidents, page.filters, kind=kind)
    if page.is_empty(found, "There is none for the changes of these filters."):
        return
    score = {"score": Column("Score", "number", "0 to 1: how much speaks for it.")} if kind == "suspected" else {}
    page.table(
        found,
        {
            "change_number": "Change",
            "incident_number": "Incident",
            **score,
            "reason": Column("Why", width="large"),
            "is_failed": Column("Change failed", "flag", "By the close code of the change."),
            "change_description": Column("What was changed", width="medium"),
            "incident_description": Column("Title of the incident", width="medium"),
            "change_group": "Group of the change",
            "change_closed_at": Column("Change closed (UTC)", "time"),
            "incident_priority_label": "Priority",
            "incident_opened_at": Column("Incident opened (UTC)", "time"),
        },
        name=f"{kind}-incidents",
        links={"change_number": ("change_request", "change_id"), "incident_number": ("incident", "incident_id")},
    )
