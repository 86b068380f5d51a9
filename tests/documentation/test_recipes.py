"""The recipes of docs/connect: their SQL runs on the published file, their code runs, their files are what they say."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.conftest import ROOT

RECIPES = sorted(path for path in (ROOT / "docs" / "connect").glob("*.md") if path.name != "index.md")
SUPERSET = ROOT / "deploy" / "superset"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a page in a language; none of those that quote a page themselves."""
    text = re.sub(r"^````.*?^````$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [code for found, code in _BLOCK.findall(text) if found == language]


def bundle(folder: str) -> list[dict[str, Any]]:
    """The documents of a part of the Superset bundle."""
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((SUPERSET / folder).rglob("*.yaml"))]


@pytest.fixture(scope="module")
def itsm(published_demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, as every recipe opens it."""
    with duckdb.connect(str(published_demo / "itsm.duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_file_version_what_was_tried_and_traps(recipe: Path) -> None:
    text = recipe.read_text(encoding="utf-8")
    assert all(f"- **{word}**: " in text for word in ("File", "Version", "Tried")) and "## Traps\n\n- " in text
    assert f"({recipe.name})" in (recipe.parent / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("recipe", [path for path in RECIPES if blocks(path, "sql")], ids=lambda path: path.stem)
def test_the_sql_of_a_recipe_answers(recipe: Path, itsm: duckdb.DuckDBPyConnection) -> None:
    for sql in blocks(recipe, "sql"):
        assert itsm.execute(sql).fetchall(), sql


def test_the_tutorials_question_answers(published_demo: Path) -> None:
    (code,) = re.findall(r"<<'EOF'\n(.*?)^EOF$", (ROOT / "docs" / "tutorial.md").read_text(), re.MULTILINE | re.DOTALL)
    assert "title" in run(code, published_demo.parent, published_demo)


def test_the_python_recipe_runs(published_demo: Path, tmp_path: Path) -> None:
    (code,) = blocks(ROOT / "docs" / "connect" / "python.md", "python")
    printed = run(code, tmp_path, published_demo)
    assert "median_hours" in printed and "assignment_group" in printed and "Empty DataFrame" not in printed


def test_the_files_of_recipes_are_what_they_say() -> None:
    for recipe in RECIPES:
        for text in blocks(recipe, "yaml"):
            assert isinstance(yaml.safe_load(text), dict), recipe.name


def test_the_superset_bundle_is_whole() -> None:
    assert yaml.safe_load((SUPERSET / "metadata.yaml").read_text())["type"] == "Dashboard"
    (database,), (dashboard,) = bundle("databases"), bundle("dashboards")
    datasets = {each["uuid"]: each for each in bundle("datasets")}
    charts = {each["uuid"]: each for each in bundle("charts")}
    assert (
        database["sqlalchemy_uri"].startswith("duckdb:////") and "access_mode=read_only" in database["sqlalchemy_uri"]
    )
    assert not any(database[name] for name in ("allow_dml", "allow_ctas", "allow_cvas", "allow_csv_upload"))
    assert {each["database_uuid"] for each in datasets.values()} == {database["uuid"]}
    assert {each["dataset_uuid"] for each in charts.values()} == set(datasets)
    placed = [part for part in dashboard["position"].values() if isinstance(part, dict) and part["type"] == "CHART"]
    assert {part["meta"]["uuid"]: part["meta"]["sliceName"] for part in placed} == {
        key: each["slice_name"] for key, each in charts.items()
    }
    (instance,) = dashboard["metadata"]["native_filter_configuration"]
    # Without exactly one instance, a chart would mix them.
    assert instance["controlValues"]["enableEmptyFilter"] and not instance["controlValues"]["multiSelect"]
    assert all("instance" in {column["column_name"] for column in each["columns"]} for each in datasets.values())


@pytest.mark.parametrize("name", sorted(path.stem for path in (SUPERSET / "datasets").rglob("*.yaml")))
def test_a_superset_dataset_has_its_columns_and_answers_its_charts(name: str, itsm: duckdb.DuckDBPyConnection) -> None:
    (dataset,) = (each for each in bundle("datasets") if each["table_name"] == name)
    source = f"({dataset['sql']}) as dataset"
    described = itsm.execute(f"describe select * from {source}").fetchall()
    assert [(each[0], each[1]) for each in described] == [
        (column["column_name"], column["type"]) for column in dataset["columns"]
    ]
    metrics = {each["metric_name"]: each["expression"] for each in dataset["metrics"]}
    for expression in metrics.values():
        ((value,),) = itsm.execute(f"select {expression} from {source} where instance = 'demo'").fetchall()
        assert value is not None, expression
    columns = {column["column_name"] for column in dataset["columns"]}
    for chart in bundle("charts"):
        if chart["dataset_uuid"] == dataset["uuid"]:
            asked = chart["params"]
            assert {*asked.get("metrics", ()), *filter(None, [asked.get("metric")])} <= set(metrics)
            groups = [asked["groupby"]] if isinstance(asked.get("groupby"), str) else asked.get("groupby", ())
            assert {*filter(None, [asked.get("x_axis")]), *asked.get("all_columns", ()), *groups} <= columns


def run(code: str, folder: Path, data_dir: Path) -> str:
    """What a block of Python prints in a process of its own; it must end well."""
    environ = os.environ | {"TICKETLAKE_DATA_DIR": str(data_dir)}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
