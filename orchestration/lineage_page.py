"""The lineage and the meaning of every table as one static page: dbt's documentation of the project."""

import shutil
from pathlib import Path

from ingestion.settings import Settings
from orchestration.dbt_project import prepare_manifest, run_dbt

NAME = "lineage.html"


def write_lineage_page(settings: Settings) -> Path:
    """Write `reports/lineage.html` anew; returns its path.

    The page holds all it shows and asks nothing of the network. Call while holding the data directory,
    as dbt opens the warehouse for the types of the columns. Raises ModelsFailed with dbt's own message.
    """
    target = settings.dbt_dir / "lineage"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    # What is parsed already need not be parsed again.
    for parsed in (prepare_manifest(settings), settings.dbt_dir / "partial_parse.msgpack"):
        shutil.copy(parsed, target)
    run_dbt(settings, target, "docs", "generate", "--static", "--no-compile")
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    page = settings.reports_dir / NAME
    (target / "static_index.html").replace(page)
    shutil.rmtree(target)
    return page
