"""Standard error: levels as asked for, one run id on every line, JSON where a machine reads."""

import json
import logging
import re
from pathlib import Path
from threading import Thread

import pytest

from ingestion.errors import ConfigurationError
from ingestion.settings import LogSettings, Settings, log_settings
from orchestration import logs
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
from tests.conftest import Ticketlake

#: Fails at the first request, so it logs quickly what every run logs.
UNREACHABLE = {"SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9", "SERVICENOW_API_KEY": "canary-key"}
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (ERROR|WARN|INFO|DEBUG) \[([0-9a-f]{8})\] ")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("config") / "ticketlake.toml"
    file.write_text("[instances.default]\nmax_attempts = 1\n")
    return str(file)


def test_every_line_of_a_run_bears_its_id(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings("DEBUG", "json"))
    try:
        for run_id in (logs.new_run_id(), logs.new_run_id()):
            with open_cycle(settings, run_id, CycleRequest()) as cycle, cycle.step("extract"):
                worker = Thread(target=logging.getLogger("ingestion.client").info, args=("in a thread of its own",))
                worker.start()
                worker.join()
            lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
            assert {line["run_id"] for line in lines} == {run_id}
            said = {(line["level"], line["message"].partition(" after")[0]) for line in lines}
            assert said >= {
                ("INFO", f"sync run {run_id} by command, configuration version 1"),
                ("INFO", "step extract done"),
                ("INFO", "in a thread of its own"),
            }
    finally:
        logs.configure(LogSettings())


def test_the_error_a_command_ends_with_is_a_json_line_too(ticketlake: Ticketlake, tmp_path: Path, config: str) -> None:
    ended = ticketlake(
        *("doctor", "--log-level", "info", "--config", config),
        data_dir=tmp_path / "data",
        environment={**UNREACHABLE, "TICKETLAKE_LOG_FORMAT": "json"},
    )
    (line,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 1
    assert (line["level"], line["logger"]) == ("ERROR", "orchestration.commands.frame")
    assert "checks failed" in line["message"] and "canary" not in ended.stderr


def test_text_lines_do_too_down_to_debug(ticketlake: Ticketlake, tmp_path: Path, config: str) -> None:
    ended = ticketlake(
        *("doctor", "--config", config),
        data_dir=tmp_path / "data",
        environment={**UNREACHABLE, "TICKETLAKE_LOG_LEVEL": "debug"},
    )
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("ticketlake: ")]
    found = [match for match in map(LINE.match, lines) if match]
    assert lines and len(found) == len(lines), ended.stderr
    assert {match[1] for match in found} == {"DEBUG"} and len({match[2] for match in found}) == 1


@pytest.mark.parametrize(
    ("option", "environ", "says"),
    [
        ("loud", {}, "--log-level='loud'"),
        (None, {"TICKETLAKE_LOG_LEVEL": "loud"}, "TICKETLAKE_LOG_LEVEL='loud'"),
        (None, {"TICKETLAKE_LOG_FORMAT": "xml"}, "TICKETLAKE_LOG_FORMAT='xml'"),
    ],
)
def test_an_unknown_level_or_format_is_refused(option: str | None, environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        log_settings(option, environ)


def test_the_option_goes_before_the_environment() -> None:
    assert log_settings("warning", {"TICKETLAKE_LOG_LEVEL": "DEBUG"}).level == "WARN"
    assert log_settings(None, {"TICKETLAKE_LOG_LEVEL": "DEBUG"}).level == "DEBUG"
    assert log_settings(None, {}).level == "WARN"
