"""Data-quality checks that stop what comes after them: models after raw tables, publishing after models."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from orchestration.cycle import Cycle
from orchestration.defs.ingestion import RAW_KEYS
from orchestration.quality import CheckResult, Layer
from orchestration.schema_changes import SchemaChange, schema_changes_of

NAME = "quality"
#: A check that warns and stops nothing: the columns of the source are not what they were.
SCHEMA = "schema_changes"


def _specs(keys: Sequence[dg.AssetKey]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            NAME, asset=key, blocking=True, description="The table's suite: keys, types, codes, ranges, counts, age"
        )
        for key in keys
    ]


def _schema_specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(SCHEMA, asset=key, description="Columns that came, went, or changed name or type in this run")
        for key in RAW_KEYS
    ]


@dg.multi_asset_check(name="raw_quality", specs=[*_specs(RAW_KEYS), *_schema_specs()])
def raw_checks(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.AssetCheckResult]:
    """One suite a raw table, and what the instance changed about it."""
    yield from _results(cycle, "raw", RAW_KEYS)
    by_table: dict[str, list[SchemaChange]] = defaultdict(list)
    for change in schema_changes_of(cycle.settings, cycle.run_id):
        by_table[change.table_name].append(change)
    for key in RAW_KEYS:
        yield _schema_result(key, by_table[key.path[-1]])


def public_checks(keys: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """One suite a published table."""

    @dg.multi_asset_check(name="public_quality", specs=_specs(keys))
    def checks(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.AssetCheckResult]:
        yield from _results(cycle, "public", keys)

    return checks


def _results(cycle: Cycle, layer: Layer, keys: Sequence[dg.AssetKey]) -> Iterator[dg.AssetCheckResult]:
    report = cycle.check(layer)
    by_table: dict[str, list[CheckResult]] = defaultdict(list)
    for result in report.results:
        by_table[result.table].append(result)
    for key in keys:
        table = ".".join(key.path)
        yield result_of(key, by_table[table], report.row_counts)


def result_of(key: dg.AssetKey, results: Sequence[CheckResult], row_counts: Mapping[str, int]) -> dg.AssetCheckResult:
    """A suite's outcome with the numbers of what failed and keys of failing rows, never their values."""
    failed = [result for result in results if not result.success]
    critical = sum(result.severity == "critical" for result in failed)
    numbers = {
        "checks": len(results),
        "critical_failures": critical,
        "warnings": len(failed) - critical,
        "rows": row_counts.get(".".join(key.path), 0),
    }
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=NAME,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description="; ".join(map(str, failed)) or None,
        metadata={**numbers, "failed": _table_of(failed)} if failed else numbers,
    )


def _table_of(failed: Sequence[CheckResult]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "rule": each.name,
                    "severity": each.severity,
                    "found": float(each.observed),
                    "limit": float(each.limit),
                    "counts": each.description,
                    "keys": ", ".join(each.sample_keys),
                }
            )
            for each in failed
        ]
    )


def _schema_result(key: dg.AssetKey, changes: Sequence[SchemaChange]) -> dg.AssetCheckResult:
    lines = [str(change) for change in changes]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=SCHEMA,
        passed=not changes,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(lines) or None,
        metadata={"changes": len(changes)},
    )
