"""What a build here leaves out of dbt's work shows in nothing that dbt says or writes."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.contracts.relation import RelationType
from dbt.contracts.graph import nodes
from dbt_common import behavior_flags
from dbt_common.clients import jinja
from dbt_common.events import base_types, event_manager, logger
from dbt_common.events.base_types import EventLevel, EventMsg, msg_from_base_event
from dbt_common.events.types import Note, PrintEvent
from dbt_common.exceptions.events import EventCompilationError

from orchestration.dbt_project import PROJECT, dbt_command
from orchestration.dbt_savings import (
    KeptManifest,
    KeptTemplates,
    keep_files,
    make_what_is_asked_for,
    name_sources_of_flags,
)
from tests.conftest import ROOT


@pytest.fixture
def savings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Takes back what a test replaces."""
    for owner, name in (
        (base_types.BaseEvent, "__init__"),
        (event_manager.EventManager, "fire_event"),
        (logger._Logger, "write_line"),
        (behavior_flags.BehaviorFlagRendered, "_default_source"),
        (nodes, "write_file"),
    ):
        monkeypatch.setattr(owner, name, vars(owner)[name])
    monkeypatch.setattr(base_types.BaseEvent, "pb_msg", None, raising=False)
    monkeypatch.setattr(jinja.MacroFuzzEnvironment, "compile", jinja.MacroFuzzEnvironment.compile)
    yield monkeypatch


class Told:
    """An event manager with one log of JSON, at the level of `info`."""

    def __init__(self) -> None:
        self.manager, self.stream, self.lines_made = event_manager.EventManager(), io.StringIO(), 0
        self.manager.add_logger(
            logger.LoggerConfig(
                "small",
                scrubber=self._scrubbed,
                line_format=logger.LineFormat.Json,
                level=EventLevel.INFO,
                output_stream=self.stream,
            )
        )

    def _scrubbed(self, text: str) -> str:
        self.lines_made += 1
        return text

    def tell(self) -> list[dict[str, Any]]:
        """An event of each kind; the lines without what differs from one call to the next."""
        self.manager.fire_event(Note(msg="detail"), level=EventLevel.DEBUG)
        self.manager.fire_event(Note(msg="progress"), level=EventLevel.INFO)
        self.manager.fire_event(PrintEvent(msg="shown"), level=EventLevel.DEBUG)
        self.manager.fire_event(Note(msg="caution"), level=EventLevel.WARN)
        self.manager.fire_event(Note(msg="fault"), level=EventLevel.ERROR)
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        for line in lines:
            del line["info"]["ts"]
        return lines


def test_a_log_says_what_it_said_and_no_event_is_made_in_vain(savings: pytest.MonkeyPatch) -> None:
    before = Told().tell()
    assert [line["data"]["msg"] for line in before] == ["progress", "shown", "caution", "fault"]
    make_what_is_asked_for()
    checked: list[str] = []
    check = base_types.ParseDict

    def counted(given: dict[str, Any], message: Any) -> Any:
        checked.append(given.get("msg", ""))
        return check(given, message)

    savings.setattr(base_types, "ParseDict", counted)
    after = Told()
    assert after.tell() == before
    assert after.lines_made == 4
    assert "detail" not in checked
    assert "progress" in checked


def test_a_log_that_is_called_itself_makes_no_line_that_it_leaves_out(savings: pytest.MonkeyPatch) -> None:
    make_what_is_asked_for()
    told = Told()
    (log,) = told.manager.loggers
    for event, level in (
        (Note(msg="detail"), EventLevel.DEBUG),
        (Note(msg="progress"), EventLevel.INFO),
        (PrintEvent(msg="shown"), EventLevel.DEBUG),
    ):
        log.write_line(msg_from_base_event(event, level=level))
    assert [text for text in ("detail", "progress", "shown") if text in told.stream.getvalue()] == ["progress", "shown"]
    assert told.lines_made == 2


def test_who_listens_hears_every_event_and_a_warning_may_be_an_error(savings: pytest.MonkeyPatch) -> None:
    make_what_is_asked_for()
    heard: list[EventMsg] = []
    told = Told()
    told.manager.add_callback(heard.append)
    told.tell()
    assert [message.data.msg for message in heard] == ["detail", "progress", "shown", "caution", "fault"]
    quiet = event_manager.EventManager()
    quiet.require_warn_or_error_handling = quiet.warn_error = True
    with pytest.raises(EventCompilationError, match="caution"):
        quiet.fire_event(Note(msg="caution"), level=EventLevel.WARN)


def test_a_field_of_an_event_can_be_read_and_set(savings: pytest.MonkeyPatch) -> None:
    make_what_is_asked_for()
    event = Note(msg="one")
    assert (event.msg, event.message()) == ("one", "one")
    event.msg = "two"
    assert event.to_dict() == {"msg": "two"}


def test_a_flag_of_behaviour_names_who_made_it(savings: pytest.MonkeyPatch) -> None:
    flag = behavior_flags.BehaviorFlag(name="small", default=False, docs_url="https://docs.example")
    before = behavior_flags.BehaviorFlagRendered(flag, {})._behavior_change_event.flag_source
    name_sources_of_flags()
    assert behavior_flags.BehaviorFlagRendered(flag, {})._behavior_change_event.flag_source == before == __name__


