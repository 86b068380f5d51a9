"""What `ticketlake doctor` asks of this machine, before it asks anything of an instance."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ingestion.errors import ConfigurationError, TicketlakeError
from ingestion.servicenow.preflight import Check
from ingestion.settings import Settings
from orchestration.room import check_room
from orchestration.state import check_state

#: Instances run on virtual time in tests, and a first load may take hours.
CLOCK_AHEAD = timedelta(days=1)


def clock_warnings(settings: Settings, source_time: datetime | None) -> list[str]:
    """What is worth saying of this machine's clock beside the source's (naive UTC): one far ahead expires too much.

    A `now` that was set says what it means.
    """
    if settings.fixed_now is not None or source_time is None:
        return []
    ahead = settings.now() - source_time
    if ahead <= CLOCK_AHEAD:
        return []
    return [
        f"this machine's clock is {ahead / timedelta(days=1):,.1f} days ahead of the instance's, and what expires goes"
        " by it: set it right, then run `ticketlake reconcile`"
    ]


def check_machine(settings: Settings) -> Iterator[Check]:
    """Is the data directory writable, has its disk room for a run, is the state whole? Nothing is written."""
    yield _check("data directory", lambda: _writable(settings.data_dir))
    if settings.data_dir.is_dir():
        yield _check("room", lambda: _room(settings))
        yield _check("state", lambda: _state(settings))


def _check(name: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(name, True, ask())
    except TicketlakeError as error:
        return Check(name, False, str(error), exit_code=error.exit_code)


def _writable(path: Path) -> str:
    there = next(each for each in (path, *path.parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ConfigurationError(f"{there} is not writable; set TICKETLAKE_DATA_DIR")
    return f"{path} is writable" if there == path else f"{path} will be made"


def _room(settings: Settings) -> str:
    check_room(settings)
    return f"{shutil.disk_usage(settings.data_dir).free / 1e9:,.1f} GB left"


def _state(settings: Settings) -> str:
    check_state(settings)
    return f"{settings.state_path.name} is whole" if settings.state_path.is_file() else "nothing was synced yet"
