"""One build of the models on a raw world, as the pipeline calls dbt: its seconds, memory, and those of each model."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.report import Measurement
from ingestion.settings import Settings
from orchestration.built_models import building
from orchestration.dbt_project import PROJECT, dbt_command, model_variables, prepare_manifest, raise_on_failures
from orchestration.environment import prepare_environment


def build(settings: Settings) -> Measurement:
    """Models and their tests, in a process of its own. Parsing the project comes before and is not in the seconds.

    Gives `seconds`, `cpu_seconds`, `peak_mib` of that process; `overhead`, the seconds before its first node began and
    after its last one ended; `models` and `tests`: name to seconds. Raises ModelsFailed or QualityError as a sync
    would.
    """
    prepare_environment(settings)
    prepare_manifest(settings)
    # As Dagster calls it, which reads the events: dbt takes longer to write them so.
    environment = {**os.environ, "DBT_LOG_FORMAT": "json"}
    log = settings.dbt_dir / "output.log"
    started = time.perf_counter()
    with building(settings) as parts:
        with (
            log.open("wb") as output,
            subprocess.Popen(
                _command(settings, parts), cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT
            ) as process,
        ):
            # Its own resources, and not those of the greatest child so far.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        raise_on_failures(settings.dbt_dir)
        if process.returncode:
            raise SystemExit(f"dbt ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    seconds = time.perf_counter() - started
    results = json.loads((settings.dbt_dir / "run_results.json").read_bytes())["results"]
    return {
        "seconds": seconds,
        "overhead": seconds - _span(results),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        # Linux gives KiB.
        "peak_mib": usage.ru_maxrss / 1024,
        "models": _seconds_by_name(results, "model"),
        "tests": _seconds_by_name(results, "test"),
    }


def _command(settings: Settings, parts: Sequence[str]) -> list[str]:
    """As a sync calls dbt."""
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    return [
        *dbt_command(),
        "build",
        *parts,
        "--exclude-resource-type",
        "unit_test",
        *model_variables(settings),
        *places,
    ]


def _span(results: Sequence[Mapping[str, Any]]) -> float:
    """Seconds from the start of the first node to the end of the last."""
    steps = [step for result in results for step in result["timing"]]
    began, ended = min(step["started_at"] for step in steps), max(step["completed_at"] for step in steps)
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def _seconds_by_name(results: Sequence[Mapping[str, Any]], kind: str) -> dict[str, float]:
    """All nodes of a kind."""
    parts = ((result["unique_id"].split("."), result["execution_time"]) for result in results)
    return {names[2]: seconds for names, seconds in parts if names[0] == kind}
