"""What dbt does in every build and this project has no use for; each function takes one thing away from this process.

They replace private parts of dbt 1.11, dbt-common 1.39 and mashumaro 3.14. Where a release has moved one of them, dbt
ends with an AttributeError at its start.
"""

import atexit
import hashlib
import marshal
import os
import pickle
import sys
from dataclasses import fields
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

#: What is kept for the next build is no use to other releases of these.
_MADE_BY = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-semantic-interfaces", "jinja2", "mashumaro")


def compile_late() -> None:
    """Write no code for the classes of JSON Schema before it is asked for: a fifth of what importing dbt takes.

    dbt asks for that of all classes of its own. Call before dbt is imported.
    """
    from mashumaro.config import BaseConfig

    _replace(BaseConfig, "lazy_compilation", True)


def make_what_is_asked_for() -> None:
    """Make no event that no log takes, and no line of an event for a log that leaves it out.

    dbt makes some 4,000 events of a build, checks each, and makes a line of it for each log. Most are then dropped by
    their level: that was two fifths of the processor time of a build of few rows.
    """
    from dbt.events.logging import track_behavior_change_warn
    from dbt_common.events import base_types, event_manager, logger

    check = base_types.BaseEvent.__init__
    fire_event = event_manager.EventManager.fire_event
    write_line = logger._Logger.write_line

    def given(self: Any, *args: Any, **kwargs: Any) -> None:
        vars(self)["given"] = args, kwargs

    class Message:
        """Made when it is first looked at; from then on it is the event's own attribute, which comes first."""

        def __get__(self, event: Any, _owner: Any = None) -> Any:
            args, kwargs = vars(event)["given"]
            check(event, *args, **kwargs)
            return vars(event)["pb_msg"]

    def heard(call: Any, name: str) -> bool:
        # Dbt's own, which is always there, cares for one event.
        return call is not track_behavior_change_warn or name == "BehaviorChangeEvent"

    def taken(log: Any, name: str, level: Any) -> bool:
        # What is printed counts as an error there, whatever its level.
        printed = name in logger.PRINT_EVENT_NAMES
        return printed or log._python_logger is None or log._python_logger.isEnabledFor(logger._log_level_map[level])

    def fired(
        self: Any, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
    ) -> None:
        event_level, name = level or e.level_tag(), type(e).__name__
        # A warning may be an error.
        if (
            force_warn_or_error_handling
            or event_level == base_types.EventLevel.WARN
            or any(heard(call, name) for call in self.callbacks)
            or any(taken(log, name, event_level) for log in self.loggers)
        ):
            fire_event(self, e, level, node, force_warn_or_error_handling)

    def written(self: Any, msg: Any) -> None:
        if taken(self, msg.info.name, logger.EventLevel(msg.info.level)):
            write_line(self, msg)

    base_types.BaseEvent.pb_msg = Message()
    _replace(base_types.BaseEvent, "__init__", given)
    _replace(event_manager.EventManager, "fire_event", fired)
    _replace(logger._Logger, "write_line", written)


def name_sources_of_flags() -> None:
    """Find who made a flag of behaviour by the names of modules alone, not by reading their source (0.1 s)."""
    from dbt_common import behavior_flags

    def source() -> str:
        frame = sys._getframe()
        while frame.f_back and frame.f_globals["__name__"] in (__name__, behavior_flags.__name__):
            frame = frame.f_back
        return str(frame.f_globals["__name__"])

    _replace(behavior_flags.BehaviorFlagRendered, "_default_source", staticmethod(source))


def share_types() -> None:
    """Make what guesses the types of a result once for all results of the same columns of text.

    It holds nothing of a result, and making it takes several times as long as reading a result of a few rows.
    """
    from dbt_common.clients import agate_helper

    make = lru_cache(agate_helper.build_type_tester)

    def shared(text_columns: Any, string_null_values: Any = ("null", "")) -> Any:
        return make(frozenset(text_columns), string_null_values)

    _replace(agate_helper, "build_type_tester", shared)


