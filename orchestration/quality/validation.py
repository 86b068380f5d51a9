"""Great Expectations: suites, batches, verdicts. Only this file and `expectation.py` touch the library.

Its SQL engine fails on DuckDB, so it gets pandas batches. It is imported when a `Validator` is made,
not before: the import takes seconds.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ingestion.errors import QualityError
from orchestration.quality.later import left_for_later
from orchestration.quality.report import number
from orchestration.quality.rules import RowRule, Suite, TableRule
from orchestration.quality.thresholds import SAMPLE_KEYS


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations said of one rule; `observed` as in `CheckResult`."""

    success: bool
    observed: float
    sample_keys: tuple[str, ...] = ()


class Validator:
    """One in-memory Great Expectations context; nothing is written, nothing is reported home.

    `outcomes` are the library's own results by table, in the order they were made.
    """

    def __init__(self) -> None:
        # Read at import. Usage statistics would go to the maker's server.
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        with left_for_later("altair", "scipy.stats"):
            import great_expectations as gx
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )

        from orchestration.quality.expectation import ExpectNumberToBeAtMost

        self._number_expectation = ExpectNumberToBeAtMost
        self._expectations = gx.expectations
        self._suite_type = gx.ExpectationSuite
        # Without a configuration of its own a context leaves a folder for Data Docs in the temporary directory.
        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            progress_bars=ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        )
        context = gx.get_context(mode="ephemeral", project_config=config)
        assets = context.data_sources.add_pandas("warehouse").add_dataframe_asset("batch")
        self._batches = assets.add_batch_definition_whole_dataframe("whole")
        self.outcomes: dict[str, list[Any]] = {}

    def judge_numbers(self, suite: Suite, numbers: pd.DataFrame) -> dict[str, Verdict]:
        """A verdict by rule name on a one-row frame with a column for each table rule."""
        expectations = [
            self._number_expectation(
                column=rule.name, max_value=rule.maximum, severity=rule.severity, **_described(suite, rule)
            )
            for rule in suite.table_rules
        ]
        results = self._validate(suite, expectations, numbers, {"result_format": "BASIC"})
        return {name: Verdict(result.success, float(result.result["observed_value"])) for name, result in results}

    def judge_rows(self, suite: Suite, rows: pd.DataFrame) -> dict[str, Verdict]:
        """A verdict by rule name on rows of the current load; the sample keys are keys of failing rows."""
        expectations = [self._row_expectation(suite, rule) for rule in suite.row_rules]
        result_format = {
            "result_format": "SUMMARY",
            "unexpected_index_column_names": list(suite.key),
            "partial_unexpected_count": SAMPLE_KEYS,
        }
        return {
            name: Verdict(result.success, _failing_share(result.result), _failing_keys(result.result, suite.key))
            for name, result in self._validate(suite, expectations, rows, result_format)
        }

    def _row_expectation(self, suite: Suite, rule: RowRule) -> Any:
        kind = getattr(self._expectations, rule.expectation)
        return kind(**rule.arguments, mostly=1 - rule.maximum, severity=rule.severity, **_described(suite, rule))

    def _validate(
        self, suite: Suite, expectations: list[Any], frame: pd.DataFrame, result_format: Mapping[str, Any]
    ) -> Iterable[tuple[str, Any]]:
        batch = self._batches.get_batch({"dataframe": frame})
        outcome = batch.validate(
            self._suite_type(name=suite.table, expectations=expectations), result_format=dict(result_format)
        )
        for result in outcome.results:
            name = result.expectation_config.meta["rule"]
            if not result.result:
                raise QualityError(f"{suite.table} {name}: the rule could not be evaluated: {result.exception_info}")
            self.outcomes.setdefault(suite.table, []).append(result)
            yield name, result


def _described(suite: Suite, rule: TableRule | RowRule) -> dict[str, Any]:
    """What Data Docs say of an expectation, and by what we know its result again."""
    return {
        "description": f"{rule.name}: {rule.description}; at most {number(rule.maximum)} ({rule.severity})",
        "meta": {"table": suite.table, "rule": rule.name},
    }


def _failing_share(result: Mapping[str, Any]) -> float:
    percent = result.get("unexpected_percent_nonmissing", result["unexpected_percent"])
    return float(percent or 0) / 100


def _failing_keys(result: Mapping[str, Any], key: tuple[str, ...]) -> tuple[str, ...]:
    # The list also holds the offending values: they may be personal data and stay here.
    rows = result.get("partial_unexpected_index_list") or ()
    keys = ("/".join("-" if pd.isna(row[column]) else str(row[column]) for column in key) for row in rows)
    return tuple(dict.fromkeys(keys))
