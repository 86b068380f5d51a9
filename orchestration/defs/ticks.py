"""Ticks of a schedule: at most one waits for its turn, and one that is left out is accounted for.

Runs are queued one behind the other (`dagster.yaml`). A tick goes before the days of a backfill that
wait; behind another tick it would only do at once again what that one does.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import uuid4

import dagster as dg

from ingestion.errors import WarehouseLocked
from ingestion.settings import Settings
from orchestration.defs.jobs import NAME, run_config, scheduled
from orchestration.ledger import Ledger
from orchestration.state import StateDatabase

#: Tags of runs: what the tick is for, and what goes first when one run ends (the highest number).
TICK = "ticketlake/tick"
PRIORITY = "dagster/priority"
TICK_PRIORITY, BACKFILL_PRIORITY = "10", "-10"

_UNFINISHED = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def tick(
    instance: dg.DagsterInstance, settings: Settings, run_key: str, targets: Sequence[str], names: Sequence[str] = ()
) -> dg.RunRequest | dg.SkipReason:
    """The run of a tick, or why there is none: the one before has not ended.

    `targets` are the instances it would sync; `names` those it asks for, none for the general schedule.
    What is left out is `skipped` in the state, for each target.
    """
    tags = _tags(names)
    earlier = instance.get_runs(dg.RunsFilter(job_name=NAME, tags={TICK: tags[TICK]}, statuses=list(_UNFINISHED)))
    if not earlier:
        return dg.RunRequest(run_key=run_key, run_config=run_config(scheduled(*names)), tags=tags)
    reason = f"run {earlier[0].run_id} of an earlier tick has not ended"
    ledger = Ledger(settings, StateDatabase(settings.state_path), str(uuid4()), scheduled(*names))
    ledger.refuse(WarehouseLocked(reason), targets)
    return dg.SkipReason(reason)


def _tags(names: Sequence[str]) -> Mapping[str, str]:
    return MappingProxyType({TICK: ",".join(names) or "all", PRIORITY: TICK_PRIORITY})
