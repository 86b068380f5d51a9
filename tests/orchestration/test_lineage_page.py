"""The page of lineage: whole, readable without a network, and of the tables that are published."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Ticketlake


@pytest.fixture(scope="module")
def lake(published_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data directory, to write into."""
    copy = tmp_path_factory.mktemp("lineage") / "data"
    shutil.copytree(published_demo, copy, symlinks=True)
    return copy


@pytest.fixture(scope="module")
def page(lake: Path, ticketlake: Ticketlake) -> str:
    outcome = ticketlake("lineage", "--json", data_dir=lake)
    assert outcome.returncode == 0, outcome.stderr
    path = Path(json.loads(outcome.stdout)["page"])
    assert path == lake / "reports" / "lineage.html"
    return path.read_text(encoding="utf-8")


def inlined(page: str, metadata: str) -> dict[str, Any]:
    """The JSON document of the page whose schema is `metadata`."""
    place = re.search(r'\{\s*"metadata":\s*\{\s*"dbt_schema_version":\s*"[^"]*/' + metadata, page)
    assert place, f"no {metadata} in the page"
    document: dict[str, Any] = json.JSONDecoder().raw_decode(page, place.start())[0]
    return document


def test_the_page_tells_of_every_published_table_and_its_types(page: str, published_demo: Path) -> None:
    manifest, catalog = inlined(page, "manifest"), inlined(page, "catalog")
    with duckdb.connect(str(published_demo / "itsm.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    models = {(node["schema"], node["alias"]): key for key, node in manifest["nodes"].items() if key[:6] == "model."}
    for schema, table, column in columns:
        key = models[schema, table]
        assert manifest["nodes"][key]["columns"][column]["description"]
        assert catalog["nodes"][key]["columns"][column]["type"]
    assert manifest["parent_map"][models["metrics", "mttr"]]
    assert manifest["semantic_models"] and manifest["metrics"]


def test_the_published_file_is_known_to_read_every_public_table(page: str) -> None:
    manifest = inlined(page, "manifest")
    public = {
        key
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] in ("sdm", "metrics", "meta")
    }
    for reader in ("published_file", "data_quality_report"):
        assert set(manifest["exposures"][f"exposure.ticketlake.{reader}"]["depends_on"]["nodes"]) == public


def test_the_page_asks_nothing_of_the_network(page: str) -> None:
    assert inlined(page, "manifest")["metadata"]["send_anonymous_usage_stats"] is False
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+", page) == []


def test_nothing_is_left_beside_the_page(page: str, lake: Path) -> None:
    assert page.rstrip().endswith("</html>")
    assert not list(lake.rglob("static_index.html"))
