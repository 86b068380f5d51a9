"""Raw tables of every instance, and retention over them."""

from collections.abc import Iterator

import dagster as dg

from ingestion.servicenow.catalogue import TABLES
from ingestion.warehouse import RAW
from orchestration.cycle import Cycle
from orchestration.run_report import report_path

RAW_KEYS = [dg.AssetKey([RAW, table]) for table in TABLES]
DELETED_RECORDS = dg.AssetKey(["ticketlake", "deleted_records"])
RETRY_SECONDS = 60
_TOTALS = (
    "rows_read", "inserted", "updated", "unchanged", "deleted", "requests", "bytes", "retries", "seconds",
)  # fmt: skip


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key,
            group_name="ingestion",
            kinds={"servicenow", "dlt", "duckdb"},
            description=f"`{key.path[-1]}` of every instance, as ServiceNow has it",
        )
        for key in RAW_KEYS
    ]
)
def raw_servicenow(context: dg.AssetExecutionContext, cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.MaterializeResult]:
    """Extract and load. Fails only when every instance does: the others are modelled and published."""
    cycle.extract()
    raise_on_failures(cycle, context.retry_number)
    for key in RAW_KEYS:
        yield dg.MaterializeResult(asset_key=key, metadata=_read(cycle, key.path[-1]))


@dg.asset(
    key=DELETED_RECORDS,
    deps=RAW_KEYS,
    group_name="ingestion",
    kinds={"duckdb"},
    description="What was taken out of the raw layer and why; retention is applied here",
)
def retention(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """Take out what has expired. Models wait for it: they read `deleted_records` and the raw tables."""
    expired = cycle.retain()
    return dg.MaterializeResult(metadata={"expired_rows": sum(line.rows for line in expired)})


def links(cycle: Cycle) -> dict[str, dg.PathMetadataValue]:
    """The pages that say more, on the disk of the machine that runs this: the run's is there when it has ended."""
    pages = {
        "run_report": report_path(cycle.settings, cycle.run_id),
        "quality": cycle.settings.reports_dir / "data-quality.html",
    }
    return {name: dg.MetadataValue.path(page) for name, page in pages.items()}


def raise_on_failures(cycle: Cycle, retried: int) -> None:
    """Ask for another try where an instance failed in a way that passes; fail for good where all of them did.

    `retried` is how often the step was tried again already.
    """
    if cycle.worth_retrying and retried < cycle.request.retries:
        raise dg.RetryRequested(max_retries=cycle.request.retries, seconds_to_wait=RETRY_SECONDS)
    if cycle.all_instances_failed:
        raise dg.Failure("; ".join(map(str, cycle.instance_errors.values())), allow_retries=False)


def _read(cycle: Cycle, table: str) -> dict[str, dg.MetadataValue | int | float]:
    """What the report says of a table: sums over the instances, and how far each has come (its cursor, UTC)."""
    lines = {name: line for name, report in cycle.reports.items() for line in report.tables if line.table_name == table}
    return {
        **{name: sum(getattr(line, name) for line in lines.values()) for name in _TOTALS},
        "cursor": dg.MetadataValue.json({name: line.cursor_after for name, line in lines.items()}),
        "run_report": links(cycle)["run_report"],
    }
