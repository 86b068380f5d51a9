"""The steps around a build, one a process: `python -m benchmarks.raw_steps NAME DIRECTORY ARGUMENT...`.

Each prints one JSON document. They have processes of their own so that the memory they take is not in the
figures of the build, and what DuckDB keeps of a file not in those of the queries.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.dashboards import measure_queries
from benchmarks.measuring import Stopwatch, peak_mib
from benchmarks.raw_layout import settings_of
from benchmarks.raw_tick import tick
from benchmarks.raw_world import make_raw_world
from benchmarks.world import NOW
from ingestion.warehouse import data_directory_lock
from orchestration.publish import publish
from orchestration.state import StateDatabase


def make(directory: Path, incidents: str) -> dict[str, Any]:
    """A raw world of so many incidents in an empty directory."""
    stopwatch = Stopwatch()
    make_raw_world(directory, int(incidents))
    return {**stopwatch.read(), "peak_mib": peak_mib()}


def change(directory: Path, number: str) -> dict[str, Any]:
    """The tick of a number; `changed` are its incidents."""
    stopwatch = Stopwatch()
    changed = tick(directory, int(number))
    return {**stopwatch.read(), "changed": changed}


def checks(directory: Path) -> dict[str, Any]:
    """Both layers of what was built last, checked as `ticketlake check` does."""
    from orchestration.quality import run_checks

    settings = settings_of(directory)
    with data_directory_lock(settings, "benchmark"):
        stopwatch = Stopwatch()
        count = sum(len(run_checks(settings, layer, data_docs=True).results) for layer in ("raw", "public"))
    return {**stopwatch.read(), "peak_mib": peak_mib(), "checks": count}


def publication(directory: Path) -> dict[str, Any]:
    """What was built last, published."""
    settings = settings_of(directory)
    database = StateDatabase(settings.state_path)
    with data_directory_lock(settings, "benchmark"):
        stopwatch = Stopwatch()
        publish(settings, database, "benchmark", NOW)
    return {**stopwatch.read(), "peak_mib": peak_mib()}


def queries(directory: Path) -> dict[str, Any]:
    """Every metrics query on what was published."""
    return measure_queries(settings_of(directory))


STEPS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "make": make,
    "change": change,
    "checks": checks,
    "publish": publication,
    "queries": queries,
}


def main() -> None:
    logging.disable(logging.INFO)
    name, directory, *arguments = sys.argv[1:]
    print(json.dumps(STEPS[name](Path(directory), *arguments)))


if __name__ == "__main__":
    main()