def flatten_macros() -> None:
    """Give a node's context all macros by a few updates, not by looking up each of 600 in five places."""
    from dbt.context import manifest

    to_dict = manifest.ManifestContext.to_dict

    def flat(self: Any) -> Any:
        if not isinstance(self.namespace, manifest.MacroNamespace):
            return to_dict(self)
        found = super(manifest.ManifestContext, self).to_dict()
        # The first place that has a name wins.
        for macros in reversed(list(self.namespace._search_order())):
            found.update(macros)
        return found

    _replace(manifest.ManifestContext, "to_dict", flat)


def keep_views() -> None:
    """Leave every view alone that is there, and say `no-op` of it.

    Two of three models are views. Making one again takes dbt as long as building a small table.
    """
    from dbt.artifacts.schemas.results import NodeStatus
    from dbt.artifacts.schemas.run import RunResult
    from dbt.task.run import ModelRunner

    compile_and_execute = ModelRunner.compile_and_execute

    def kept(self: Any, manifest: Any, context: Any) -> Any:
        node = context.node
        if node.config.materialized != "view":
            return compile_and_execute(self, manifest, context)
        found = self.adapter.get_relation(node.database, node.schema, node.alias)
        if found is None or not found.is_view:
            return compile_and_execute(self, manifest, context)
        return RunResult.from_node(node, NodeStatus.NoOp, "kept")

    _replace(ModelRunner, "compile_and_execute", kept)


def keep_files() -> None:
    """Leave `manifest.json` as it is, and each file of SQL that says the same.

    A build writes the manifest twice, which takes as long as a dozen small tables, and two files of each node.
    """
    from dbt.contracts.graph import nodes
    from dbt.parser import manifest
    from dbt.task import runnable

    write_file = nodes.write_file

    def kept(*_given: Any) -> None:
        pass

    def written(path: str, contents: str = "") -> bool:
        file = Path(path)
        return (file.is_file() and file.read_bytes() == str(contents).encode()) or write_file(path, contents)

    _replace(manifest, "write_manifest", kept)
    _replace(runnable, "write_manifest", kept)
    _replace(nodes, "write_file", written)


def keep_columns() -> None:
    """Ask once which columns a relation has, and not at all which ones a query gives, to compare them with a contract.

    The last build compared both; neither moves without the project or the columns of the raw layer.
    """
    from dbt.adapters.duckdb.impl import DuckDBAdapter

    get_columns = DuckDBAdapter.get_columns_in_relation
    found: dict[str, list[Any]] = {}

    def kept(self: Any, relation: Any) -> list[Any]:
        name = relation.render()
        if not found.get(name):
            found[name] = get_columns(self, relation)
        return list(found[name])

    def asked(_self: Any, _sql: str) -> list[Any]:
        # Called for the query and for the contract: none equal none.
        return []

    _replace(DuckDBAdapter, "get_columns_in_relation", kept)
    _replace(DuckDBAdapter, "get_column_schema_from_query", asked)


def keep_configuration() -> None:
    """Do not check the files of the project's settings again: a schema is made for each kind of them (0.3 s)."""
    from dbt.adapters.contracts.connection import Credentials
    from dbt.contracts import project
    from dbt_common.dataclass_schema import dbtClassMixin

    validate = dbtClassMixin.validate.__func__  # type: ignore[attr-defined]
    checked = Credentials, project.ProfileConfig, project.Project, project.ProjectFlags, project.PackageConfig

    def kept(cls: type, data: Any) -> None:
        if not issubclass(cls, checked):
            validate(cls, data)

    _replace(dbtClassMixin, "validate", classmethod(kept))


def keep_graph() -> None:
    """Look for no circle among the models, where the last build found none, and do not write their graph to files."""
    from dbt.compilation import Compiler, Linker

    def none(*_given: Any) -> None:
        pass

    def no_summary(*_given: Any) -> dict[int, dict[str, Any]]:
        return {}

    _replace(Linker, "find_cycles", none)
    _replace(Linker, "get_graph_summary", no_summary)
    _replace(Compiler, "write_graph_file", none)


