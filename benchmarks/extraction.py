"""How fast incidents get from an instance into the raw layer: `python -m benchmarks.extraction`.

One run compares, against embedded instances in processes of their own: fetching and parsing alone;
our first sync, with and without latency, and of ten times the rows; the tick after it; dlt's
`rest_api_source`; pysnc. Each measurement is a process of its own; figures are medians. Ends with 1
where a goal is missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial

from rich.console import Console

from benchmarks.others import PARSERS
from benchmarks.report import Measurement, cycles_table, goals_of, goals_table, paths_table
from benchmarks.serve import serving
from ingestion.instance import ControlClient

#: What can be left out, in the order it is measured.
PARTS = ("fetch", "sync", "latency", "steady", "rest_api", "pysnc", "large")
#: pysnc's own batch size, and the page size of the others.
_PYSNC_BATCHES = (100, 1000)
#: The instance of the part `large` repeats so many rows.
_REPEATED_ROWS = 20_000


class Session:
    """The measurements of one run, by path: `lines` gives each its title, in the order measured."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.measured: dict[str, list[Measurement]] = {}
        self.lines: list[tuple[str, list[Measurement]]] = []

    def take(self, name: str, title: str, count: int, make: Callable[[], Measurement], *, listed: bool = True) -> None:
        """So many measurements of a path, shown as they come; `listed` puts it among the paths."""
        runs = self.measured[name] = []
        for number in range(1, count + 1):
            runs.append(make())
            self.console.print(f"  {title}, {number} of {count}: {runs[-1]['seconds']:.2f} s")
        if listed:
            self.lines.append((title, runs))


def main() -> None:
    """Measure, print the tables, judge."""
    options = arguments()
    session = Session(Console(width=120))
    parts = [part for part in PARTS if part not in options.skip]
    if set(parts) - {"large"}:
        session.console.print(f"loading an instance with {options.rows:,} incidents ...")
        with serving(options.rows) as url:
            one_instance(session, url, parts, options)
    if "large" in parts:
        large(session, options)
    if session.lines:
        session.console.print(paths_table(session.lines))
    if fetches := [runs for name, runs in session.measured.items() if name.startswith("fetch ")]:
        first = fetches[0][0]
        session.console.print(f"{first['columns']} columns, {first['bytes'] / first['rows'] / 1000:.1f} kB a row")
    if ticks := session.measured.get("steady"):
        session.console.print(cycles_table(ticks))
    goals = goals_of(session.measured)
    session.console.print(goals_table(goals))
    if not all(goal.met for goal in goals):
        sys.exit(1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000, help="incidents of the instance")
    parser.add_argument("--repeat", type=int, default=3, help="measurements a figure is the median of")
    parser.add_argument(
        "--rest-api-rows", type=int, default=20_000, help="rows for rest_api_source; 200,000 take minutes"
    )
    parser.add_argument("--rest-api-repeat", type=int, help="default: as --repeat")
    parser.add_argument("--pysnc-rows", type=int, help="rows for pysnc; default: as --rows")
    parser.add_argument("--large-rows", type=int, default=2_000_000, help="incidents of the large instance")
    parser.add_argument("--large-repeat", type=int, default=1, help="measurements of the large instance")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds an answer waits in the part latency")
    parser.add_argument(
        "--skip", type=_parts, default=(), metavar="PART,...", help=f"parts to leave out, of {', '.join(PARTS)}"
    )
    return parser.parse_args()


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(part for part in text.split(",") if part)
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return parts


def one_instance(session: Session, url: str, parts: list[str], options: argparse.Namespace) -> None:
    """All parts that one warm instance of `options.rows` incidents serves."""
    repeat = options.repeat
    # The first read makes the JSON of the rows, which the instance keeps: once for each list of columns asked for.
    if "fetch" in parts:
        measure("fetch", url, PARSERS[0])
        for name in PARSERS:
            read = partial(measure, "fetch", url, name)
            session.take(f"fetch {name}", f"fetch and parse only, {name}", repeat, read)
    if {"sync", "latency"} & set(parts):
        in_folder("sync", url)
    if "sync" in parts:
        title = "Ticketlake, first sync into the raw layer"
        session.take("sync", title, repeat, partial(in_folder, "sync", url))
    if "latency" in parts:
        title = f"Ticketlake, the same with {options.latency * 1000:.0f} ms latency a request"
        session.take("latency", title, repeat, partial(delayed, options.latency, url, "sync"))
    if "steady" in parts:
        title = "Ticketlake, tick over all tables"
        session.take("steady", title, repeat, partial(in_folder, "steady", url), listed=False)
    if "rest_api" in parts:
        rows = min(options.rest_api_rows, options.rows)
        load = partial(in_folder, "rest_api", url, str(rows))
        title = "dlt rest_api_source, merge, into DuckDB"
        session.take("rest_api", title, options.rest_api_repeat or repeat, load)
    if "pysnc" in parts:
        rows = min(options.pysnc_rows or options.rows, options.rows)
        for size in _PYSNC_BATCHES:
            read = partial(measure, "pysnc", url, str(size), str(rows))
            session.take(f"pysnc {size}", f"pysnc, reading only, pages of {size:,}", repeat, read)


def large(session: Session, options: argparse.Namespace) -> None:
    """The first sync of `options.rows` and of `options.large_rows`, both from an instance that repeats its rows."""
    base = min(_REPEATED_ROWS, options.rows)
    for name, rows, repeat in (
        ("large base", options.rows, options.repeat),
        ("large", options.large_rows, options.large_repeat),
    ):
        session.console.print(f"loading an instance that shows {base:,} incidents as {rows:,} ...")
        with serving(base, rows) as url:
            title = f"Ticketlake, first sync of {rows:,} repeated rows"
            session.take(name, title, repeat, partial(in_folder, "sync", url))


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


def delayed(seconds: float, url: str, name: str) -> Measurement:
    """A measurement that writes, with every answer of the instance `seconds` late, as over a long way."""
    control = ControlClient(url)
    control.faults({"kind": "latency", "seconds": seconds})
    try:
        found = in_folder(name, url)
        (hits,) = control.hits()
        if hits < found["requests"]:
            raise SystemExit(f"{hits} of {found['requests']} answers came late")
        return found
    finally:
        control.clear_faults()
        control.close()


if __name__ == "__main__":
    main()
