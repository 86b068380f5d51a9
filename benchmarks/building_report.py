"""What the builds and queries come to: tables, and the goals they are held against."""

from collections.abc import Mapping, Sequence
from statistics import median

from rich.table import Table

from benchmarks.report import Goal, Measured, Measurement, median_of, seconds_of

#: An incremental build may take so many seconds, or this share of the full one where that is more.
_INCREMENTAL_SECONDS, _INCREMENTAL_SHARE = 15.0, 0.1
_PEAK_MIB, _CHECKS_PEAK_MIB = 4096, 1024
_QUERY_MS = 100
_TITLES = {
    "full": "full",
    "incremental": "incremental, 0.1 % changed",
    "checks": "quality checks",
    "publish": "publishing",
}


def builds_table(by_rows: Mapping[int, Measured]) -> Table:
    """A line for each size and kind of build; `before and after` is dbt alone, without a node at work."""
    table = Table(title="Builds, models and tests (medians)")
    for heading in (
        "incidents",
        "build",
        "seconds",
        "before and after",
        "models",
        "tests",
        "CPU seconds",
        "peak memory",
    ):
        table.add_column(heading, justify="left" if heading == "build" else "right")
    for rows, measured in by_rows.items():
        for name, runs in measured.items():
            if name not in _TITLES:
                continue
            parts = ["", "", ""]
            if "models" in runs[0]:
                parts = [f"{median_of(runs, 'overhead'):.1f}", _nodes(runs, "models"), _nodes(runs, "tests")]
            table.add_row(
                f"{rows:,}", _TITLES[name], f"{seconds_of(runs):.1f}", *parts,
                f"{median_of(runs, 'cpu_seconds'):.1f}", f"{median_of(runs, 'peak_mib'):,.0f} MiB",
            )  # fmt: skip
    return table


def _nodes(runs: Sequence[Measurement], kind: str) -> str:
    """The seconds of all nodes of a kind, and how many there are."""
    return f"{median(sum(run[kind].values()) for run in runs):.1f} in {len(runs[0][kind])}"


def slowest_table(rows: int, measured: Measured, count: int) -> Table:
    """The models that the builds of one size took longest for. Two run at once, so their sum exceeds the wall time."""
    table = Table(title=f"{rows:,} incidents: slowest models (seconds, medians)")
    kinds = [name for name in ("full", "incremental") if name in measured]
    for heading in ("model", *kinds):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    by_kind = {kind: _medians(measured[kind]) for kind in kinds}
    # The slowest of either kind of build.
    chosen = {name for seconds in by_kind.values() for name in sorted(seconds, key=seconds.__getitem__)[-count:]}
    for name in sorted(chosen, key=lambda name: -max(seconds.get(name, 0.0) for seconds in by_kind.values())):
        table.add_row(name, *(f"{by_kind[kind][name]:.2f}" if name in by_kind[kind] else "" for kind in kinds))
    return table


def _medians(runs: Sequence[Measurement]) -> dict[str, float]:
    return {name: median(run["models"][name] for run in runs) for name in runs[0]["models"]}


def queries_table(rows: int, queries: Measurement) -> Table:
    """A line for each metrics table, with its slowest query."""
    table = Table(title=f"{rows:,} incidents: metrics queries on an open connection")
    for heading in ("table", "rows", "queries", "slowest", "which"):
        table.add_column(heading, justify="left" if heading in ("table", "which") else "right")
    for name, found in queries.items():
        query, milliseconds = max(found["queries"].items(), key=lambda item: item[1])
        which = query.partition(f"metrics.{name}")[2].strip()
        table.add_row(name, f"{found['rows']:,}", str(len(found["queries"])), f"{milliseconds:.1f} ms", which)
    return table


def goals_of(by_rows: Mapping[int, Measured]) -> list[Goal]:
    """The goals that what was measured can be held against."""
    goals: list[Goal] = []
    for rows, measured in by_rows.items():
        size = f"{rows:,}:"
        full, incremental = measured.get("full"), measured.get("incremental")
        if full and incremental:
            bound = max(_INCREMENTAL_SECONDS, _INCREMENTAL_SHARE * seconds_of(full))
            goals.append(Goal(f"{size} incremental build", seconds_of(incremental), bound, "s"))
        if builds := [run for name in ("full", "incremental") for run in measured.get(name, ())]:
            goals.append(Goal(f"{size} peak memory", max(run["peak_mib"] for run in builds), _PEAK_MIB, "MiB"))
        if checks := measured.get("checks"):
            peak = max(run["peak_mib"] for run in checks)
            goals.append(Goal(f"{size} peak memory of the checks", peak, _CHECKS_PEAK_MIB, "MiB"))
        if queries := measured.get("queries"):
            slowest = max(max(found["queries"].values()) for run in queries for found in run.values())
            goals.append(Goal(f"{size} slowest metrics query", slowest, _QUERY_MS, "ms"))
    return goals