def leave_with_memory() -> None:
    """End without giving back what DuckDB holds in memory (0.3 s): write its log into the file, and leave.

    Only before `leave_after`, which ends the process. What has spilled, or cannot be written so, is closed as always.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager as Manager

    close = Manager.close_all_connections

    def leave() -> None:
        environment = Manager._ENV
        spilled = environment is not None and Path(environment.creds.config_options["temp_directory"]).exists()
        if environment is None or environment.conn is None or spilled:
            return close()
        try:
            environment.conn.execute(f"CHECKPOINT {environment.creds.database}")
        except duckdb.Error:
            # The disk is full, say: the log stays, and whoever opens the file next reads it.
            close()

    atexit.unregister(close)
    atexit.register(leave)


class KeptManifest:
    """The parsed project as Python holds it, in a file: made of the one that dbt keeps, it takes half a second.

    `parsed` is dbt's own; what was kept of another one is not used.
    """

    def __init__(self, path: Path, parsed: Path) -> None:
        self._path, self._parsed = path, parsed

    def read(self) -> Any:
        """The manifest, None where none was kept of what is parsed now. Call once dbt has been imported."""
        from dbt.contracts.graph.manifest import Manifest

        kept = _read(self._path, self._parsed_content())
        return None if kept is None else Manifest(**pickle.loads(kept))

    def install(self) -> None:
        """Have dbt keep what it parses from here on."""
        from dbt.cli import requires

        parse_manifest = requires.parse_manifest

        def parsed(*given: Any) -> Any:
            manifest = parse_manifest(*given)
            # Field by field: what its own way to be pickled gives comes back with lookups in each other's places. They
            # are made again when they are asked for. Now, before a build writes into it what it makes of each node.
            names = [field.name for field in fields(manifest) if not field.name.startswith("_")]
            content = {name: getattr(manifest, name) for name in names}
            _write(self._path, pickle.dumps(content), self._parsed_content())
            return manifest

        _replace(requires, "parse_manifest", parsed)

    def _parsed_content(self) -> bytes:
        return self._parsed.read_bytes() if self._parsed.is_file() else b""


class KeptTemplates:
    """The code that Jinja made of macros and models, in a file: a tenth of the processor time of a build of few rows.

    It depends on the text alone, so that of another project does no harm.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        stored = _read(path)
        self._found: dict[tuple[str, bool, str], Any] = {} if stored is None else marshal.loads(stored)
        self._used: dict[tuple[str, bool, str], Any] = {}

    def install(self) -> None:
        """Have dbt use it from here on."""
        from dbt_common.clients import jinja
        from jinja2 import Undefined

        compile_template = jinja.MacroFuzzEnvironment.compile

        def compiled(env: Any, source: Any, name: Any = None, filename: Any = None, *more: Any, **options: Any) -> Any:
            if not isinstance(source, str) or name or filename or more or options or jinja.MACRO_DEBUGGING:
                return compile_template(env, source, name, filename, *more, **options)
            key = type(env).__name__, env.undefined is Undefined, source
            if key not in self._used:
                code = self._found.get(key)
                self._used[key] = compile_template(env, source) if code is None else code
            return self._used[key]

        _replace(jinja.MacroFuzzEnvironment, "compile", compiled)

    def write(self) -> None:
        """For the next build, what this one used."""
        if not self._used.keys() <= self._found.keys():
            _write(self._path, marshal.dumps(self._used))


def _replace(owner: Any, name: str, part: Any) -> None:
    """Put a part in the place of one that is there."""
    getattr(owner, name)
    setattr(owner, name, part)


def _write(path: Path, content: bytes, source: bytes = b"") -> None:
    """Keep what was made of a source, for `_read`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_bytes(_digest(content, source) + content)
    new.replace(path)


def _read(path: Path, source: bytes = b"") -> bytes | None:
    """None where nothing was kept of this source by these releases, or the file was cut off."""
    stored = path.read_bytes() if path.is_file() else b""
    digest, content = stored[:32], stored[32:]
    return content if digest == _digest(content, source) else None


def _digest(content: bytes, source: bytes) -> bytes:
    releases = " ".join((sys.version, *map(version, _MADE_BY)))
    return hashlib.sha256(releases.encode() + hashlib.sha256(source).digest() + content).digest()
