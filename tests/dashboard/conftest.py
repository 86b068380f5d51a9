"""Fixtures of the dashboard's tests: a published demo, and its tables for recounts."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from dashboard.figures import choices
from dashboard.filters import Choices, Filters
from dashboard.snapshot import PUBLISHED, Snapshot, Snapshots

INSTANCE = "demo"


@pytest.fixture(scope="package")
def lake(published_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of what readers need of the demo. A copy: a process opens one file in one way alone."""
    data_dir = tmp_path_factory.mktemp("dashboard") / "data"
    (data_dir / "published").mkdir(parents=True)
    shown = (published_demo / PUBLISHED).readlink()
    shutil.copy2(published_demo / shown, data_dir / shown)
    (data_dir / PUBLISHED).symlink_to(shown)
    return data_dir


@pytest.fixture(scope="package")
def snapshot(lake: Path) -> Snapshot:
    """The newest version of the published demo."""
    return Snapshots(lake).newest()


@pytest.fixture(scope="package")
def known(snapshot: Snapshot) -> Choices:
    """What may be chosen in it."""
    return choices(snapshot, INSTANCE)


@pytest.fixture(scope="package")
def plain() -> Filters:
    """All tickets: what the published metrics answer."""
    return Filters(INSTANCE)


@pytest.fixture(
    scope="package", params=["priorities", "groups", "services"], ids=lambda name: f"all_{name}_chosen_one_by_one"
)
def all_chosen(request: pytest.FixtureRequest, known: Choices) -> Filters:
    """All tickets again, but by a filter that names every value there is: computed from single tickets."""
    values = {
        "priorities": tuple(code for code, _ in known.priorities),
        "groups": known.groups,
        "services": known.services,
    }
    return Filters(INSTANCE, **{request.param: values[request.param]})


@pytest.fixture(scope="package")
def tickets(snapshot: Snapshot) -> pd.DataFrame:
    """`sdm.itsm`, with `value_<dimension>` as the metrics name values."""
    found = snapshot.frame("select * from sdm.itsm")
    for dimension, column in {
        "priority": "priority",
        "assignment_group": "assignment_group",
        "service": "service",
        "category": "category",
        "ci": "ci_name",
    }.items():
        values = found[column].map(
            lambda value: "" if pd.isna(value) else f"{value:.0f}" if isinstance(value, float) else str(value)
        )
        found[f"value_{dimension}"] = values.where(values.str.strip() != "", "(none)")
    return found


@pytest.fixture(scope="package")
def metrics(snapshot: Snapshot) -> dict[str, pd.DataFrame]:
    """Every table of `metrics`, read as it is."""
    names = snapshot.frame("select table_name from duckdb_tables() where schema_name = 'metrics'")["table_name"]
    return {name: snapshot.frame(f"select * from metrics.{name}") for name in names}
