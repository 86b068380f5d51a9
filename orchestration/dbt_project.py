"""The dbt project as orchestration uses it: where it is, how it is called, what its results mean."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from ingestion.errors import QualityError, TicketlakeError
from ingestion.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"


class ModelsFailed(TicketlakeError):
    """dbt could not build the models."""


def dbt_command() -> list[str]:
    """How this process calls dbt: by a module of ours, so that it ends with the process that called it."""
    # dbt's log at its own level of detail costs a quarter of the processor time of a build.
    return [sys.executable, "-m", "orchestration.dbt_command", f"--parent={os.getpid()}", "--log-level-file", "error"]


def model_variables(settings: Settings) -> list[str]:
    """`--vars`, where an instance maps a standard field to another column or has extra columns."""
    instances = settings.instances.items()
    variables = {
        "field_map": {name: dict(instance.field_map) for name, instance in instances if instance.field_map},
        "extra_columns": {name: list(instance.extra_columns) for name, instance in instances if instance.extra_columns},
    }
    given = {name: value for name, value in variables.items() if value}
    return ["--vars", json.dumps(given, sort_keys=True)] if given else []


def project_variable(name: str) -> Any:
    """What a variable of the project is where no instance's settings say otherwise."""
    return yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"][name]


def prepare_manifest(settings: Settings) -> Path:
    """The manifest of the project as it is now, in the data directory; parsed again only after a change.

    Raises ModelsFailed with dbt's own message where the project does not parse.
    """
    manifest, stamp = settings.dbt_dir / "manifest.json", settings.dbt_dir / "parsed.sha256"
    digest = project_digest(settings)
    if manifest.is_file() and stamp.is_file() and stamp.read_text() == digest:
        return manifest
    settings.dbt_dir.mkdir(parents=True, exist_ok=True)
    parsing = settings.dbt_dir / "parsing"
    shutil.rmtree(parsing, ignore_errors=True)
    run_dbt(settings, parsing, "parse")
    for name in ("partial_parse.msgpack", manifest.name):
        (parsing / name).replace(settings.dbt_dir / name)
    shutil.rmtree(parsing)
    stamp.write_text(digest)
    return manifest


def project_digest(settings: Settings) -> str:
    """A hash of all that a manifest is made of: the files of the project, its variables, this Python."""
    content = hashlib.sha256(json.dumps([str(PROJECT), sys.version, *model_variables(settings)]).encode())
    for path in sorted(PROJECT.rglob("*")):
        if path.is_file() and path.suffix in (".sql", ".yml", ".csv", ".md", ".py"):
            content.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()


def run_dbt(settings: Settings, target: Path, *command: str) -> None:
    """A command of dbt that builds nothing, with its files in `target`. Raises ModelsFailed with dbt's own message."""
    folders = ["--target-path", target, "--log-path", target, "--project-dir", PROJECT, "--profiles-dir", PROJECT]
    result = subprocess.run(
        [*dbt_command(), *command, "--quiet", *map(str, folders), *model_variables(settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        said = (result.stdout + result.stderr).strip()
        raise ModelsFailed(f"dbt {' '.join(command)} of {PROJECT} failed: {said}")


def public_models(manifest: Path) -> list[tuple[str, str]]:
    """Schema and name of every model that is published, sorted."""
    nodes = json.loads(manifest.read_bytes())["nodes"].values()
    models = ((node["schema"], node["alias"]) for node in nodes if node["resource_type"] == "model")
    return sorted(model for model in models if model[0] in ("sdm", "metrics", "meta"))


def raise_on_failures(target: Path) -> None:
    """Read `run_results.json`: raise QualityError where only tests failed, ModelsFailed for anything else."""
    path = target / "run_results.json"
    results: list[dict[str, Any]] = json.loads(path.read_bytes())["results"] if path.is_file() else []
    failed = [result for result in results if result["status"] in ("error", "fail", "runtime error")]
    if not failed:
        return
    lines = [f"{result['unique_id'].split('.')[2]}: {_first_line(result['message'])}" for result in failed[:3]]
    text = f"{len(failed)} of {len(results)} dbt nodes failed: {'; '.join(lines)}"
    if all(result["status"] == "fail" for result in failed):
        raise QualityError(text)
    raise ModelsFailed(text)


def _first_line(message: str | None) -> str:
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    return " ".join(lines[:2]) or "no message"
