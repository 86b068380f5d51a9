"""What each figure means, in plain words: hovers, the static page and the documentation read it here."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

#: Below so many tickets a figure is marked: a single one moves it, and the 90th percentile is hardly more than the
#: slowest of them.
SMALL_N = 10

#: How a value is written (`dashboard.text`): shares are 0 to 1, durations minutes, ages days.
Unit = Literal["minutes", "share", "count", "number", "days"]
#: Which way is the good one; None where neither is.
Better = Literal["lower", "higher"] | None

_RESOLVED = (
    "tickets resolved in the period (UTC): state resolved or closed, with a resolution time, not cancelled, clock not"
    " broken"
)


@dataclass(frozen=True)
class Definition:
    """One figure: `label` heads it, `meaning` says what it is, `cohort` which tickets n counts."""

    label: str
    meaning: str
    unit: Unit
    cohort: str
    better: Better = None

    @property
    def hover(self) -> str:
        """What a reader sees who points at the figure; the page adds n."""
        return f"{self.meaning} Counted: {self.cohort}."


def _resolved(label: str, meaning: str, unit: Unit, better: Better = None) -> Definition:
    return Definition(label, meaning, unit, _RESOLVED, better)


def _backlog(label: str, meaning: str, unit: Unit, better: Better = None) -> Definition:
    return Definition(label, meaning, unit, "tickets open at the end of the day (UTC), cancelled ones end too", better)


_RECURRING = "live, not cancelled tickets opened in the period whose titles are alike; at least 3"
_MOVES = "moves between assignment groups in the history of live tickets; groups of one name are one"
_CHANGES = "closed changes that were not cancelled, by the month they were closed (UTC)"

#: By the name of the column that holds the figure.
DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "resolved_count": _resolved("Resolved", "Tickets that were resolved.", "count"),
        "opened_count": Definition(
            "Opened", "Tickets that were opened.", "count", "live tickets by opening time (UTC)"
        ),
        "mttr_minutes": _resolved(
            "Mean time to resolve",
            "Mean time from opening to resolution, nights and weekends included. A few very long tickets pull it up:"
            " read the median beside it.",
            "minutes",
            "lower",
        ),
        "median_minutes": _resolved(
            "Median time to resolve",
            "Half of the tickets were resolved faster than this, half slower.",
            "minutes",
            "lower",
        ),
        "p90_minutes": _resolved(
            "90th percentile", "Nine of ten tickets were resolved within this time.", "minutes", "lower"
        ),
        "business_mttr_minutes": _resolved(
            "Mean business time",
            "Mean of the business duration that ServiceNow holds, by the calendar of the instance.",
            "minutes",
            "lower",
        ),
        "child_count": _resolved("Child tickets", "Tickets that have a parent incident.", "count"),
        "mttr_without_children_minutes": _resolved(
            "Mean without child tickets",
            "Mean time to resolve of the tickets that have no parent incident.",
            "minutes",
            "lower",
        ),
        "mean_reassignments": _resolved(
            "Mean reassignments",
            "How often a ticket changed its assignment group, by ServiceNow's counter.",
            "number",
            "lower",
        ),
        "p90_reassignments": _resolved(
            "90th percentile of reassignments",
            "Nine of ten tickets changed their group at most this often.",
            "number",
            "lower",
        ),
        "zero_share": _resolved(
            "Never reassigned", "Share of tickets that stayed with their first group.", "share", "higher"
        ),
        "three_plus_share": _resolved(
            "Reassigned 3+ times",
            "Share of tickets that changed their group at least three times.",
            "share",
            "lower",
        ),
        "noise_count": _resolved("Noise", "Tickets that were closed without action.", "count", "lower"),
        "noise_share": _resolved(
            "Noise",
            "Share of tickets closed without action: a close code that says so, or no close code and nobody assigned.",
            "share",
            "lower",
        ),
        "noise_by_code_count": _resolved(
            "Noise by close code", "Tickets whose close code says noise.", "count", "lower"
        ),
        "noise_untouched_count": _resolved(
            "Noise nobody touched", "Tickets without a close code that nobody was assigned to.", "count", "lower"
        ),
        "reopened_count": _resolved("Reopened", "Tickets that were opened again at least once.", "count", "lower"),
        "reopen_rate": _resolved(
            "Reopened", "Share of tickets that were opened again at least once.", "share", "lower"
        ),
        "made_sla_count": _resolved("SLA met", "Tickets whose `made_sla` is true.", "count", "higher"),
        "made_sla_share": _resolved(
            "SLA met",
            "Share of tickets whose `made_sla` is true. ServiceNow sets it true until an SLA is missed.",
            "share",
            "higher",
        ),
        "task_sla_count": _resolved("SLAs attached", "SLAs of these tickets that were not cancelled.", "count"),
        "task_sla_met_share": _resolved(
            "Attached SLAs met", "Share of the attached SLAs that were not breached.", "share", "higher"
        ),
        "open_count": _backlog("Open tickets", "Tickets that were open at the end of the day.", "count", "lower"),
        "not_closed_count": _backlog(
            "Not closed", "Tickets that had not been closed by the end of the day, resolved ones among them.", "count"
        ),
        "ended_count": _backlog("Ended", "Tickets that were resolved, closed or cancelled that day.", "count"),
        "median_age_days": _backlog(
            "Median age of open tickets", "Half of the open tickets were younger than this.", "days", "lower"
        ),
        "older_than_30_days": _backlog(
            "Open for more than 30 days", "Open tickets that were opened more than 30 days before.", "count", "lower"
        ),
        "ticket_count": Definition("Tickets", "Tickets that share this title.", "count", _RECURRING),
        "total_resolve_minutes": Definition(
            "Effort", "Sum of the times from opening to resolution.", "minutes", _RECURRING, "lower"
        ),
        "median_resolve_minutes": Definition(
            "Median time to resolve", "Half of them were resolved faster than this.", "minutes", _RECURRING, "lower"
        ),
        "active_days": Definition("Active days", "Days (UTC) on which one of them was opened.", "count", _RECURRING),
        "ci_count": Definition("Configuration items", "Different configuration items concerned.", "count", _RECURRING),
        "group_count": Definition("Groups", "Different assignment groups that hold them.", "count", _RECURRING),
        "recurring_titles": Definition(
            "Titles that come back", "Titles that at least 3 tickets share.", "count", _RECURRING
        ),
        "recurring_tickets": Definition(
            "Tickets with such a title", "Tickets that share their title.", "count", _RECURRING, "lower"
        ),
        "recurring_minutes": Definition(
            "Effort in them", "Sum of their times from opening to resolution.", "minutes", _RECURRING, "lower"
        ),
        "moves": Definition("Moves", "How often a ticket went this way.", "count", _MOVES, "lower"),
        "tickets": Definition("Tickets", "Tickets that went this way at least once.", "count", _MOVES),
        "ping_pong_tickets": Definition(
            "Ping-pong",
            "Tickets that this way came back to a group that had held them before.",
            "count",
            _MOVES,
            "lower",
        ),
        "median_minutes_held": Definition(
            "Median time held",
            "Half of the tickets stayed shorter than this with a group before it passed them on.",
            "minutes",
            _MOVES,
            "lower",
        ),
        "closed_changes": Definition("Closed changes", "Changes that were closed.", "count", _CHANGES),
        "failed_changes": Definition(
            "Failed changes", "Changes closed with an unsuccessful close code.", "count", _CHANGES, "lower"
        ),
        "failed_share": Definition(
            "Change failure", "Share of changes closed with an unsuccessful close code.", "share", _CHANGES, "lower"
        ),
        "linked_share": Definition(
            "Caused an incident", "Share of changes that an incident names as its cause.", "share", _CHANGES, "lower"
        ),
        "suspected_share": Definition(
            "May have caused an incident",
            "Share of changes after whose end an incident of the same configuration item or service was opened."
            " A hint only.",
            "share",
            _CHANGES,
            "lower",
        ),
        "changes_with_linked_incident": Definition(
            "With a linked incident", "Changes that an incident names as its cause.", "count", _CHANGES, "lower"
        ),
        "changes_with_suspected_incident": Definition(
            "With a suspected incident",
            "Changes after whose end an incident of the same configuration item or service was opened. A hint only.",
            "count",
            _CHANGES,
            "lower",
        ),
    }
)

#: Why a ticket is in no figure of resolved tickets; the first that applies.
EXCLUDED: Mapping[str, str] = MappingProxyType(
    {
        "cancelled": "cancelled",
        "open": "still open",
        "not_resolved": "ended without a resolution time",
        "bad_clock": "broken clock: no opening time, resolved before it was opened, or in the future",
    }
)
