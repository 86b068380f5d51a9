"""Data-quality checks that stop what comes after them: models after raw tables, publishing after models."""

from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration.cycle import Cycle
from orchestration.defs.ingestion import RAW_KEYS
from orchestration.quality import Layer

NAME = "quality"


def _specs(keys: Sequence[dg.AssetKey]) -> list[dg.AssetCheckSpec]:
    return [dg.AssetCheckSpec(NAME, asset=key, blocking=True) for key in keys]


@dg.multi_asset_check(name="raw_quality", specs=_specs(RAW_KEYS))
def raw_checks(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.AssetCheckResult]:
    """One suite a raw table."""
    yield from _results(cycle, "raw", RAW_KEYS)


def public_checks(keys: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """One suite a published table."""

    @dg.multi_asset_check(name="public_quality", specs=_specs(keys))
    def checks(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.AssetCheckResult]:
        yield from _results(cycle, "public", keys)

    return checks


def _results(cycle: Cycle, layer: Layer, keys: Sequence[dg.AssetKey]) -> Iterator[dg.AssetCheckResult]:
    report = cycle.check(layer)
    for key in keys:
        table = ".".join(key.path)
        failed = [result for result in report.results if result.table == table and not result.success]
        critical = any(result.severity == "critical" for result in failed)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=NAME,
            passed=not failed,
            severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
            metadata={
                "checks": sum(result.table == table for result in report.results),
                "failed": dg.MetadataValue.json([str(result) for result in failed]),
            },
        )
