"""`python -m orchestration.dbt_command`: dbt, ended when the process that called it has gone.

dbt writes the warehouse, which its caller holds a lock for. Were the caller killed, dbt would write
on without the lock, into the next run.
"""

import os
import sys
import threading

from dbt.cli.main import cli

_POLL_SECONDS = 0.2


def end_with_parent(parent: int) -> None:
    """Leave at once when the parent is no longer the one that started us."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_POLL_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    sys.argv[0] = "dbt"
    cli()
