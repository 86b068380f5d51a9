"""What moved most between two periods."""

import pandas as pd

from dashboard.figures.conditions import RESOLVED, tickets, without_period
from dashboard.figures.dimensions import labels, value_of
from dashboard.figures.periods import PART_OF, Comparison, compared, parts
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

#: The dimensions that are looked through.
DIMENSIONS = ("priority", "assignment_group", "service", "category")
COLUMNS = (
    "dimension",
    "dimension_value",
    "label",
    "figure",
    "before",
    "after",
    "n_before",
    "n_after",
    "effect",
)


def movers(snapshot: Snapshot, filters: Filters, *, limit: int = 8) -> pd.DataFrame:
    """The values of priority, group, service and category that moved a figure of all tickets most.

    Between the two periods that `headline` compares. Columns: `dimension`, `dimension_value`, `label`, `figure`
    (`mttr_minutes` or `resolved_count`), `before`, `after`, `n_before`, `n_after`, and `effect`: by how much this value
    alone changed the figure of all tickets, as a share of what that was before (0.1: up by a tenth). For the mean time
    to resolve that is what the mean would have been with this value's own mean unchanged. Largest absolute effect
    first; values that have no ticket in one of the periods move `resolved_count` alone. Empty where there are no two
    periods.
    """
    comparison = compared(snapshot, filters)
    if comparison is None:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = _published(snapshot, filters, comparison) if filters.is_plain else _computed(snapshot, filters, comparison)
    found = _ranked(rows, limit)
    names = {dimension: labels(snapshot, filters.instance, dimension) for dimension in DIMENSIONS}
    found["label"] = [
        names[dimension].get(value, value)
        for dimension, value in zip(found["dimension"], found["dimension_value"], strict=True)
    ]
    return found[list(COLUMNS)]


def _published(snapshot: Snapshot, filters: Filters, comparison: Comparison) -> pd.DataFrame:
    return snapshot.frame(
        """
        select
            case when period_start = $after_first then 'after' else 'before' end as part, dimension, dimension_value,
            resolved_count as n, mttr_minutes
        from metrics.mttr
        where instance = $instance and grain = $grain and period_start = any([$after_first, $before_first]::date[])
            and dimension = any($dimensions)
        """,
        {
            "instance": filters.instance,
            "grain": comparison.grain,
            "dimensions": [*DIMENSIONS],
            "after_first": comparison.after[0],
            "before_first": comparison.before[0],
        },
    )


def _computed(snapshot: Snapshot, filters: Filters, comparison: Comparison) -> pd.DataFrame:
    condition = tickets(without_period(filters), None)
    values = ", ".join(f"{value_of(dimension)} as by_{dimension}" for dimension in DIMENSIONS)
    sets = ", ".join(f"(part, by_{dimension})" for dimension in DIMENSIONS)
    of_set = " ".join(f"when grouping(by_{dimension}) = 0 then '{dimension}'" for dimension in DIMENSIONS)
    of_value = " ".join(f"when grouping(by_{dimension}) = 0 then by_{dimension}" for dimension in DIMENSIONS)
    return snapshot.frame(
        f"""
        with tickets as (
            select {PART_OF.format("resolved_at")} as part, {values},
                cast(round(resolve_minutes * 60) as bigint) as resolve_seconds
            from sdm.itsm
            where {RESOLVED} and {condition.sql}
                and resolved_at >= least($after_first, $before_first) and resolved_at < $after_end
        )
        select
            part, case {of_set} end as dimension, case {of_value} end as dimension_value,
            count(*) as n,
            cast(sum(resolve_seconds) as double) / nullif(count(resolve_seconds), 0) / 60 as mttr_minutes
        from tickets where part is not null group by grouping sets ({sets})
        """,
        condition.parameters | parts(comparison),
    )


def _ranked(rows: pd.DataFrame, limit: int) -> pd.DataFrame:
    """`part`, `dimension`, `dimension_value`, `n`, `mttr_minutes` as movers without labels."""
    keys = ["dimension", "dimension_value"]
    after, before = (
        rows[rows["part"] == part].drop(columns="part").set_index(keys).add_suffix(f"_{part}")
        for part in ("after", "before")
    )
    both = after.join(before, how="outer").reset_index()
    both[["n_after", "n_before"]] = both[["n_after", "n_before"]].fillna(0).astype("int64")
    # Every dimension has every ticket once.
    of_all = both.groupby("dimension")[["n_after", "n_before"]].transform("sum")
    minutes = (both["mttr_minutes_before"] * both["n_before"]).groupby(both["dimension"]).transform("sum")
    mean_before = minutes / of_all["n_before"]
    count = both.assign(
        figure="resolved_count",
        before=both["n_before"].astype(float),
        after=both["n_after"].astype(float),
        effect=(both["n_after"] - both["n_before"]) / of_all["n_before"],
    )
    mean = both.assign(
        figure="mttr_minutes",
        before=both["mttr_minutes_before"],
        after=both["mttr_minutes_after"],
        effect=(both["mttr_minutes_after"] - both["mttr_minutes_before"])
        * both["n_after"]
        / of_all["n_after"]
        / mean_before,
    )
    found = pd.concat([mean, count], ignore_index=True)
    # Without a ticket before there is nothing to compare with; what stayed the same did not move.
    found = found[found["effect"].abs().between(0, float("inf"), inclusive="neither")]
    order = found["effect"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].head(limit).reset_index(drop=True)
