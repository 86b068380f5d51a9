"""The documentation site: built without a warning, whole, and quiet: a reader's browser asks no other machine."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

#: What makes a browser fetch something, as opposed to a link that a reader may follow.
_FETCHED = re.compile(r"""<(?:script|link|img|iframe|source|object|embed)\b[^>]*?\b(?:src|href|data)=["']([^"']+)""")
_STYLED = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made as `make docs` does; every warning is an error."""
    folder = tmp_path_factory.mktemp("site") / "html"
    built = subprocess.run([sys.executable, "docs/build.py", str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.mark.proof
def test_every_page_is_there_and_none_asks_another_machine(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert written <= {page.relative_to(site) for page in pages}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        addresses = [*_FETCHED.findall(text), *(one or other for one, other in _STYLED.findall(text))]
        assert not [each for each in addresses if re.match(r"(https?:)?//", each)], page.name
    for sheet in site.rglob("*.css"):
        found = [one or other for one, other in _STYLED.findall(sheet.read_text(encoding="utf-8"))]
        assert not [each for each in found if re.match(r"(https?:)?//", each)], sheet.name


@pytest.mark.proof
def test_the_reference_has_every_published_column_and_every_command(site: Path, contract: dict[str, Any]) -> None:
    for schema in ("sdm", "metrics", "meta"):
        text = (site / "reference" / f"{schema}.html").read_text(encoding="utf-8")
        for table, described in contract[schema].items():
            part = text.split(f">{schema}.{table}<", 1)[1].split("<section", 1)[0]
            for column in described["columns"]:
                assert f'<span class="pre">{column}</span>' in part, f"{schema}.{table}.{column}"
    commands = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    for name in ("sync", "export", "dashboard", "connector create", "token create", "config rollback"):
        assert f">ticketlake {name}<" in commands
    assert "--format" in commands and "parquet" in commands and "--for-token" not in commands


def test_the_reference_says_what_a_row_is_known_by_and_what_is_never_null(contract: dict[str, Any]) -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec and spec.loader
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    for schema in ("sdm", "metrics"):
        page = reference.schema_page(ROOT, schema)
        for table, described in contract[schema].items():
            part = page.split(f"## {schema}.{table}\n", 1)[1].split("\n## ", 1)[0]
            assert "Key: " in part, table
            for column, code in described["columns"].items():
                (null,) = re.findall(rf"^\| `{column}` \| \w+ \| (yes|) \|", part, re.MULTILINE)
                assert bool(null) != code.endswith("!"), f"{schema}.{table}.{column}"
