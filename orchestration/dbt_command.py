"""`python -m orchestration.dbt_command --parent=PID ...`: dbt, ended when the process that called it has gone.

dbt writes the warehouse, which its caller holds a lock for. Were the caller killed, dbt would write
on without the lock, into the next run.
"""

import os
import sys
import threading
from typing import Any

_POLL_SECONDS = 0.2
_PARENT = "--parent="


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


def main() -> None:
    """Watch first: importing dbt takes seconds, in which the caller may be killed."""
    # Its number comes from the caller: one that dies before we look is not ours to see any more.
    (parent,) = (int(text.removeprefix(_PARENT)) for text in sys.argv if text.startswith(_PARENT))
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    from dbt.cli.main import cli

    write_what_is_asked_for()
    sys.argv = ["dbt", *(text for text in sys.argv[1:] if not text.startswith(_PARENT))]
    cli()


if __name__ == "__main__":
    main()
