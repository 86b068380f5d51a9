"""What is around every command: its answer printed as text or JSON, its failure as one line."""

import functools
import inspect
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import typer

from ingestion.errors import TicketlakeError
from ingestion.settings import log_settings
from orchestration import logs
from orchestration.commands import options
from orchestration.configuration.last_good import explained

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a command came to. `document` is the JSON, `lines` the same for a person."""

    document: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    exit_code: int = 0
    error: str | None = None


#: Options of every command, with their defaults.
_ADDED = {
    "as_json": (options.Json, False),
    "debug": (options.Debug, False),
    "log_level": (options.LogLevel, None),
}


def answering(
    command: Callable[..., Answer], *, on_failure: Mapping[str, Any] = MappingProxyType({})
) -> Callable[..., None]:
    """A command with `--json`, `--debug` and `--log-level`; prints its answer, ends with its exit code.

    With `--json` one document goes to standard output however the command ends, with `error` where
    it failed, beside what `on_failure` says. Our own errors are one line on standard error; others
    keep Python's way, which `orchestration.cli` shortens unless `--debug` is given.
    """
    own = inspect.signature(command)

    @functools.wraps(command)
    def run(**values: Any) -> None:
        answer = Answer(dict(on_failure), exit_code=1, error="unexpected failure; see standard error")
        try:
            logs.configure(log_settings("DEBUG" if values["debug"] else values["log_level"]))
            answer = command(**{name: value for name, value in values.items() if name in own.parameters})
        except TicketlakeError as error:
            log.debug("failed", exc_info=True)
            answer = Answer(dict(on_failure), exit_code=error.exit_code, error=explained(error))
        finally:
            if values["as_json"]:
                document = {**answer.document, **({"error": answer.error} if answer.error else {})}
                print(json.dumps(document, default=str))
        if not values["as_json"]:
            print("\n".join(answer.lines), end="\n" if answer.lines else "")
        if answer.error and logs.is_json():
            log.error("%s", answer.error)
        elif answer.error:
            print(f"ticketlake: {answer.error}", file=sys.stderr)
        raise typer.Exit(answer.exit_code)

    added = {name: option for name, option in _ADDED.items() if name not in own.parameters}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)
        for name, (kind, default) in added.items()
    ]
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *parameters])  # type: ignore[attr-defined]
    run.__annotations__ = {**command.__annotations__, **{name: kind for name, (kind, _) in added.items()}}
    return run