def test_a_file_of_a_node_is_written_where_it_says_something_else(savings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keep_files()
    path = tmp_path / "compiled" / "small.sql"
    nodes.write_file(str(path), "select 'é'")
    os.utime(path, (1, 1))
    nodes.write_file(str(path), "select 'é'")
    assert path.stat().st_mtime == 1
    nodes.write_file(str(path), "select 2")
    assert path.read_text() == "select 2"


def _rendered(kept: KeptTemplates, text: str, native: bool = False) -> Any:
    kept.install()
    context = {"one": 1, "kind": RelationType.View}
    return jinja.render_template(jinja.get_template(text, context, native=native), context)


def test_the_code_of_templates_is_kept_from_one_build_to_the_next(savings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "templates.marshal"
    text = "{% macro small(a) %}{{ a }}{% endmacro %}{{ one }} {{ kind }}"
    made: list[str] = []
    generate = jinja.MacroFuzzEnvironment._generate

    def counted(env: Any, source: Any, *more: Any, **options: Any) -> Any:
        made.append(env.code_generator_class.__name__)
        return generate(env, source, *more, **options)

    savings.setattr(jinja.MacroFuzzEnvironment, "_generate", counted)
    for times in (1, 1, 1):
        kept = KeptTemplates(path)
        assert _rendered(kept, text) == "1 view"
        kept.write()
        assert len(made) == times
    # The same text as a value of Python is other code.
    kept = KeptTemplates(path)
    assert _rendered(kept, "{{ one }}", native=True) == 1
    assert _rendered(kept, "{{ one }}") == "1"
    kept.write()
    assert len(made) == 3


@pytest.mark.parametrize("damage", [lambda stored: stored[:-1], lambda stored: b"", lambda stored: b"1" + stored[1:]])
def test_a_damaged_file_of_code_is_made_again(damage: Any, savings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "templates.marshal"
    for _ in range(2):
        kept = KeptTemplates(path)
        assert _rendered(kept, "{{ one }}") == "1"
        kept.write()
        stored = path.read_bytes()
        path.write_bytes(damage(stored))
    kept = KeptTemplates(path)
    assert _rendered(kept, "{{ one }}") == "1"
    kept.write()
    assert path.read_bytes() == stored


def test_the_kept_manifest_finds_what_the_parsed_one_does(tmp_path: Path) -> None:
    parsed = tmp_path / "partial_parse.msgpack"
    environment = {**os.environ, "DBT_TARGET_PATH": str(tmp_path), "DBT_LOG_PATH": str(tmp_path)}
    command = [*dbt_command(), "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    kept = KeptManifest(tmp_path / "manifest.pickle", parsed)
    manifest = kept.read()
    written = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest.nodes.keys() | manifest.unit_tests.keys() >= written["nodes"].keys()
    assert manifest.sources.keys() == written["sources"].keys()
    model = manifest.ref_lookup.find("itsm", None, None, manifest)
    assert model.unique_id == "model.ticketlake.itsm"
    source = manifest.source_lookup.find("raw_servicenow.incident", "ticketlake", manifest)
    assert source.unique_id == "source.ticketlake.raw_servicenow.incident"
    assert manifest.flat_graph["nodes"].keys() == manifest.nodes.keys()
    parsed.write_bytes(parsed.read_bytes() + b"other")
    assert kept.read() is None


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(2)", 2, ""),
        ("sys.exit('no such model')", 1, "no such model\n"),
        ("raise SystemError('broken')", 1, "SystemError: broken\n"),
    ],
)
def test_a_command_ends_with_its_code_and_leaves_nothing_undone(end: str, code: int, said: str) -> None:
    program = f"""
import atexit, sys
from orchestration.dbt_command import leave_after
def command():
    print("done", end="")
    {end}
atexit.register(print, ", closed", end="")
leave_after(command)
"""
    left = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (left.returncode, left.stdout) == (code, "done, closed")
    assert left.stderr.endswith(said)
    assert bool(left.stderr) == bool(said)


@pytest.mark.parametrize("end", ["", "spilled.mkdir()", "cursor.execute('begin; insert into small values (2)')"])
def test_a_build_leaves_what_it_wrote_in_the_warehouse(end: str, tmp_path: Path) -> None:
    """Also where it spilled, or was cut off in a transaction."""
    program = f"""
from pathlib import Path
from types import SimpleNamespace
import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from orchestration.dbt_command import leave_after
from orchestration.dbt_savings import leave_with_memory
spilled = Path("spilled")
connection = duckdb.connect()
connection.execute("attach 'warehouse.duckdb' as warehouse; use warehouse; create table small as select 1 as number")
cursor = connection.cursor()
DuckDBConnectionManager._ENV = SimpleNamespace(
    conn=connection, creds=SimpleNamespace(database="warehouse", config_options={{"temp_directory": str(spilled)}})
)
leave_with_memory()
def command():
    cursor.execute("use warehouse")
    {end or "pass"}
leave_after(command)
"""
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    assert (tmp_path / "warehouse.duckdb.wal").exists() == end.startswith("spilled")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as left:
        assert left.execute("select number from small").fetchall() == [(1,)]
