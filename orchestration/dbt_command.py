"""`python -m orchestration.dbt_command --parent=PID [--unchanged] ...`: dbt, ended when its caller has gone.

dbt writes the warehouse, which its caller holds a lock for. Were the caller killed, dbt would write
on without the lock, into the next run.

With `--unchanged`, what the project alone decides is not made again: views that are there, and the manifest.
"""

import gc
import os
import sys
import threading
from typing import Any

_POLL_SECONDS = 0.2
_PARENT = "--parent="
#: For a build of the project that the last one was of, over the same columns.
UNCHANGED = "--unchanged"


def end_with_parent(parent: int) -> None:
    """Leave at once when the parent is no longer the one that started us."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_POLL_SECONDS)
    os._exit(1)


def write_what_is_asked_for() -> None:
    """Make no line of an event that its log leaves out.

    dbt makes a line of each of some 4,000 events for each log and drops most of them then, by their level: a
    fifth of the processor time of a build of few rows (dbt-common 1.39).
    """
    from dbt_common.events import logger

    write_line = logger._Logger.write_line

    def written(self: Any, message: Any) -> None:
        log = self._python_logger
        level = logger._log_level_map[logger.EventLevel(message.info.level)]
        # What is printed counts as an error there, whatever its level.
        if log is None or log.isEnabledFor(level) or logger._is_print_event(message):
            write_line(self, message)

    logger._Logger.write_line = written  # type: ignore[assignment]


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

    ModelRunner.compile_and_execute = kept


def keep_manifest() -> None:
    """Leave `manifest.json` as it is: a build writes it twice, which takes as long as a dozen small tables."""
    from dbt.parser import manifest
    from dbt.task import runnable

    def kept(*_given: Any) -> None:
        pass

    manifest.write_manifest = runnable.write_manifest = kept


def main() -> None:
    """Watch first: importing dbt takes seconds, in which the caller may be killed."""
    # Its number comes from the caller: one that dies before we look is not ours to see any more.
    (parent,) = (int(text.removeprefix(_PARENT)) for text in sys.argv if text.startswith(_PARENT))
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    from dbt.cli.main import cli

    # What dbt holds, it holds to its end; looking for what it does not takes a twentieth of its processor time.
    gc.disable()
    write_what_is_asked_for()
    if UNCHANGED in sys.argv:
        keep_views()
        keep_manifest()
    sys.argv = ["dbt", *(text for text in sys.argv[1:] if text != UNCHANGED and not text.startswith(_PARENT))]
    cli()


if __name__ == "__main__":
    main()
