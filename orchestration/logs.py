"""The log on standard error: one line an event, each with the id of the run it belongs to.

The levels are ERROR, WARN, INFO and DEBUG. A process has an id from its start, which its first run
takes over, so that the lines before the run's first step are found with it.
"""

import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from uuid import uuid4

from ingestion.settings import LogSettings

#: Our own parts. The tools' chatter stays in their files, below DEBUG.
_OURS = ("ingestion", "orchestration")
_LEVELS = {"ERROR": logging.ERROR, "WARN": logging.WARNING, "INFO": logging.INFO, "DEBUG": logging.DEBUG}


class _Current:
    """The id that lines bear now. A process has one run at a time, whatever threads it uses."""

    run_id = str(uuid4())
    is_taken = False
    as_json = False


def new_run_id() -> str:
    """The id for a run that this process is about to start; lines bear it from now on."""
    if _Current.is_taken:
        _Current.run_id = str(uuid4())
    _Current.is_taken = True
    return _Current.run_id


def of_run(run_id: str) -> None:
    """From now on lines belong to a run whose id was given by others."""
    _Current.run_id, _Current.is_taken = run_id, True


def is_json() -> bool:
    """Whether standard error is for machines: nothing but documents, a line each."""
    return _Current.as_json


class _Stamp(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.run_id = _Current.run_id
        record.level = "WARN" if record.levelno == logging.WARNING else record.levelname
        record.at = datetime.fromtimestamp(record.created, UTC)
        return True


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # The first eight characters stand in the names of published files, too.
        line = f"{record.at:%Y-%m-%d %H:%M:%S} {record.level} [{record.run_id[:8]}] {record.getMessage()}"  # type: ignore[attr-defined]
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        document = {
            "at": f"{record.at:%Y-%m-%dT%H:%M:%S.%fZ}",  # type: ignore[attr-defined]
            "level": record.level,  # type: ignore[attr-defined]
            "run_id": record.run_id,  # type: ignore[attr-defined]
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document)


class _Handler(logging.StreamHandler):
    """Ours among the handlers that others may have set."""


def configure(settings: LogSettings) -> None:
    """Log to standard error from now on, as told; what an earlier call set up is replaced."""
    level = _LEVELS[settings.level]
    _Current.as_json = settings.format == "json"
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Json() if _Current.as_json else _Text())
    handler.addFilter(_Stamp())
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level if level == logging.DEBUG else max(level, logging.WARNING))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    if level != logging.DEBUG:
        warnings.simplefilter("ignore")
        # Dagster hands every event to its own logger, at its own level; its event log keeps them.
        dagster = logging.getLogger("dagster")
        dagster.addHandler(logging.NullHandler())
        dagster.propagate = False
