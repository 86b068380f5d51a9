"""Values that an instance works out when a query runs: `javascript:` expressions and relative dates.

Source: Table API reference, sections 2.2 and 2.3. What `gs` says of days is in the user's zone;
answers are UTC stamps as stored.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingestion.instance.clock import stamp

_CALL = re.compile(r"javascript:\s*gs\.(\w+)\((.*?)\);?\s*", re.DOTALL)
_UNITS = {
    "minutes": "minute",
    "hours": "hour",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "quarters": "quarter",
    "years": "year",
}
_PERIODS = {"Hour": "hour", "Today": "day", "Week": "week", "Month": "month", "Quarter": "quarter", "Year": "year"}
GMT = ZoneInfo("UTC")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class QueryContext:
    """Who asks and when: the clock's naive UTC moment, the user's zone, and how plain literals are read."""

    now: datetime
    zone: ZoneInfo = GMT
    literals_in_user_zone: bool = False
    user_id: str = ""
    user_name: str = ""

    def to_utc(self, local: datetime) -> datetime:
        """A naive moment in the user's zone as naive UTC."""
        return local.replace(tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)

    def to_local(self, moment: datetime) -> datetime:
        """A naive UTC moment in the user's zone, naive."""
        return moment.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)


def shifted(moment: datetime, unit: str, count: int) -> datetime:
    """`moment` plus `count` units; months keep the day where the month has it."""
    if unit in ("month", "quarter", "year"):
        months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
        year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
    return moment + count * timedelta(**{f"{unit}s": 1})


def period_start(moment: datetime, unit: str) -> datetime:
    """The start of the unit that `moment` lies in; weeks start on Monday."""
    if unit == "minute":
        return moment.replace(second=0, microsecond=0)
    if unit == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def period(moment: datetime, unit: str, context: QueryContext) -> tuple[str, str]:
    """First and last second, as UTC stamps, of the unit in the user's zone that a UTC moment lies in."""
    start = period_start(context.to_local(moment), unit)
    return stamp(context.to_utc(start)), stamp(context.to_utc(shifted(start, unit, 1)) - _SECOND)


def evaluate(text: str, context: QueryContext) -> str | None:
    """The value of a `javascript:gs...` expression as the database would be asked for it.

    None where the expression is not one of the common ones.
    """
    match = _CALL.fullmatch(text)
    if match is None:
        return None
    name, arguments = match[1], [part.strip().strip("'\"") for part in match[2].split(",")]
    if name in _SIMPLE:
        return _SIMPLE[name](context)
    if name == "dateGenerate":
        return _generated(arguments, context)
    if name == "getDurationDate":
        return _duration(arguments[0])
    return _ago(name, arguments[0], context) or _this(name, context)


_SIMPLE: dict[str, Callable[[QueryContext], str]] = {
    "getUserID": lambda context: context.user_id,
    "getUserName": lambda context: context.user_name,
    "now": lambda context: context.to_local(context.now).strftime("%Y-%m-%d"),
    "nowDateTime": lambda context: stamp(context.now),
    "nowNoTZ": lambda context: stamp(context.now),
}


def _generated(arguments: list[str], context: QueryContext) -> str | None:
    if len(arguments) != 2:
        return None
    day, time = arguments
    time = {"start": "00:00:00", "end": "23:59:59", "noon": "12:00:00"}.get(time, time)
    try:
        return stamp(context.to_utc(datetime.fromisoformat(f"{day} {time}")))
    except ValueError:
        return None


def _duration(text: str) -> str | None:
    match = re.fullmatch(r"(\d+) (\d+):(\d+):(\d+)", text)
    if match is None:
        return None
    days, hours, minutes, seconds = map(int, match.groups())
    return stamp(datetime(1970, 1, 1) + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))


def _ago(name: str, argument: str, context: QueryContext) -> str | None:
    match = re.fullmatch(r"([a-z]+)Ago(Start|End)?", name)
    if match is None or match[1] not in _UNITS or not re.fullmatch(r"-?\d+", argument):
        return None
    unit = _UNITS[match[1]]
    local = shifted(context.to_local(context.now), unit, -int(argument))
    if match[2] is None:
        return stamp(context.to_utc(local))
    return period(context.to_utc(local), unit, context)[match[2] == "End"]


def _this(name: str, context: QueryContext) -> str | None:
    match = re.fullmatch(r"(beginning|end)Of(This|Last|Next)?(\w+)", name)
    if match is None or match[3] not in (*_PERIODS, "Yesterday", "Tomorrow"):
        return None
    unit = _PERIODS.get(match[3], "day")
    step = {"Last": -1, "Next": 1}.get(match[2] or "", 0) + {"Yesterday": -1, "Tomorrow": 1}.get(match[3], 0)
    moment = context.to_utc(shifted(context.to_local(context.now), unit, step))
    return period(moment, unit, context)[match[1] == "end"]
