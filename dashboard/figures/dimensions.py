"""By what figures may be split, and the column of `sdm.itsm` that each dimension shows."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from dashboard.figures.conditions import is_filled
from dashboard.filters import NONE, Filters
from dashboard.snapshot import Snapshot

#: Dimension: its name for people.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "priority": "Priority",
        "assignment_group": "Group",
        "service": "Service",
        "category": "Category",
        "ci": "Configuration item",
        "opened_by_kind": "Opened by",
        "contact_type": "Channel",
    }
)
#: Dimension: its column where that has another name.
_COLUMNS: Mapping[str, str] = MappingProxyType({"ci": "ci_name"})
#: Dimension: the column of what its values mean, where they are codes.
_LABEL_COLUMNS: Mapping[str, str] = MappingProxyType({"priority": "priority_label", "category": "category_label"})


def dimensions(snapshot: Snapshot) -> dict[str, str]:
    """Dimension: its name for people; those of extra columns that the metrics have come last."""
    return snapshot.once("dimensions", lambda: _dimensions(snapshot))


def _dimensions(snapshot: Snapshot) -> dict[str, str]:
    extra = snapshot.frame(
        """
        select column_name as name, coalesce(regexp_extract(comment, '^(.*?) \\(incident\\.', 1), '') as title
        from duckdb_columns()
        where schema_name = 'sdm' and table_name = 'itsm' and starts_with(column_name, 'x_')
            and column_name in (select distinct dimension from metrics.mttr where grain = 'all')
        order by 1
        """
    )
    return {**LABELS, **{name: title or name for name, title in extra.itertuples(index=False)}}


def column(snapshot: Snapshot, dimension: str) -> str:
    """The column of `sdm.itsm` that a dimension shows, as SQL. Raises ValueError for an unknown dimension."""
    if dimension not in dimensions(snapshot):
        raise ValueError(f"no dimension {dimension!r}; there are {', '.join(dimensions(snapshot))}")
    name = _COLUMNS.get(dimension, dimension)
    if name.startswith("x_") and f"{name}_label" in _columns(snapshot) and _shows_labels(snapshot, name):
        name = f"{name}_label"
    return '"' + name.replace('"', '""') + '"' if name.startswith("x_") else name


def value_of(column_name: str) -> str:
    """The expression of a dimension's value: text, `(none)` where it is missing or blank."""
    if column_name == "priority":
        return f"coalesce(cast(priority as varchar), '{NONE}')"
    text = f"cast({column_name} as varchar)" if column_name.startswith('"x_') else column_name
    return f"case when {is_filled(text)} then {text} else '{NONE}' end"


def labels(snapshot: Snapshot, instance: str, dimension: str) -> dict[str, str]:
    """Value: what it means, for dimensions of codes; empty where the values speak for themselves."""
    if dimension not in _LABEL_COLUMNS:
        return {}
    return snapshot.once(("labels", instance, dimension), lambda: _labels(snapshot, instance, dimension))


def _labels(snapshot: Snapshot, instance: str, dimension: str) -> dict[str, str]:
    found = snapshot.frame(
        f"""
        select cast({dimension} as varchar) as code, arg_max(label, n) as label
        from (
            select {dimension}, {_LABEL_COLUMNS[dimension]} as label, count(*) as n
            from sdm.itsm where instance = $instance group by all
        )
        where {dimension} is not null and label is not null
        group by 1
        """,
        {"instance": instance},
    )
    return dict(zip(found["code"], found["label"], strict=True))


def labelled(snapshot: Snapshot, instance: str, dimension: str | None, values: pd.Series) -> pd.Series:
    """What to call the values of a dimension; the value itself where nothing else is known."""
    names = labels(snapshot, instance, dimension) if dimension else {}
    return values.map(lambda value: names.get(value, value)).astype(object)


def on_all(
    bins: pd.DataFrame, found: pd.DataFrame, count: str, snapshot: Snapshot, filters: Filters, by: str | None
) -> pd.DataFrame:
    """`found` counts by the first column of `bins`, and where there is `by` by its values: in the order of the bins.

    Without `by` every bin is there, with 0 where nothing was found; with it the values have their labels.
    """
    key = bins.columns[0]
    if by:
        found["label"] = labelled(snapshot, filters.instance, by, found["dimension_value"])
        return bins.merge(found, how="inner", on=key)
    merged = bins.merge(found[[key, count]], how="left", on=key)
    merged[count] = merged[count].fillna(0).astype("int64")
    return merged


def _columns(snapshot: Snapshot) -> set[str]:
    return snapshot.once("columns of itsm", lambda: set(snapshot.frame("select * from sdm.itsm limit 0").columns))


def _shows_labels(snapshot: Snapshot, name: str) -> bool:
    """Whether the metrics show an extra column by its label: they do for references alone."""
    return snapshot.once(("shows labels", name), lambda: _is_reference(snapshot, name))


def _is_reference(snapshot: Snapshot, name: str) -> bool:
    comments = snapshot.frame(
        "select comment from duckdb_columns()"
        " where schema_name = 'sdm' and table_name = 'itsm' and column_name = $name",
        {"name": name},
    )["comment"]
    return bool(comments.str.contains(": sys_id of the row it refers to", regex=False).any())
