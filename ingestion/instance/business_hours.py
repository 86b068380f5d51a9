"""The instance's one calendar: Monday to Friday, 08:00 to 17:00 UTC, no holidays."""

from ingestion.instance.timestamps import DAY, HOUR, WEEK

_OPENS = 8 * HOUR
_OPEN_FOR = 9 * HOUR
_WORKDAYS = 5
#: 1970-01-01 was a Thursday: the Monday before it lies three days back.
_FROM_MONDAY = 3 * DAY


def business_seconds(start: int, end: int) -> int:
    """Seconds of business time from `start` to `end` (seconds since 1970); 0 where `end` is not later."""
    return max(0, _elapsed(end) - _elapsed(start))


def add_business_seconds(start: int, seconds: int) -> int:
    """The first moment that lies `seconds` (> 0) of business time after `start`."""
    weeks, rest = divmod(_elapsed(start) + seconds, _WORKDAYS * _OPEN_FOR)
    days, time = divmod(rest, _OPEN_FOR)
    if time == 0:  # the end of a business day, not the beginning of the next
        if days == 0:
            weeks, days = weeks - 1, _WORKDAYS
        days, time = days - 1, _OPEN_FOR
    return weeks * WEEK + days * DAY + _OPENS + time - _FROM_MONDAY


def _elapsed(moment: int) -> int:
    """Business seconds from the Monday before 1970 to `moment`."""
    weeks, rest = divmod(moment + _FROM_MONDAY, WEEK)
    weekday, time = divmod(rest, DAY)
    if weekday >= _WORKDAYS:
        return (weeks + 1) * _WORKDAYS * _OPEN_FOR
    return (weeks * _WORKDAYS + weekday) * _OPEN_FOR + min(max(time - _OPENS, 0), _OPEN_FOR)
