"""A fuzzer that reads the OpenAPI document finds no server error and no answer that is not described there."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.settings import Settings
from orchestration.api import create_app
from orchestration.api.gate import Limits
from orchestration.api.rates import Rate

#: Cron expressions and addresses of hosts are more than a pattern can say: some that fit it are refused.
_NOT_ASKED = "positive_data_acceptance"


@pytest.fixture
def served(settings: Settings) -> Iterator[str]:
    """The application on a port, without limits of rate: a fuzzer is in a hurry."""
    import socket

    import uvicorn

    free = Rate(per_minute=1e9, burst=10**9)
    app = create_app(settings, limits=Limits(token=free, address=free))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)


@pytest.mark.proof
def test_a_fuzzer_finds_no_5xx_and_no_undocumented_answer(served: str, full: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", f"{served}/openapi.json",
            "--header", f"Authorization: Bearer {full}",
            "--max-examples", "15", "--generation-deterministic", "--no-color",
            "--checks", "all", "--exclude-checks", _NOT_ASKED,
        ],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    assert "Tested: 11" in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 0, ended.stdout
