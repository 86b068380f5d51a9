"""Commands that must answer at once import nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import sys
from orchestration.cli import app
app(sys.argv[1:], standalone_mode=False)
heavy = {"dagster", "dagster_dbt", "dlt", "dbt", "great_expectations", "pandas", "streamlit"} & set(sys.modules)
sys.exit(f"imported {sorted(heavy)}" if heavy else 0)
"""


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["sync", "--help"],
        ["status"],
        ["doctor"],
        ["connector", "list"],
        ["retention", "--dry-run"],
        ["config", "history"],
    ],
)
def test_a_quick_command_imports_nothing_heavy(command: list[str], data_dir: Path) -> None:
    environment = {
        "TICKETLAKE_DATA_DIR": str(data_dir),
        "SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9",
        "SERVICENOW_API_KEY": "k",
    }
    config = data_dir.with_suffix(".toml")
    config.write_text("[instances.default]\nmax_attempts = 1\n")
    options = [] if "--help" in command else ["--config", str(config)]
    ended = subprocess.run(
        [sys.executable, "-c", ASK, *command, *options], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
