"""The demonstration itself: an initial sync and ticks of two hours while tickets change and go."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ingestion.instance import ControlClient, EmbeddedProcess, InstanceOptions, ServeOptions
from ingestion.settings import Credentials, InstanceSettings, Settings
from orchestration.demo.data_directory import NAME
from orchestration.job import Outcome
from orchestration.request import CycleRequest

TICK = timedelta(hours=2)
DELETES = 20
SILENT_DELETES = 5

#: Runs one pass of the job at a setting, under a title.
RunCycle = Callable[[str, Settings, CycleRequest], Outcome]


@dataclass(frozen=True)
class Result:
    """What came of it. `truth` is the instance's own at the end; `deleted` are the incidents that went meanwhile.

    `outcome` is that of the last pass; where one failed, the ticks after it were left out.
    """

    outcome: Outcome
    truth: dict[str, Any]
    deleted: list[str]


def play(settings: Settings, *, incidents: int, days: int, seed: int, ticks: int, run_cycle: RunCycle) -> Result:
    """Serve a generated company from its own process and follow it for so many ticks, one at least.

    The last tick's clock is the settings' now. Some tickets go without a trace, which only a comparison
    of keys finds; it comes once a day by itself, and here with the last tick.
    """
    password = secrets.token_urlsafe(24)
    start = settings.now() - ticks * TICK
    company = ServeOptions(incidents=incidents, days=days, seed=seed, now=start)
    with EmbeddedProcess(company, instance_options=InstanceOptions(username=NAME, password=password)) as served:
        instance = InstanceSettings(NAME, served.url, Credentials(username=NAME, password=password))
        configured = settings.instances.get(NAME)
        if configured is not None:
            instance = replace(configured, url=instance.url, credentials=instance.credentials)
        settings = replace(settings, instances={NAME: instance}, fixed_now=start)
        request = CycleRequest(actor=NAME)
        outcome = run_cycle("initial sync", settings, request)
        deleted: list[str] = []
        for tick in range(1, ticks + 1):
            if outcome.exit_code:
                break
            settings = replace(settings, fixed_now=served.control.advance(TICK.total_seconds()))
            last = tick == ticks
            if last:
                deleted = _delete(served.control, DELETES, unaudited=SILENT_DELETES)
            request = replace(request, kind="reconcile" if last else "sync")
            title = f"tick {tick} of {ticks}{', with keys compared' if last else ''}"
            outcome = run_cycle(title, settings, request)
        return Result(outcome, served.control.truth(), deleted)


def _delete(control: ControlClient, count: int, *, unaudited: int) -> list[str]:
    """Have the company delete closed tickets; the sys_ids."""
    (deleted,) = control.mutate({"op": "demo_deletes", "count": count, "unaudited": unaudited})
    return list(deleted)
