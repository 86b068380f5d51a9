"""What the measurements come to: tables, and the goals they are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.table import Table

Measurement = dict[str, Any]
#: Measurements by path; a path that was skipped is not there.
Measured = Mapping[str, Sequence[Measurement]]


@dataclass(frozen=True)
class Goal:
    """A figure beside its bound, which it may reach. `unit` stands behind both."""

    name: str
    measured: float
    bound: float
    unit: str = "x"
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


def seconds_of(runs: Sequence[Measurement]) -> float:
    return median_of(runs, "seconds")


def median_of(runs: Sequence[Measurement], name: str) -> float:
    return median(run[name] for run in runs)


def rate_of(runs: Sequence[Measurement]) -> float:
    """Rows a second."""
    return median(run["rows"] / run["seconds"] for run in runs)


def paths_table(lines: Sequence[tuple[str, Sequence[Measurement]]]) -> Table:
    """A line a path: its title and its measurements."""
    table = Table(title="Reading incidents (medians)")
    for heading in ("path", "rows", "seconds", "rows/s", "CPU seconds", "peak memory"):
        table.add_column(heading, justify="left" if heading == "path" else "right")
    for path, runs in lines:
        peak = f"{median_of(runs, 'peak_mib'):,.0f} MiB" if "peak_mib" in runs[0] else ""
        table.add_row(
            path, f"{runs[0]['rows']:,}", f"{seconds_of(runs):.2f}", f"{rate_of(runs):,.0f}",
            f"{median_of(runs, 'cpu_seconds'):.2f}", peak,
        )  # fmt: skip
    return table


def cycles_table(ticks: Sequence[Measurement]) -> Table:
    """The first sync of all tables and the tick after it, everything they asked for included."""
    table = Table(title="All tables: first sync, and the tick after a thousandth of the incidents changed (medians)")
    for heading in ("cycle", "incidents read", "rows written", "requests", "bytes", "seconds"):
        table.add_column(heading, justify="left" if heading == "cycle" else "right")
    for title, runs in (("first sync", [tick["full"] for tick in ticks]), ("tick", ticks)):
        figures = [f"{median_of(runs, name):,.0f}" for name in ("rows", "changed", "requests", "bytes")]
        table.add_row(title, *figures, f"{seconds_of(runs):.2f}")
    return table


def goals_table(goals: Sequence[Goal]) -> Table:
    table = Table(title="Goals")
    for heading in ("", "measured", "goal", " "):
        table.add_column(heading, justify="left" if heading in ("", " ") else "right")
    for goal in goals:
        bound = "at least" if goal.at_least else "at most"
        table.add_row(
            goal.name, _figure(goal.measured, goal.unit), f"{bound} {_figure(goal.bound, goal.unit)}",
            "pass" if goal.met else "FAIL",
        )  # fmt: skip
    return table


def _figure(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.2f} %"
    return f"{value:,.2f} {unit}" if unit == "x" else f"{value:,.1f} {unit}".rstrip()


def goals_of(measured: Measured) -> list[Goal]:
    """The goals that what was measured can be held against."""
    goals: list[Goal] = []
    syncs = measured.get("sync")
    fetches = [runs for name, runs in measured.items() if name.startswith("fetch ")]
    if syncs and fetches:
        ratio = seconds_of(syncs) / min(map(seconds_of, fetches))
        goals += [
            Goal("first sync: seconds of fetching and parsing alone", ratio, 9),
            Goal("the same (issue 2)", ratio, 12),
        ]
    if syncs and (rests := measured.get("rest_api")):
        ratio = rate_of(syncs) / rate_of(rests)
        goals += [
            Goal("first sync: rows/s of rest_api_source", ratio, 40, at_least=True),
            Goal("the same (issue 2)", ratio, 30, at_least=True),
        ]
    if syncs and (slow := measured.get("latency")):
        goals.append(Goal("first sync with latency: seconds without", seconds_of(slow) / seconds_of(syncs), 1.5))
    return goals + _large_goals(measured) + _steady_goals(measured)


def _large_goals(measured: Measured) -> list[Goal]:
    large, base = measured.get("large"), measured.get("large base")
    if not large or not base:
        return []
    rows = f"{large[0]['rows']:,} rows"
    peak, of_base = median_of(large, "peak_mib"), median_of(base, "peak_mib")
    return [
        Goal(f"{rows}: seconds of {base[0]['rows']:,}", seconds_of(large) / seconds_of(base), 11),
        Goal(f"{rows}: peak memory of the process", peak, 1536, "MiB"),
        Goal(f"{rows}: peak memory of {base[0]['rows']:,}", peak / of_base, 1.3),
    ]


def _steady_goals(measured: Measured) -> list[Goal]:
    ticks = measured.get("steady")
    if not ticks:
        return []
    tables, page = ticks[0]["tables"], ticks[0]["page"]
    allowed = 4 * tables + 2 * median_of(ticks, "changed") / page + 10
    saved = 100 * (1 - median_of(ticks, "bytes") / median_of([tick["full"] for tick in ticks], "bytes"))
    return [
        Goal(f"tick over {tables} tables: requests", median_of(ticks, "requests"), allowed, ""),
        Goal("tick: fewer bytes than the full read", saved, 99, "%", at_least=True),
    ]
