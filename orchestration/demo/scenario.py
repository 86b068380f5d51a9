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

TICKS = 3
TICK = timedelta(hours=2)
AUDITED_DELETES = 15
SILENT_DELETES = 5

#: Runs one pass of the job at a setting, under a title.
RunCycle = Callable[[str, Settings, CycleRequest], Outcome]


@dataclass(frozen=True)
class Result:
    """What came of it. `truth` is the instance's own, from just before the silent deletes.

    `outcome` is that of the last pass; where one failed, the ticks after it were left out.
    """

    outcome: Outcome
    truth: dict[str, Any]
    deleted: list[str]
    deleted_silently: list[str]


def play(settings: Settings, *, incidents: int, days: int, seed: int, run_cycle: RunCycle) -> Result:
    """Serve a generated company from its own process and follow it for `TICKS` ticks.

    The last tick's clock is the settings' now. The tickets that go without a trace go last: only a
    comparison of keys finds them, so the truth to be met is the one from before they went.
    """
    password = secrets.token_urlsafe(24)
    start = settings.now() - TICKS * TICK
    company = ServeOptions(incidents=incidents, days=days, seed=seed, now=start)
    with EmbeddedProcess(company, instance_options=InstanceOptions(username=NAME, password=password)) as served:
        instance = InstanceSettings(NAME, served.url, Credentials(username=NAME, password=password))
        configured = settings.instances.get(NAME)
        if configured is not None:
            instance = replace(configured, url=instance.url, credentials=instance.credentials)
        settings = replace(settings, instances={NAME: instance}, fixed_now=start)
        request = CycleRequest(actor=NAME)
        outcome = run_cycle("initial sync", settings, request)
        truth: dict[str, Any] = {}
        gone: list[str] = []
        silent: list[str] = []
        for tick in range(1, TICKS + 1):
            if outcome.exit_code:
                break
            settings = replace(settings, fixed_now=served.control.advance(TICK.total_seconds()))
            if tick == 2:
                gone = _delete(served.control, AUDITED_DELETES, unaudited=0)
            if tick == TICKS:
                truth = served.control.truth()
                silent = _delete(served.control, SILENT_DELETES, unaudited=SILENT_DELETES)
            outcome = run_cycle(f"tick {tick} of {TICKS}", settings, request)
        return Result(outcome, truth, gone, silent)


def _delete(control: ControlClient, count: int, *, unaudited: int) -> list[str]:
    """Have the company delete closed tickets; the sys_ids."""
    (deleted,) = control.mutate({"op": "demo_deletes", "count": count, "unaudited": unaudited})
    return list(deleted)
