"""The published file, `itsm.duckdb`, as the last asset."""

from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration.cycle import Cycle
from orchestration.defs.ingestion import links

PUBLISHED = dg.AssetKey(["itsm"])


def published(public: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that copies the public schemas into the file readers find."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                PUBLISHED,
                deps=list(public),
                group_name="publishing",
                kinds={"duckdb"},
                description="What BI reads: schemas sdm, metrics and meta in one file",
            )
        ],
    )
    def publish(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.MaterializeResult]:
        version = cycle.publish()
        yield dg.MaterializeResult(
            asset_key=PUBLISHED,
            metadata={
                "file": dg.MetadataValue.path(version.path),
                "bytes": version.path.stat().st_size,
                "rewritten": cycle.rewritten,
                **links(cycle),
            },
        )
        # Those that succeeded are out; the run itself must not look as if all was well.
        if cycle.instance_errors:
            raise dg.Failure("; ".join(f"{name}: {error}" for name, error in cycle.instance_errors.items()))

    return publish
