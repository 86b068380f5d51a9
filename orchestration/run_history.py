"""How many runs Dagster remembers: each takes some 5 MB, and what a run came to is in `state.sqlite` for good."""

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

#: A day of the default schedule.
KEPT_RUNS = 12
_ENDS = (
    (dg.DagsterRunStatus.SUCCESS,),
    (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED),
)


def forget_old_runs(instance: dg.DagsterInstance, kept: int = KEPT_RUNS) -> list[str]:
    """Delete all but the newest runs that ended well, and all but as many that did not; the ids of those deleted.

    Days of a backfill stay: by their runs Dagster knows which days were read.
    """
    forgotten = []
    for ends in _ENDS:
        ended = instance.get_run_records(dg.RunsFilter(statuses=list(ends)))
        ordinary = [record.dagster_run for record in ended if PARTITION_NAME_TAG not in record.dagster_run.tags]
        for run in ordinary[kept:]:
            instance.delete_run(run.run_id)
            forgotten.append(run.run_id)
    return forgotten
