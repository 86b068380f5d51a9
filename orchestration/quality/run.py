"""One check run of one layer: suites to numbers and samples, to verdicts, to a report."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from time import perf_counter

import duckdb

from ingestion.settings import Settings
from ingestion.warehouse import connect
from orchestration.quality import thresholds
from orchestration.quality.data_docs import write_data_docs
from orchestration.quality.layout import read_columns
from orchestration.quality.measure import extent_of, loaded_rows, numbers_of, sample_keys
from orchestration.quality.public_rules import public_suites
from orchestration.quality.raw_rules import raw_suites
from orchestration.quality.report import CheckResult, Layer, QualityReport
from orchestration.quality.report_files import last_check, write_report
from orchestration.quality.rules import RowRule, Suite, TableRule
from orchestration.quality.validation import Validator, Verdict

#: Of the memory DuckDB may take: numbers of whole tables are spilled rather than held, and a check stays below 1 GiB.
_MEMORY_SHARE = 0.25
#: After reading so many rows another is opened: what one has read of deleted rows it holds in memory to its end.
_ROWS_OF_A_CONNECTION = 1_000_000


def run_checks(
    settings: Settings, layer: Layer, *, accept_row_counts: bool = False, data_docs: bool = False
) -> QualityReport:
    """Check every table of a layer of the warehouse and write `reports/data-quality.{json,html}`.

    `raw` is the layer dlt loads, `public` the schemas `sdm`, `metrics` and `meta` as dbt built them.
    Row counts are judged by those of the last checks, unless `accept_row_counts`: then the present
    ones are what the next checks go by. With `data_docs` Great Expectations' pages are written too, as
    they are where a critical rule fails; they take a second.
    Failures are in the report, not raised (`QualityReport.raise_on_critical` does that). Raises
    QualityError where a rule cannot be evaluated. The warehouse is opened read-only: no other
    connection of this process may have it open for writing.
    """
    started = perf_counter()
    validator = Validator()
    last = last_check(settings.reports_dir, layer)
    earlier = {} if accept_row_counts else last.counts
    with ExitStack() as opened:

        def connection() -> duckdb.DuckDBPyConnection:
            opened.close()
            return opened.enter_context(connect(settings, read_only=True, memory_share=_MEMORY_SHARE))

        con, read = connection(), 0
        columns = read_columns(con)
        suites = raw_suites(settings, columns, earlier) if layer == "raw" else public_suites(columns)
        results: list[CheckResult] = []
        row_counts: dict[str, int] = {}
        counts: dict[str, Mapping[str, Sequence[int]]] = {}
        checked_loads: dict[str, str] = {}
        for suite in suites:
            if read > _ROWS_OF_A_CONNECTION:
                con, read = connection(), 0
            since = last.checked_loads.get(suite.table, "")
            found = list(check_table(con, suite, validator, since))
            results += found
            if suite.table in columns:
                rows, newest = extent_of(con, suite)
                row_counts[suite.table] = sum(rows.values())
                read += row_counts[suite.table]
                # What failed is looked at again until it is put right, and is no yardstick.
                failed = any(result.severity == "critical" and not result.success for result in found)
                checked_loads[suite.table] = since if failed else newest
                before = earlier.get(suite.table, {})
                counts[suite.table] = before if failed else _with_these(before, rows)
    report = QualityReport(
        layer, settings.now(), perf_counter() - started, tuple(results), row_counts, counts, checked_loads
    )
    write_report(settings.reports_dir, report)
    if data_docs or report.failed_critical:
        write_data_docs(settings.reports_dir, report, validator.outcomes)
    return report


def check_table(
    con: duckdb.DuckDBPyConnection, suite: Suite, validator: Validator, since: str = ""
) -> Iterator[CheckResult]:
    """The result of every rule; row rules only where rows came in a load package after `since`."""
    numbers = validator.judge_numbers(suite, numbers_of(con, suite))
    for rule in suite.table_rules:
        verdict = numbers[rule.name]
        keys = () if verdict.success else sample_keys(con, rule)
        yield _result(suite, rule, replace(verdict, sample_keys=keys))
    if not suite.row_rules:
        return
    rows = loaded_rows(con, suite, since)
    if rows.empty:
        return
    verdicts = validator.judge_rows(suite, rows)
    for row_rule in suite.row_rules:
        yield _result(suite, row_rule, verdicts[row_rule.name])


def _with_these(before: Mapping[str, Sequence[int]], rows: Mapping[str, int]) -> dict[str, Sequence[int]]:
    """The kept counts by instance with the newest added; an instance whose rows are gone has 0."""
    return {
        name: [*before.get(name, ()), rows.get(name, 0)][-thresholds.ROW_COUNTS_KEPT :]
        for name in sorted({*before, *rows})
    }


def _result(suite: Suite, rule: TableRule | RowRule, verdict: Verdict) -> CheckResult:
    return CheckResult(
        suite.table,
        rule.name,
        rule.description,
        rule.severity,
        verdict.success,
        verdict.observed,
        rule.maximum,
        verdict.sample_keys,
    )
