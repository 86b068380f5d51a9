"""Bounds on the rows of a raw table by what the last checks counted, for each instance by itself."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from ingestion.servicenow.catalogue import TableSpec
from ingestion.settings import Settings
from ingestion.warehouse import RAW, sql_text
from orchestration.quality import thresholds
from orchestration.quality.rules import TableRule

#: Rows by instance at the last checks, the newest last.
Counts = Mapping[str, Sequence[int]]


def row_count_rules(spec: TableSpec, settings: Settings, earlier: Counts) -> Iterator[TableRule]:
    """At least and at most so many rows, and a required table not emptied; none where nothing is known yet.

    Instances that are not configured any more are left out: their rows may have been purged. The
    median of the last checks is the measure, so that one odd count is no yardstick for the next.
    """
    table = f"{RAW}.{spec.name}"
    known = {name: counts for name, counts in earlier.items() if counts and name in settings.instances}
    usual = {name: median(counts) for name, counts in known.items()}
    usual = {name: rows for name, rows in usual.items() if rows >= thresholds.ROW_COUNT_FROM_ROWS}
    if usual:
        least = {name: rows * thresholds.ROW_COUNT_LOW for name, rows in usual.items()}
        share = f"{thresholds.ROW_COUNT_LOW:.0%}"
        yield _breaking(
            table,
            "row_count_low",
            f"instances with under {share} of the rows of the last checks",
            "rows < bound",
            least,
        )
        most = {name: rows * thresholds.ROW_COUNT_HIGH for name, rows in usual.items()}
        times = f"{thresholds.ROW_COUNT_HIGH:g} times"
        yield _breaking(
            table, "row_count_high", f"instances with over {times} the rows of the last checks", "rows > bound", most
        )
    held = {name: counts[-1] for name, counts in known.items() if counts[-1] >= thresholds.ROW_COUNT_FROM_ROWS}
    if spec.required and held:
        yield _breaking(
            table, "emptied", "instances whose rows of a required table are all gone since the last check",
            "rows = 0", held, critical=True,
        )  # fmt: skip


def _breaking(
    table: str, name: str, description: str, condition: str, bounds: Mapping[str, float], *, critical: bool = False
) -> TableRule:
    listed = ", ".join(f"('{sql_text(instance)}', {bound})" for instance, bound in sorted(bounds.items()))
    return TableRule(
        name,
        description,
        "critical" if critical else "warning",
        0,
        failing="SELECT key FROM (SELECT v.key, v.bound, coalesce(t.held, 0) AS rows"
        f" FROM (VALUES {listed}) AS v(key, bound)"
        f" LEFT JOIN (SELECT instance, count(*) AS held FROM {table} GROUP BY instance) t ON t.instance = v.key)"
        f" WHERE {condition}",
        needs=frozenset({"instance"}),
    )
