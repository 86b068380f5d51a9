"""Builds the documentation site: `python docs/build.py [FOLDER]`, by default `site/`.

Pages are copied to a temporary folder, the reference is generated beside them (`reference.py`), and Sphinx makes the
site of all; every warning of it is an error. The checkout stays as it is, and nothing is asked of the network.
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent

sys.path.insert(0, str(DOCS))

from reference import write_reference  # noqa: E402  (a neighbour, not a package)


def build(folder: Path) -> int:
    """Make the site in `folder`, which is emptied first; returns Sphinx's exit code."""
    with TemporaryDirectory() as temporary:
        source = Path(temporary) / "docs"
        shutil.copytree(DOCS, source, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        shutil.copy(DOCS / "conf.py", source)
        for name in ("CHANGELOG.md", "ticketlake.example.toml"):
            shutil.copy(ROOT / name, source / name)
        write_reference(ROOT, source / "reference")
        shutil.rmtree(folder, ignore_errors=True)
        doctrees = str(Path(temporary) / "doctrees")
        return build_main(["-q", "-W", "--keep-going", "-b", "html", "-d", doctrees, str(source), str(folder)])


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site")
    folder = parser.parse_args().folder.resolve()
    code = build(folder)
    if code == 0:
        print(f"{folder / 'index.html'}")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
