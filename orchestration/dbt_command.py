"""`python -m orchestration.dbt_command --parent=PID [--unchanged] ...`: dbt, ended when its caller has gone.

dbt writes the warehouse, which its caller holds a lock for. Were the caller killed, dbt would write
on without the lock, into the next run.

With `--unchanged`, what the project alone decides is not made again: the manifest, views that are there, files.
"""

import atexit
import gc
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from orchestration import dbt_savings

_POLL_SECONDS = 0.2
_PARENT = "--parent="
#: A command with a folder of its own keeps nothing for later ones.
_TARGET = "--target-path"
#: For a build of the project that the last one was of, over the same columns.
UNCHANGED = "--unchanged"


def end_with_parent(parent: int) -> None:
    """Leave at once when the parent is no longer the one that started us."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_POLL_SECONDS)
    os._exit(1)


def main() -> None:
    """Watch first: importing dbt takes seconds, in which the caller may be killed."""
    # Its number comes from the caller: one that dies before we look is not ours to see any more.
    (parent,) = (int(text.removeprefix(_PARENT)) for text in sys.argv if text.startswith(_PARENT))
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    # What dbt holds, it holds to its end; looking for what it does not takes a tenth of its processor time.
    gc.disable()
    dbt_savings.compile_late()
    from dbt.cli.main import cli

    dbt_savings.make_what_is_asked_for()
    dbt_savings.name_sources_of_flags()
    dbt_savings.share_types()
    dbt_savings.flatten_macros()
    state: dict[str, Any] = {}
    if _TARGET not in sys.argv:
        kept = Path(os.environ["DBT_TARGET_PATH"])
        templates = dbt_savings.KeptTemplates(kept / "templates.marshal")
        templates.install()
        atexit.register(templates.write)
        manifest = dbt_savings.KeptManifest(kept / "manifest.pickle", kept / "partial_parse.msgpack")
        manifest.install()
        if UNCHANGED in sys.argv:
            state["manifest"] = manifest.read()
    if UNCHANGED in sys.argv:
        dbt_savings.keep_views()
        dbt_savings.keep_files()
        dbt_savings.keep_columns()
        dbt_savings.keep_configuration()
        dbt_savings.keep_graph()
        dbt_savings.leave_with_memory()
    sys.argv = ["dbt", *(text for text in sys.argv[1:] if text != UNCHANGED and not text.startswith(_PARENT))]
    leave_after(lambda: cli(obj=state))


def leave_after(command: Callable[[], object]) -> NoReturn:
    """End as Python does after a command, but for giving back its memory piece by piece, which takes half a second."""
    code: object = 0
    try:
        command()
    except SystemExit as end:
        code = end.code or 0
    if not isinstance(code, int):
        sys.exit(str(code))
    # The last one registered is the first to be called; closing the warehouse is among them.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
