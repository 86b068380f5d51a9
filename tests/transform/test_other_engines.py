"""The models as Spark and PostgreSQL would get them: what differs between engines sits in `macros/` alone.

No adapter of theirs is installed. So the macros written for an engine take the place of DuckDB's in a copy of the
project, dbt compiles that, and sqlglot reads the result as the engine's own SQL.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from tests.transform.warehouse import PROJECT

pytestmark = pytest.mark.proof


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What models may call by themselves, as sqlglot calls it: standard SQL, or the same in all three. `if` is a branch of
#: a CASE.
COMMON = _names(
    "and or if case cast coalesce concat concat_ws count sum min max avg round floor ln lower upper length least"
    " greatest nullif abs row_number rank dense_rank lag lead first_value last_value grouping md5 replace substring"
    " translate split_part str_position percentile_cont exists extract"
)
#: What the macros of an engine call.
OWN = {
    "spark": _names(
        "trim chr regexp_replace try_cast timestamp_trunc timestampdiff explode regexp_split generate_series array"
        " quantile array_agg sort_array element_at"
    ),
    "postgres": _names(
        "trim chr regexp_replace timestamp_trunc unaccent explode string_to_array exploding_generate_series array"
        " array_agg"
    ),
}
_DISPATCHED = re.compile(r"macro (duckdb|spark|postgres)__")


@pytest.fixture(scope="module", params=sorted(OWN))
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """An engine, and the SQL of all models for it, by name."""
    engine: str = request.param
    folder = tmp_path_factory.mktemp(engine)
    project = folder / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    for path in (project / "macros").rglob("*.sql"):
        path.write_text(_DISPATCHED.sub(lambda match: _renamed(match[1], engine), path.read_text()))
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "compile", "--quiet", "--no-introspect"]
    places: list[str | Path] = [
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        "--target-path",
        folder,
        "--log-path",
        folder,
    ]
    environment = {**os.environ, "TICKETLAKE_WAREHOUSE": str(folder / "empty.duckdb"), "DO_NOT_TRACK": "1"}
    done = subprocess.run([*command, *places], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    models = (folder / "compiled" / "ticketlake" / "models").rglob("*.sql")
    # Tests of a model are in a folder named like its .yml.
    return engine, {path.stem: path.read_text() for path in models if path.parent.suffix != ".yml"}


def _renamed(adapter: str, engine: str) -> str:
    """dbt looks for macros of the adapter it has, which is DuckDB's."""
    return f"macro {'duckdb' if adapter == engine else 'not_' + adapter}__"


def test_every_model_is_sql_of_the_engine(compiled: tuple[str, dict[str, str]]) -> None:
    engine, models = compiled
    # Of `int_title_groups` there is no SQL: similarity is Python on every engine.
    assert models.keys() == {path.stem for path in (PROJECT / "models").rglob("*.sql")} - _DISABLED
    for name, sql in models.items():
        statements = sqlglot.parse(sql, read=engine, error_level=sqlglot.ErrorLevel.RAISE)
        assert [type(statement) for statement in statements] in ([exp.Select], [exp.Union]), name


def test_models_call_what_the_engine_has(compiled: tuple[str, dict[str, str]]) -> None:
    engine, models = compiled
    known = COMMON | OWN[engine]
    strange = {(name, called) for name, sql in models.items() for called in _called(sql, engine) if called not in known}
    assert not strange


def test_a_function_of_duckdb_would_be_found() -> None:
    for sql in ("select list_sort(a) from t", "select strip_accents(a) from t", "select date_diff('day', a, b) from t"):
        for engine in OWN:
            assert set(_called(sql, engine)) - COMMON - OWN[engine]


#: Models that are there with extra columns alone.
_DISABLED = {"int_incident_extras"}


def _called(sql: str, engine: str) -> Iterator[str]:
    """The names of functions, as written."""
    for call in sqlglot.parse_one(sql, read=engine).find_all(exp.Func):
        if isinstance(call, exp.Anonymous):
            yield call.name.lower()
        else:
            yield call.sql_name().lower()
