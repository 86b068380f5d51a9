"""What a process that died left behind, put right at the next start.

Every run holds the lock on the data directory from its first to its last step. Whoever holds it may
therefore conclude that a run still marked `running` has no process any more.
"""

from collections.abc import Callable
from datetime import datetime

from orchestration.state.connectors import Connector, Connectors
from orchestration.state.database import StateDatabase
from orchestration.state.runs import Runs
from orchestration.state.transitions import ATTEMPTING, ConnectorStatus


def recover(
    database: StateDatabase,
    *,
    actor: str,
    published_run: str | None,
    next_tick: Callable[[Connector], datetime | None],
) -> list[str]:
    """End the runs and attempts of processes that are gone; returns a line for each.

    `published_run` is how the id of the run begins whose file the link shows: it had done all its work
    and is `succeeded`, though it could not say so any more. `next_tick` says when the schedule comes back to a
    connector. Call only while holding the lock on the data directory.
    """
    runs, connectors = Runs(database), Connectors(database)
    lines = []
    for cycle in runs.unfinished_cycles():
        done = _has_published(cycle.run_id, published_run)
        error = None if done else f"process {cycle.pid} ended without finishing the run"
        for run in runs.of(cycle.run_id):
            if run.status == "running":
                runs.finish(run.run_id, run.instance, error, exit_code=0 if done else 1)
        runs.finish_cycle(cycle.run_id, "succeeded" if done else "failed", 0 if done else 1, error)
        lines.append(f"run {cycle.run_id}: {error or 'had published before its process ended'}")
    for connector in connectors.all():
        if connector.status not in ATTEMPTING:
            continue
        last = runs.last(1, connector.name)
        done = bool(last) and last[0].status == "succeeded" and _has_published(last[0].run_id, published_run)
        connectors.move(
            connector.name,
            ConnectorStatus.ACTIVE if done else ConnectorStatus.SYNC_ERROR,
            cause="published" if done else "the process of the run ended",
            actor=actor,
            run_id=last[0].run_id if last else None,
            rescheduled_for=next_tick(connector),
        )
        lines.append(f"connector {connector.name}: {connector.status} recovered")
    return lines


def _has_published(run_id: str, published_run: str | None) -> bool:
    return published_run is not None and run_id.startswith(published_run)
