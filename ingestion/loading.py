"""Handing resources to dlt: one package into the raw layer, and what it changed.

The state of an instance's cursors comes back from the warehouse at each start, where it counts only
with a package that was loaded whole. So a load that was cut off is dropped and simply done again.
"""

import hashlib
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingestion.errors import SourceError, TicketlakeError
from ingestion.phases import phase
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings
from ingestion.warehouse import RAW, columns_of, forget_built_models


@dataclass(frozen=True)
class Loaded:
    """Rows of one table that a package brought."""

    inserted: int
    updated: int
    unchanged: int


class Loader:
    """Loads packages for one instance over an open connection."""

    def __init__(self, pipeline: Any, connection: duckdb.DuckDBPyConnection, instance: str) -> None:
        self._pipeline = pipeline
        self._connection = connection
        self._instance = instance

    def states(self) -> dict[str, dict[str, Any]]:
        """What each table's resource remembered with the last complete package, by table."""
        sources = self._pipeline.state.get("sources", {})
        found: dict[str, dict[str, Any]] = sources.get(self._pipeline.pipeline_name, {}).get("resources", {})
        return found

    def load(self, resources: Iterable[Any], before: Callable[[], None]) -> dict[str, Loaded]:
        """Extract, normalise and load as one package; what it did to each table that brought rows.

        `before` is called when all rows are extracted and none is loaded. Raises the TicketlakeError that
        a resource raised; nothing is loaded then, no cursor moves.
        """
        import dlt

        # dlt exhausts one resource after the other; the last brings nothing.
        last = dlt.resource(itertools.chain(_calling(before)), name="end_of_extraction")
        source = dlt.source(lambda: [*resources, last], name=self._pipeline.pipeline_name)()
        held = self._counts()
        try:
            info = self._pipeline.run(source)
        except Exception as failure:
            raise _cause(failure) from failure
        brought: dict[str, int] = {}
        for load_id in info.loads_ids:
            for metrics in self._pipeline.last_trace.last_extract_info.metrics.get(load_id, ()):
                for table, counts in metrics["table_metrics"].items():
                    if table in TABLES:
                        brought[table] = brought.get(table, 0) + counts.items_count
        phase("package loaded")
        after = self._counts()
        return {table: self._compare(table, brought[table], held, after, info.loads_ids) for table in brought}

    def _counts(self) -> dict[str, int]:
        # One question for all: there are two for each package, of which most are small.
        counts = (f"(SELECT count(*) FROM {RAW}.{table} WHERE instance = $1)" for table in TABLES)
        (found,) = self._connection.execute(f"SELECT {', '.join(counts)}", [self._instance]).fetchall()
        return dict(zip(TABLES, found, strict=True))

    def _compare(
        self, table: str, brought: int, before: dict[str, int], after: dict[str, int], loads: list[str]
    ) -> Loaded:
        inserted = after[table] - before[table]
        changed = self._one(
            f"SELECT count(*) FROM {RAW}.{table} WHERE instance = ? AND list_contains(?, _dlt_load_id)",
            [self._instance, loads],
        )
        return Loaded(inserted, changed - inserted, brought - changed)

    def _one(self, sql: str, given: list[Any]) -> int:
        return int(self._connection.execute(sql, given).fetchall()[0][0])


@contextmanager
def loader(settings: Settings, connection: duckdb.DuckDBPyConnection, instance: str) -> Iterator[Loader]:
    """A loader at the state of the last complete load of this instance."""
    dlt = configured_dlt(settings.dlt_dir)
    # Imports dlt, which reads its surroundings when it is imported.
    from ingestion.destination import OpenDuckDB

    phase("restore state")
    _drop_cut_off(connection, instance)
    pipeline = dlt.pipeline(
        pipeline_name=pipeline_name(instance),
        destination=OpenDuckDB(connection),
        dataset_name=RAW,
        pipelines_dir=str(settings.dlt_dir / "pipelines"),
        progress=_step_phases(),
    )
    pipeline.drop()
    # The state counts from the first request on, not only from the first package.
    pipeline.sync_destination()
    _follow_warehouse(pipeline, connection)
    try:
        yield Loader(pipeline, connection, instance)
    finally:
        pipeline.drop()


def _follow_warehouse(pipeline: Any, connection: duckdb.DuckDBPyConnection) -> None:
    """Tell dlt which columns have become text since it last loaded them: it would refuse text for them."""
    if pipeline.pipeline_name not in pipeline.schemas:
        return
    schema = pipeline.schemas[pipeline.pipeline_name]
    widened = False
    for table, columns in columns_of(connection, RAW).items():
        for name, known in schema.tables.get(table, {}).get("columns", {}).items():
            if columns.get(name) == "VARCHAR" and known.get("data_type") not in (None, "text"):
                for trait in ("precision", "scale", "timezone"):
                    known.pop(trait, None)
                known["data_type"] = "text"
                widened = True
    if widened:
        pipeline.schemas.save_schema(schema)


def _step_phases() -> Any:
    """dlt's own steps of a package, as phases: `extract package`, `normalize package`, `load package`, and each job."""
    from dlt.common.runtime.collector import NullCollector

    class Steps(NullCollector):
        def _start(self, step: str) -> None:
            phase(f"{step.partition(' ')[0].lower()} package")

        def update(self, name: str, *_: Any, **__: Any) -> None:
            if name == "Jobs":
                phase("load job")

    return Steps()


def pipeline_name(instance: str) -> str:
    """An identifier for dlt, distinct for distinct instances."""
    plain = re.sub(r"[^a-z0-9]+", "_", instance.lower())
    if plain != instance:
        plain += "_" + hashlib.md5(instance.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"servicenow_{plain}"


def configured_dlt(directory: Path) -> Any:
    """dlt with its files in the data directory, no telemetry, and column names as the source has them."""
    os.environ["DLT_DATA_DIR"] = str(directory)
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt

    for key, value in {
        "schema.naming": "direct",
        "normalize.parquet_normalizer.add_dlt_load_id": True,
        # Tables in catalogue order: tickets come before what belongs to them.
        "extract.next_item_mode": "fifo",
        "load.workers": 1,
        # No row may stay in a package or a staging table after it was loaded.
        "load.delete_completed_jobs": True,
        "load.truncate_staging_dataset": True,
    }.items():
        dlt.config[key] = value
    return dlt


def _drop_cut_off(connection: duckdb.DuckDBPyConnection, instance: str) -> None:
    """Forget the rows of a first load that was cut off, so that loading again makes no duplicates.

    Only where no row of the table belongs to a complete load: an upsert that was cut off is repaired
    by repeating it.
    """
    raw = columns_of(connection, RAW)
    if "_dlt_loads" not in raw:
        return
    complete = f"(SELECT load_id FROM {RAW}._dlt_loads WHERE status = 0)"
    for table in TABLES:
        whole = connection.execute(
            f"SELECT 1 FROM {RAW}.{table} WHERE instance = ? AND _dlt_load_id IN {complete} LIMIT 1", [instance]
        ).fetchall()
        if not whole:
            delete = f"DELETE FROM {RAW}.{table} WHERE instance = ? RETURNING 1"
            if connection.execute(delete, [instance]).fetchall():
                # Models may have been built of them since, for another instance.
                forget_built_models(connection)


def _calling(before: Callable[[], None]) -> Iterator[Any]:
    """No items; reaching its end makes a call."""
    before()
    yield from ()


def _cause(failure: BaseException) -> TicketlakeError:
    """The error of ours inside dlt's wrapping, or a SourceError that says what dlt said."""
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, TicketlakeError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return SourceError(f"loading failed: {failure}")
