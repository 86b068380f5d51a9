"""How long the models take and what for: `python -m benchmarks.transformation`.

For each number of incidents, with five audit rows each: a full build by dbt as the pipeline calls it; a build after
a thousandth of the incidents changed; the data-quality checks; every metrics query on the published file. Each is a
process of its own.
Ends with 1 where a goal is missed.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from rich.console import Console

from benchmarks.building import build
from benchmarks.building_report import builds_table, goals_of, queries_table, slowest_table
from benchmarks.raw_layout import settings_of
from benchmarks.report import Measurement, goals_table

#: What can be left out, in the order it is measured.
PARTS = ("full", "incremental", "checks", "queries")
_SLOWEST = 10
#: The sources of a raw world: one that they made differently is not used again.
_ROOT = Path(__file__).resolve().parent.parent
_MAKERS = (
    *(f"benchmarks/raw_{part}.py" for part in ("world", "layout", "landscape", "tickets", "titles")),
    "ingestion/warehouse.py",
    "ingestion/servicenow/catalogue.py",
)


def main() -> None:
    """Measure, print the tables, judge."""
    options = arguments()
    console = Console(width=150)
    parts = ["full"] if options.profile else [part for part in PARTS if part not in options.skip]
    by_rows: dict[int, dict[str, list[Measurement]]] = {}
    if options.directory:
        options.directory.mkdir(parents=True, exist_ok=True)
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="ticketlake-bench-", dir=options.directory) as folder:
            raw = raw_world(console, options.directory or Path(folder), rows)
            by_rows[rows] = measure(console, raw, Path(folder), rows, parts, options.repeat)
    console.print(builds_table(by_rows))
    for rows, measured in by_rows.items():
        console.print(slowest_table(rows, measured, 1000 if options.profile else _SLOWEST))
        for queries in measured.get("queries", ())[:1]:
            console.print(queries_table(rows, queries))
    goals = goals_of(by_rows)
    console.print(goals_table(goals))
    if not all(goal.met for goal in goals):
        sys.exit(1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transformation", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rows", type=_numbers, default=(100_000, 1_000_000), metavar="N,...", help="numbers of incidents"
    )
    parser.add_argument("--repeat", type=int, default=1, help="measurements a figure is the median of")
    parser.add_argument(
        "--skip", type=_parts, default=(), metavar="PART,...", help=f"parts to leave out, of {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--profile", action="store_true", help="full builds alone, with the seconds of all models, slowest first"
    )
    parser.add_argument("--directory", type=Path, help="keep the raw worlds here, and use them again")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part.replace("_", "")) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} are no numbers such as 100000,1000000") from None
    if min(numbers) < 1000:
        raise argparse.ArgumentTypeError("a thousandth of the incidents is to change: 1000 at least")
    return numbers


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(part for part in text.split(",") if part)
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return parts


def raw_world(console: Console, directory: Path, rows: int) -> Path:
    """The warehouse file with the raw rows alone; made where the directory does not have it yet."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for name in _MAKERS:
        digest.update((_ROOT / name).read_bytes())
    kept = directory / f"raw-{rows}-{digest.hexdigest()[:12]}.duckdb"
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="making-", dir=directory) as folder:
            made = step("make", Path(folder), str(rows))
            settings_of(Path(folder)).warehouse_path.replace(kept)
        console.print(f"{rows:,} incidents made in {made['seconds']:.0f} s: {kept.stat().st_size / 1e6:,.0f} MB")
    return kept


def measure(
    console: Console, raw: Path, folder: Path, rows: int, parts: list[str], repeat: int
) -> dict[str, list[Measurement]]:
    """The measurements of one size, by part."""
    measured: dict[str, list[Measurement]] = {}
    settings = settings_of(folder / "data")
    settings.data_dir.mkdir()
    # All parts need a full build; where it is left out, one is made and not shown.
    for number in range(1, 1 + (repeat if "full" in parts else 1)):
        shutil.copyfile(raw, settings.warehouse_path)
        measured.setdefault("full", []).append(build(settings))
        _say(console, rows, "full build", number, measured["full"][-1])
    if "incremental" in parts:
        for number in range(1, 1 + repeat):
            changed = step("change", settings.data_dir, str(number))["changed"]
            measured.setdefault("incremental", []).append(build(settings))
            _say(console, rows, f"build after {changed:,} changed", number, measured["incremental"][-1])
    if "checks" in parts:
        measured["checks"] = [step("checks", settings.data_dir)]
    if "queries" in parts:
        measured["publish"] = [step("publish", settings.data_dir)]
        measured["queries"] = [step("queries", settings.data_dir)]
    if "full" not in parts:
        del measured["full"]
    return measured


def _say(console: Console, rows: int, title: str, number: int, found: Measurement) -> None:
    console.print(f"  {rows:,} incidents, {title}, {number}: {found['seconds']:.1f} s, {found['peak_mib']:,.0f} MiB")


def step(name: str, directory: Path, *arguments: str) -> Measurement:
    """A step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.raw_steps", name, str(directory), *arguments]
    outcome = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: Measurement = json.loads(outcome.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
