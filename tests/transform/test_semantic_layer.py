"""The semantic layer says what the tables of `metrics` say: each metric, executed, gives the published column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.transform.semantic_layer import SemanticLayer
from tests.transform.warehouse import query

LONG = {"mttr", "reassignment", "noise", "reopen", "sla"}
#: Tables that no formula over published rows comes to: they follow the order of events, or group by a title.
WITHOUT_METRICS = {"excluded", "reassignment_paths", "top_recurring_tickets"}


@pytest.fixture(scope="module")
def layer(small_warehouse: Path) -> Iterator[SemanticLayer]:
    with duckdb.connect(str(small_warehouse), read_only=True) as connection:
        yield SemanticLayer(small_warehouse.parent / "target", connection)


def of_tables(layer: SemanticLayer, tables: set[str]) -> list[tuple[str, str, str]]:
    """Metric, table and column."""
    found = [(metric, *place.split(".")) for metric, place in layer.published_as().items()]
    return [(metric, table, column) for metric, table, column in found if table in tables]


def assert_same(found: dict[tuple[Any, ...], Any], published: list[tuple[Any, ...]], metric: str) -> None:
    """The metric is the published value in every group; a count that finds no row is 0."""
    assert published
    none = 0 if metric.endswith(("_count", "_changes")) else None
    for *key, value in published:
        expected = None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)
        assert found.get(tuple(key), none) == expected, (metric, key)
    assert found.keys() <= {tuple(key) for *key, _ in published}


def test_the_metrics_of_resolved_tickets(layer: SemanticLayer, small_warehouse: Path) -> None:
    metrics = of_tables(layer, LONG)
    assert {table for _, table, _ in metrics} == LONG
    for metric, table, column in metrics:
        whole = f"SELECT instance, {column} FROM metrics.{table} WHERE grain = 'all' AND dimension = 'all'"
        assert_same(layer.grouped(metric), query(small_warehouse, whole), metric)


@pytest.mark.parametrize("dimension", ["priority", "contact_type", "opened_by_kind"])
def test_the_metrics_by_dimension(layer: SemanticLayer, small_warehouse: Path, dimension: str) -> None:
    for metric, table, column in of_tables(layer, LONG - {"sla"}):
        published = query(
            small_warehouse,
            f"SELECT instance, dimension_value, {column} FROM metrics.{table}"
            f" WHERE grain = 'all' AND dimension = '{dimension}'",
        )
        found = {
            (instance, "(none)" if value is None else str(value)): figure
            for (instance, value), figure in layer.grouped(metric, dimension=dimension).items()
        }
        assert_same(found, published, metric)


@pytest.mark.parametrize("grain", ["month", "week", "day"])
def test_the_metrics_by_period(layer: SemanticLayer, small_warehouse: Path, grain: str) -> None:
    for metric, table, column in of_tables(layer, LONG - {"sla"}):
        published = query(
            small_warehouse,
            f"SELECT instance, period_start, {column} FROM metrics.{table}"
            f" WHERE grain = '{grain}' AND dimension = 'all'",
        )
        assert_same(layer.grouped(metric, grain=grain), published, metric)


def test_the_backlog(layer: SemanticLayer, small_warehouse: Path) -> None:
    rows = query(
        small_warehouse,
        "SELECT instance, as_of, open_count, opened_count, ended_count FROM metrics.backlog WHERE dimension = 'all'",
    )
    days = [row[:2] for row in rows]
    assert layer.on_days("open_count", days) == {row[:2]: row[2] for row in rows}
    for place, metric in ((3, "opened_count"), (4, "ended_count")):
        by_day = layer.grouped(metric, grain="day")
        assert {row[:2]: by_day.get(row[:2], 0) for row in rows} == {row[:2]: row[place] for row in rows}


def test_the_failure_of_changes(layer: SemanticLayer, small_warehouse: Path) -> None:
    for metric, table, column in of_tables(layer, {"change_failure"}):
        published = query(
            small_warehouse, f"SELECT instance, period_start, {column} FROM metrics.{table} WHERE dimension = 'all'"
        )
        assert_same(layer.grouped(metric, grain="month"), published, metric)


def test_every_table_that_can_have_a_metric_has_one(layer: SemanticLayer, small_warehouse: Path) -> None:
    tables = {
        name
        for (name,) in query(
            small_warehouse, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'metrics'"
        )
    }
    covered = {table for _, table, _ in of_tables(layer, tables)}
    assert covered == tables - WITHOUT_METRICS
    assert all(metric["description"] for metric in layer.metrics.values())
