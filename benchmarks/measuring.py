"""What every measured path shares: the pages asked for, who asks, the stopwatch, and what comes before it."""

import resource
import time
from pathlib import Path
from typing import Any

from ingestion.instance import InstanceOptions

#: Rows a page, for all paths but where a path says otherwise.
PAGE = 1000
USER = InstanceOptions()


class Stopwatch:
    """Time since it was made: by the clock, and this process's own on all its threads."""

    def __init__(self) -> None:
        self._started, self._used = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {"seconds": time.perf_counter() - self._started, "cpu_seconds": time.process_time() - self._used}


def peak_mib() -> float:
    """The most memory this process ever held, in MiB: `ru_maxrss`, which Linux gives in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rehearse_dlt(directory: Path) -> None:
    """Load one row into a file of its own, so that no path's seconds hold dlt's imports.

    dlt imports what it needs as it goes: destination, parquet, its plugins and what these bring along.
    """
    import dlt
    import pyarrow as pa
    from dlt.sources import rest_api  # noqa: F401  imports what a REST source needs

    rows: list[Any] = [pa.table([["1"]], schema=pa.schema([pa.field("sys_id", pa.string(), nullable=False)]))]
    pipeline = dlt.pipeline(
        pipeline_name="rehearsal",
        destination=dlt.destinations.duckdb(str(directory / "rehearsal.duckdb")),
        dataset_name="raw",
        pipelines_dir=str(directory / "rehearsal"),
    )
    pipeline.run(dlt.resource(rows, name="one", primary_key="sys_id", write_disposition="merge"))
