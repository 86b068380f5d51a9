"""How resolve times are distributed, not only their means."""

import pandas as pd

from dashboard.figures.conditions import RESOLVED, tickets
from dashboard.figures.dimensions import column, labelled, on_all, value_of
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

_HOUR, _DAY = 60, 1440
#: Where the bins of resolve times begin, minutes: each is about twice as wide as the one before, at places that people
#: have names for.
EDGES = (
    *(0, 5, 10, 20, 30),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 56 * _DAY, 112 * _DAY),
)


def distribution(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """Resolved tickets by resolve time, in bins that about double (EDGES).

    Columns: `from_minutes`, `to_minutes` (exclusive, NaN for the last), `tickets`, and with `by` also
    `dimension_value`, `label`. In the order of the bins; without `by` all bins are there. Raises ValueError for an
    unknown dimension.
    """
    condition = tickets(filters, "resolved_at")
    value = value_of(column(snapshot, by)) if by else "cast(null as varchar)"
    # From the longest down, so that the first that fits is it.
    places = " ".join(f"when resolve_minutes >= {edge} then {edge}" for edge in reversed(EDGES))
    found = snapshot.frame(
        f"""
        select {value} as dimension_value, case {places} end as from_minutes, count(*) as tickets
        from sdm.itsm where {RESOLVED} and {condition.sql} group by all
        """,
        condition.parameters,
    )
    bins = pd.DataFrame({"from_minutes": EDGES, "to_minutes": [*EDGES[1:], None]}).astype(float)
    return on_all(bins, found, "tickets", snapshot, filters, by)


def spread(snapshot: Snapshot, filters: Filters, *, by: str, limit: int = 20) -> pd.DataFrame:
    """The spread of resolve times by the values of a dimension with the most resolved tickets.

    Columns: `dimension_value`, `label`, `p10`, `p25`, `median`, `p75`, `p90`, `mean` (minutes), `n` (resolved tickets),
    descending. Raises ValueError for an unknown dimension.
    """
    condition = tickets(filters, "resolved_at")
    found = snapshot.frame(
        f"""
        with tickets as (
            select {value_of(column(snapshot, by))} as dimension_value, resolve_minutes
            from sdm.itsm where {RESOLVED} and {condition.sql}
        ),
        -- Quantiles of the shown values alone.
        shown as (
            select dimension_value from tickets group by 1 order by count(*) desc, 1 limit $limit
        ),
        figures as (
            select
                dimension_value,
                quantile_cont(resolve_minutes, [0.1, 0.25, 0.5, 0.75, 0.9]) as quantiles,
                cast(sum(cast(round(resolve_minutes * 60) as bigint)) as double)
                / nullif(count(resolve_minutes), 0) / 60 as mean,
                count(*) as n
            from tickets where dimension_value in (from shown) group by 1
        )
        select
            dimension_value,
            round(quantiles[1], 9) as p10, round(quantiles[2], 9) as p25, round(quantiles[3], 9) as median,
            round(quantiles[4], 9) as p75, round(quantiles[5], 9) as p90, mean, n
        from figures order by n desc, dimension_value
        """,
        {**condition.parameters, "limit": limit},
    )
    found.insert(1, "label", labelled(snapshot, filters.instance, by, found["dimension_value"]))
    return found
