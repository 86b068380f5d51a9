"""What the pages ask: every function takes a snapshot and filters and gives a frame with the columns it documents.

Numbers of all tickets of an instance, or of a single priority, group or service, come from `metrics` where it has them,
others from `sdm` by the same definitions. Durations are minutes, ages days, shares 0 to 1, times and days UTC; a
missing value is NaN or None. There is never a total over instances. Each raises duckdb.Error where the file cannot be
read.
"""

from dashboard.figures.backlogs import ageing, backlog, open_tickets
from dashboard.figures.changes import change_incidents, changes
from dashboard.figures.choices import choices
from dashboard.figures.dimensions import dimensions
from dashboard.figures.headlines import Figure, Headline, headline
from dashboard.figures.health import (
    connectors,
    coverage,
    deleted_counts,
    freshness,
    reconciliation,
    row_counts,
    runs,
    schema_changes,
)
from dashboard.figures.moved import movers
from dashboard.figures.periods import compared
from dashboard.figures.recurrence import (
    recurring,
    recurring_sizes,
    recurring_spread,
    recurring_tickets,
    recurring_weeks,
)
from dashboard.figures.resolution import excluded, resolved, volume
from dashboard.figures.routing import ping_pong, routes, time_held
from dashboard.figures.spreads import distribution, spread
from dashboard.figures.totals import changes_headline, flow_by_week, recurring_headline, with_shares

__all__ = [
    "Figure",
    "Headline",
    "ageing",
    "backlog",
    "change_incidents",
    "changes",
    "changes_headline",
    "choices",
    "compared",
    "connectors",
    "coverage",
    "deleted_counts",
    "dimensions",
    "distribution",
    "excluded",
    "flow_by_week",
    "freshness",
    "headline",
    "movers",
    "open_tickets",
    "ping_pong",
    "reconciliation",
    "recurring",
    "recurring_headline",
    "recurring_sizes",
    "recurring_spread",
    "recurring_tickets",
    "recurring_weeks",
    "resolved",
    "routes",
    "row_counts",
    "runs",
    "schema_changes",
    "spread",
    "time_held",
    "volume",
    "with_shares",
]
