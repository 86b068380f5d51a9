"""How fast incidents get from an instance into the raw layer: `python -m benchmarks.extraction`.

One run compares, against one embedded instance in its own process: fetching and parsing alone; our
first sync; dlt's `rest_api_source`; and reports a tick in which a thousandth of the rows changed.
Each measurement is a process of its own; figures are medians. Ends with 1 where a goal is missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.paths import PARSERS
from benchmarks.serve import serving

#: At most so many times the seconds of fetching and parsing; at least so many times the rows a second of rest_api.
FETCH_GOAL = 12.0
REST_API_GOAL = 30.0

Measurement = dict[str, Any]


def main() -> None:
    """Measure, print the tables, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000, help="incidents of the instance")
    parser.add_argument("--repeat", type=int, default=3, help="measurements a figure is the median of")
    parser.add_argument(
        "--rest-api-rows", type=int, default=20_000, help="rows rest_api_source loads; it takes minutes for 200,000"
    )
    parser.add_argument("--rest-api-repeat", type=int, help="default: as --repeat")
    options = parser.parse_args()
    console = Console(width=100)
    console.print(f"loading an instance with {options.rows:,} incidents ...")
    with serving(options.rows) as url:
        measure("fetch", url, PARSERS[0])  # warms the instance
        fetches = {
            name: repeated(options.repeat, console, f"fetch and parse, {name}", partial(measure, "fetch", url, name))
            for name in PARSERS
        }
        fastest = min(fetches, key=lambda name: seconds_of(fetches[name]))
        syncs = repeated(options.repeat, console, "first sync", partial(in_folder, "sync", url))
        rest_api_rows = min(options.rest_api_rows, options.rows)
        rests = repeated(
            options.rest_api_repeat or options.repeat, console, f"rest_api_source, {rest_api_rows:,} rows",
            partial(in_folder, "rest_api", url, str(rest_api_rows)),
        )  # fmt: skip
    console.print(paths_table(fetches, syncs, rests))
    console.print(tick_table([run["tick"] for run in syncs]))
    if not judged(console, fetches[fastest], syncs, rests, fastest):
        sys.exit(1)


def measure(*arguments: str) -> Measurement:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.paths", *arguments]
    outcome = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: Measurement = json.loads(outcome.stdout.splitlines()[-1])
    return result


def in_folder(name: str, url: str, *arguments: str) -> Measurement:
    """A measurement that writes, in a folder of its own that goes with it."""
    with tempfile.TemporaryDirectory(prefix="ticketlake-bench-") as folder:
        return measure(name, url, folder, *arguments)


def repeated(count: int, console: Console, title: str, make: Callable[[], Measurement]) -> list[Measurement]:
    """So many measurements, shown as they come."""
    found = []
    for number in range(1, count + 1):
        found.append(make())
        console.print(f"  {title}, {number} of {count}: {found[-1]['seconds']:.2f} s")
    return found


def seconds_of(runs: list[Measurement]) -> float:
    return median(run["seconds"] for run in runs)


def rate_of(runs: list[Measurement]) -> float:
    """Rows a second."""
    return median(run["rows"] / run["seconds"] for run in runs)


def paths_table(fetches: dict[str, list[Measurement]], syncs: list[Measurement], rests: list[Measurement]) -> Table:
    table = Table(title="Reading all incidents (medians)")
    for heading in ("path", "rows", "seconds", "rows/s", "CPU seconds", "peak memory"):
        table.add_column(heading, justify="left" if heading == "path" else "right")
    lines = [(f"fetch and parse only, {name}", runs) for name, runs in fetches.items()]
    lines += [("Ticketlake, first sync into the raw layer", syncs), ("dlt rest_api_source, merge, into DuckDB", rests)]
    for path, runs in lines:
        peak = f"{median(run['peak_mib'] for run in runs):,.0f} MiB" if "peak_mib" in runs[0] else ""
        rows, cpu = runs[0]["rows"], median(run["cpu_seconds"] for run in runs)
        table.add_row(path, f"{rows:,}", f"{seconds_of(runs):.2f}", f"{rate_of(runs):,.0f}", f"{cpu:.2f}", peak)
    return table


def tick_table(ticks: list[Measurement]) -> Table:
    """All tables the cycle reads, metadata included."""
    table = Table(title="Steady tick: a thousandth of the incidents changed (medians)")
    for heading in ("rows read", "updated", "requests", "bytes", "seconds"):
        table.add_column(heading, justify="right")
    rows, updated, requests, size, seconds = (
        median(tick[name] for tick in ticks) for name in ("rows", "updated", "requests", "bytes", "seconds")
    )
    table.add_row(f"{rows:,.0f}", f"{updated:,.0f}", f"{requests:,.0f}", f"{size:,.0f}", f"{seconds:.2f}")
    return table


def judged(
    console: Console, fetch: list[Measurement], syncs: list[Measurement], rests: list[Measurement], parser: str
) -> bool:
    """Print the ratios beside their goals; whether all were met."""
    against_fetch = seconds_of(syncs) / seconds_of(fetch)
    against_rest_api = rate_of(syncs) / rate_of(rests)
    table = Table(title="Goals")
    for heading in ("first sync against", "measured", "goal", ""):
        table.add_column(heading)
    lines = (
        (f"seconds of fetch and parse only ({parser})", against_fetch, "at most", FETCH_GOAL),
        ("rows/s of rest_api_source", against_rest_api, "at least", REST_API_GOAL),
    )
    met = [against_fetch <= FETCH_GOAL, against_rest_api >= REST_API_GOAL]
    for (name, ratio, bound, goal), good in zip(lines, met, strict=True):
        table.add_row(name, f"{ratio:.1f} x", f"{bound} {goal:.0f} x", "pass" if good else "FAIL")
    console.print(table)
    console.print(f"{fetch[0]['columns']} columns, {fetch[0]['bytes'] / fetch[0]['rows'] / 1000:.1f} kB a row")
    return all(met)


if __name__ == "__main__":
    main()
