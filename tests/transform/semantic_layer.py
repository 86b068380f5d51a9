"""dbt's semantic manifest, executed: what a metric's definition comes to as SQL on the published tables.

A reading of the documented meaning of semantic models and metrics, as far as this project uses it: simple, ratio,
derived and cumulative metrics; counts, sums, averages and continuous percentiles; filters by dimensions of the own
model or of one that an entity leads to.
"""

import json
import re
from pathlib import Path
from typing import Any

import duckdb

#: The value of a metric by what it was grouped by: (instance, ...).
Values = dict[tuple[Any, ...], Any]


class SemanticLayer:
    """The metrics of `semantic_manifest.json` in `target`, asked of an open warehouse."""

    def __init__(self, target: Path, connection: duckdb.DuckDBPyConnection) -> None:
        manifest = json.loads((target / "semantic_manifest.json").read_bytes())
        self._models = {model["name"]: model for model in manifest["semantic_models"]}
        self._measures = {
            measure["name"]: (model, measure) for model in self._models.values() for measure in model["measures"]
        }
        self.metrics: dict[str, dict[str, Any]] = {metric["name"]: metric for metric in manifest["metrics"]}
        self._connection = connection

    def published_as(self) -> dict[str, str]:
        """`table.column` of schema metrics that shows a metric, by the metric's name."""
        meta = {name: (metric.get("config") or {}).get("meta") or {} for name, metric in self.metrics.items()}
        return {name: found["published_as"] for name, found in meta.items() if "published_as" in found}

    def grouped(self, name: str, *, dimension: str | None = None, grain: str | None = None) -> Values:
        """A metric by instance, and by a dimension of its measure's model or by a period of the measure's time."""
        metric = self.metrics[name]
        match metric["type"]:
            case "simple":
                return self._simple(metric, dimension, grain)
            case "ratio":
                parts = (metric["type_params"][part]["name"] for part in ("numerator", "denominator"))
                above, below = (self.grouped(part, dimension=dimension, grain=grain) for part in parts)
                return {key: above.get(key, 0) / count for key, count in below.items() if count}
        raise NotImplementedError(f"{name}: {metric['type']} metrics have no groups here")

    def on_days(self, name: str, days: list[tuple[Any, ...]]) -> Values:
        """A cumulative metric, or one derived from such, at the end of each (instance, day)."""
        metric = self.metrics[name]
        if metric["type"] == "derived":
            parts = [part["name"] for part in metric["type_params"]["metrics"]]
            values = {part: self.on_days(part, days) for part in parts}
            given = ", ".join(f"? AS {part}" for part in parts)
            formula = f"SELECT {metric['type_params']['expr']} FROM (SELECT {given})"
            return {day: self._query(formula, *(values[part][day] for part in parts))[0][0] for day in days}
        assert metric["type"] == "cumulative"
        model, measure = self._measures[metric["type_params"]["measure"]["name"]]
        time = measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
        counted = self._query(
            f"SELECT instance, CAST({time} AS DATE), {_aggregate(measure)} FROM ({_columns(model)}) GROUP BY ALL"
        )
        return {
            (instance, day): sum(
                count for owner, moment, count in counted if owner == instance and moment is not None and moment <= day
            )
            for instance, day in days
        }

    def _simple(self, metric: dict[str, Any], dimension: str | None, grain: str | None) -> Values:
        given = metric["type_params"]["measure"]
        model, measure = self._measures[given["name"]]
        own = next(entity["name"] for entity in model["entities"] if entity["type"] == "primary")
        filters, joined = self._filters(metric, own)
        joins = "".join(
            f' LEFT JOIN ({_columns(self._model_of(entity))}) AS {entity} ON {entity}."entity {entity}"'
            f' = {own}."entity {entity}"'
            for entity in joined
        )
        time = measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
        keys = [f"{own}.instance"]
        keys += [f"{own}.{dimension}"] if dimension else []
        keys += [f"CAST(date_trunc('{grain}', {own}.{time}) AS DATE)"] if grain else []
        rows = self._query(
            f"SELECT {', '.join(keys)}, {_aggregate(measure, own)} FROM ({_columns(model)}) AS {own}{joins}"
            f" WHERE {' AND '.join(filters) or 'true'} GROUP BY ALL"
        )
        return {row[:-1]: row[-1] for row in rows}

    def _filters(self, metric: dict[str, Any], own: str) -> tuple[list[str], set[str]]:
        """The metric's filters as SQL, and the entities other than its own that they lead to."""
        entities: set[str] = set()

        def column(found: re.Match[str]) -> str:
            entity, dimension = found[1].split("__")
            entities.add(entity)
            return f"{entity}.{dimension}"

        templates = [
            each["where_sql_template"] for each in (metric["filter"] or {"where_filters": []})["where_filters"]
        ]
        filters = [re.sub(r"{{\s*Dimension\('(\w+)'\)\s*}}", column, template) for template in templates]
        return filters, entities - {own}

    def _model_of(self, entity: str) -> dict[str, Any]:
        return next(
            model
            for model in self._models.values()
            if any(each["name"] == entity and each["type"] == "primary" for each in model["entities"])
        )

    def _query(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, given).fetchall()


def _columns(model: dict[str, Any]) -> str:
    """A semantic model as a query: its dimensions, entities and the inputs of its measures by name."""
    parts = [f"{each['expr'] or each['name']} AS {each['name']}" for each in model["dimensions"]]
    parts += [f'{each["expr"] or each["name"]} AS "entity {each["name"]}"' for each in model["entities"]]
    parts += [f'{each["expr"] or each["name"]} AS "measure {each["name"]}"' for each in model["measures"]]
    relation = model["node_relation"]
    return f"SELECT {', '.join(parts)} FROM {relation['schema_name']}.{relation['alias']}"


def _aggregate(measure: dict[str, Any], table: str | None = None) -> str:
    column = f'{table + "." if table else ""}"measure {measure["name"]}"'
    match measure["agg"]:
        case "sum" | "count":
            return f"{measure['agg']}({column})"
        case "average":
            return f"avg({column})"
        case "median":
            return f"quantile_cont(CAST({column} AS DOUBLE), 0.5)"
        case "percentile":
            assert not measure["agg_params"]["use_discrete_percentile"]
            return f"quantile_cont(CAST({column} AS DOUBLE), {measure['agg_params']['percentile']})"
    raise NotImplementedError(measure["agg"])
