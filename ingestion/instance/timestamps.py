"""Times as the platform stores them: whole seconds, UTC, written `YYYY-MM-DD HH:MM:SS`.

The worlds reckon in seconds since 1970 and write the text at the very end. A duration has the same
form: 1970-01-01 plus its length (Table API reference, section 5.5).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

MINUTE = 60
HOUR = 3600
DAY = 86_400
WEEK = 7 * DAY

_EPOCH = datetime(1970, 1, 1)
# Worlds write millions of times; parts from tables take a fifth of what formatting takes.
_MINUTES = tuple(f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440))
_SECONDS = tuple(f"{second:02d}" for second in range(60))


def stamp(seconds: int) -> str:
    """Seconds since 1970 as `glide_date_time` text; a length in seconds as `glide_duration` text."""
    days, rest = divmod(seconds, DAY)
    return _day(days) + _MINUTES[rest // MINUTE] + _SECONDS[rest % MINUTE]


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).strftime("%Y-%m-%d ")


def seconds_of(text: str) -> int:
    """The inverse of `stamp`. Raises ValueError for text of another form, the empty text included."""
    return epoch_seconds(datetime.fromisoformat(text))


def epoch_seconds(moment: datetime) -> int:
    """A naive moment is UTC; fractions of a second are cut."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - _EPOCH) // timedelta(seconds=1)


def moment_of(seconds: int) -> datetime:
    """Seconds since 1970 as a naive UTC moment."""
    return _EPOCH + timedelta(seconds=seconds)
