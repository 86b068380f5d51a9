"""Service level agreements: the definitions, and the `task_sla` rows that run on a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.instance.business_hours import add_business_seconds, business_seconds
from ingestion.instance.company.identity import Row, sys_id_of, system_columns
from ingestion.instance.company.life import CREATE, UPDATE, Event
from ingestion.instance.timestamps import DAY, HOUR, MINUTE, stamp

_BY = "system"
_EVER_SINCE = 5 * 365 * DAY
#: Seconds by priority; those of priority 3 and below count in business time.
_RESPONSE = {1: 15 * MINUTE, 2: 30 * MINUTE, 3: 4 * HOUR, 4: 9 * HOUR, 5: 18 * HOUR}
_RESOLUTION = {1: 4 * HOUR, 2: 8 * HOUR, 3: 27 * HOUR, 4: 45 * HOUR, 5: 90 * HOUR}
_LAST_ROUND_THE_CLOCK = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """One row of `contract_sla`: `target` seconds, in business time or round the clock."""

    sys_id: str
    name: str
    target: int
    is_business: bool
    schedule: str

    def elapsed(self, start: int, end: int) -> int:
        """Seconds that count between two moments."""
        return business_seconds(start, end) if self.is_business else max(0, end - start)

    def due(self, start: int, seconds: int) -> int:
        """When `seconds` that count have gone by since `start`."""
        return add_business_seconds(start, seconds) if self.is_business else start + seconds


class Agreements:
    """All definitions, by priority."""

    def __init__(self, seed: int, start: int) -> None:
        self._seed = seed
        created = stamp(start - _EVER_SINCE)
        self.schedule = sys_id_of(seed, "cmn_schedule", "business")
        self.rows: dict[str, list[Row]] = {
            "cmn_schedule": [
                system_columns(self.schedule, created)
                | {"name": "8-5 weekdays", "time_zone": "UTC", "type": "schedule"}
            ],
            "contract_sla": [],
        }
        self.response = {priority: self._define("response", priority, created) for priority in _RESPONSE}
        self.resolution = {priority: self._define("resolution", priority, created) for priority in _RESOLUTION}
        self._define("resolution", 0, created, active="false")

    def _define(self, target: str, priority: int, created: str, active: str = "true") -> Agreement:
        seconds = (_RESPONSE if target == "response" else _RESOLUTION).get(priority, DAY)
        is_business = priority > _LAST_ROUND_THE_CLOCK
        schedule = self.schedule if is_business else ""
        name = f"Priority {priority} {target}" if priority else "Old agreement (withdrawn)"
        sys_id = sys_id_of(self._seed, "contract_sla", name)
        self.rows["contract_sla"].append(
            system_columns(sys_id, created)
            | {
                "name": name,
                "type": "SLA",
                "target": target,
                "collection": "incident",
                "duration": stamp(seconds),
                "schedule": schedule,
                "timezone": "UTC",
                "start_condition": f"active=true^priority={priority}^EQ",
                "stop_condition": "stateIN6,7^EQ" if target == "resolution" else "assigned_toISNOTEMPTY^EQ",
                "pause_condition": "state=3^EQ" if target == "resolution" else "",
                "active": active,
                "retroactive": "true",
                "set_start_to": "sys_created_on",
            }
        )
        return Agreement(sys_id, name, seconds, is_business, schedule)


def run(
    agreement: Agreement,
    ticket: str,
    key: str,
    *,
    start: int,
    attached: int,
    end: int | None,
    pauses: Sequence[tuple[int, int | None]] = (),
    is_cancelled: bool = False,
) -> tuple[list[Event], int | None]:
    """The events of one `task_sla` row, and the moment it breaches, if it does.

    It counts from `start`, is attached at `attached` and stops at `end` (None: never). `pauses` are
    moments of pausing and resuming (None: not yet), in order.
    """
    stages = _stages(agreement, start, end, pauses)
    breach = next((moment for moment, stage, *_ in stages if stage == "breach"), None)
    events: list[Event] = []
    common = {
        "task": ticket,
        "sla": agreement.sys_id,
        "start_time": stamp(start),
        "original_breach_time": stamp(agreement.due(start, agreement.target)),
        "schedule": agreement.schedule,
        "timezone": "UTC",
    }
    has_breached = "false"
    for moment, stage, counted, paused, pause_began in stages:
        if stage == "breach":
            has_breached, stage = "true", "in_progress"
        ended = stage == "end"
        values = {
            "stage": ("cancelled" if is_cancelled else "completed") if ended else stage,
            "active": "false" if ended else "true",
            "has_breached": has_breached,
            "end_time": stamp(moment) if ended else "",
            "planned_end_time": stamp(agreement.due(start, agreement.target) + paused),
            "pause_time": stamp(pause_began) if stage == "paused" else "",
            "pause_duration": stamp(paused) if paused else "",
            "business_pause_duration": stamp(paused) if paused else "",
        } | _progress(agreement, start, moment, counted, paused)
        if events:
            events.append(Event(max(moment, attached), UPDATE, "task_sla", key, values, _BY))
        else:
            events.append(Event(attached, CREATE, "task_sla", key, common | values, _BY))
    return events, breach


def _stages(
    agreement: Agreement, start: int, end: int | None, pauses: Sequence[tuple[int, int | None]]
) -> list[tuple[int, str, int, int, int]]:
    """Moments at which the row is written: (moment, stage, seconds counted, seconds paused, pause began)."""
    stages = [(start, "in_progress", 0, 0, 0)]
    counted = paused = 0
    since = start

    def count_until(moment: int) -> None:
        nonlocal counted
        gone = agreement.elapsed(since, moment)
        for mark, stage in ((agreement.target // 2, "in_progress"), (agreement.target, "breach")):
            if counted < mark <= counted + gone:
                stages.append((agreement.due(since, mark - counted), stage, mark, paused, 0))
        counted += gone

    for began, resumed in pauses:
        if end is not None and began >= end:
            break
        count_until(began)
        stages.append((began, "paused", counted, paused, began))
        if resumed is None or (end is not None and resumed >= end):
            since = -1
            break
        paused += resumed - began
        since = resumed
        stages.append((resumed, "in_progress", counted, paused, 0))
    if since >= 0:
        # Where nothing ends it, it runs until it has breached; after that no job touches it.
        count_until(end if end is not None else agreement.due(since, agreement.target + 1))
    if end is not None:
        stages.append((end, "end", counted, paused, 0))
    return stages


def _progress(agreement: Agreement, start: int, moment: int, counted: int, paused: int) -> Row:
    """Elapsed and remaining time, 24x7 and by the schedule, and their shares of the target in per cent."""
    elapsed = max(0, moment - start - paused)
    left = max(0, agreement.target - counted)
    return {
        "duration": stamp(elapsed),
        "business_duration": stamp(counted),
        "time_left": stamp(max(0, agreement.target - elapsed)),
        "business_time_left": stamp(left),
        "percentage": f"{100 * elapsed / agreement.target:.2f}",
        "business_percentage": f"{100 * counted / agreement.target:.2f}",
    }
