"""The dbt models as assets, their tests as asset checks."""

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets
from packaging.version import Version, parse

from ingestion.settings import Settings
from orchestration.built_models import building
from orchestration.cycle import Cycle
from orchestration.dbt_project import PROJECT, dbt_command, model_variables, raise_on_failures


class InstalledDbt(DbtCliResource):
    """dbt of this environment."""

    @cached_property
    def _cli_version(self) -> Version:
        # `dbt --version` asks a package index for the newest release, which is slow where there is none.
        return parse(installed("dbt-core"))


def dbt_resource() -> InstalledDbt:
    executable, *flags = dbt_command()
    return InstalledDbt(
        project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=executable, global_config_flags=flags
    )


def models(settings: Settings, manifest: Path) -> dg.AssetsDefinition:
    """All models in one step; unit tests need no data and belong to the test suite."""

    @dbt_assets(manifest=manifest, name="models")
    def dbt_models(
        context: dg.AssetExecutionContext, dbt: InstalledDbt, cycle: dg.ResourceParam[Cycle]
    ) -> Iterator[Any]:
        with cycle.step("models"), building(settings) as parts:
            arguments = ["build", *parts, "--exclude-resource-type", "unit_test", *model_variables(settings)]
            invocation = dbt.cli(arguments, context=context, raise_on_error=False, target_path=settings.dbt_dir)
            yield from invocation.stream()
            raise_on_failures(settings.dbt_dir)

    return dbt_models
