"""A published table held against its recount: the same rows, and in every row the same figures."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from tests.recount import backlog, change_failure, cohort, paths, recurring
from tests.recount.published import Instance

Rows = dict[tuple[Any, ...], dict[str, Any]]

#: Key columns after `instance`, and the recount, of every table of `metrics`.
RECOUNTS: dict[str, tuple[tuple[str, ...], Callable[[Instance], Rows]]] = {
    **{
        name: (("grain", "period_start", "dimension", "dimension_value"), recount)
        for name, recount in (
            ("mttr", cohort.mttr),
            ("reassignment", cohort.reassignment),
            ("noise", cohort.noise),
            ("reopen", cohort.reopen),
            ("sla", cohort.sla),
        )
    },
    "excluded": (("reason",), cohort.excluded),
    "backlog": (("as_of", "dimension", "dimension_value"), backlog.backlog),
    "reassignment_paths": (("from_group", "to_group"), paths.reassignment_paths),
    "top_recurring_tickets": (("recurring_key",), recurring.top_recurring_tickets),
    "change_failure": (("period_start", "dimension", "dimension_value"), change_failure.change_failure),
}
#: Read by people, and judged by tests of their own.
NOT_FIGURES = {"instance", "title"}


def assert_agrees(published: Path, table: str, instance: Instance) -> int:
    """Compare all rows and all columns of a table for one instance; returns how many rows there are."""
    keys, recount = RECOUNTS[table]
    with duckdb.connect(str(published), read_only=True) as connection:
        cursor = connection.execute(f"SELECT * FROM metrics.{table} WHERE instance = ?", [instance.name])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = {
        tuple(row[key] for key in keys): {name: row[name] for name in names if name not in {*keys, *NOT_FIGURES}}
        for row in rows
    }
    expected = recount(instance)
    assert found.keys() == expected.keys(), f"metrics.{table}: {list(found.keys() ^ expected.keys())[:5]}"
    for key, figures in found.items():
        assert figures.keys() == expected[key].keys(), f"metrics.{table}"
        differing = {
            name: (figure, expected[key][name])
            for name, figure in figures.items()
            if not _equal(_plain(figure), _plain(expected[key][name]))
        }
        assert not differing, f"metrics.{table} {key}: {differing}"
    return len(found)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-8) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def _plain(value: Any) -> Any:
    """A float for every number, a text for every time; NULL is NaN."""
    if value is None or value is pd.NaT:
        return math.nan
    if isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return pd.Timestamp(value).isoformat()
    return float(value)
