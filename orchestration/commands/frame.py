"""What is around every command: its answer printed as text or JSON, its failure as one line."""

import functools
import inspect
import json
import logging
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import typer

from ingestion.errors import TicketlakeError
from orchestration.commands import options
from orchestration.configuration.last_good import explained


@dataclass(frozen=True)
class Answer:
    """What a command came to. `document` is the JSON, `lines` the same for a person."""

    document: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    exit_code: int = 0
    error: str | None = None


_ADDED = {"as_json": options.Json, "debug": options.Debug}


def answering(
    command: Callable[..., Answer], *, on_failure: Mapping[str, Any] = MappingProxyType({})
) -> Callable[..., None]:
    """A command with `--json` and `--debug`, whose answer is printed and whose exit code is the process's.

    With `--json` one document goes to standard output however the command ends, with `error` where
    it failed, beside what `on_failure` says. Our own errors are one line on standard error; others
    keep Python's way, which `orchestration.cli` shortens unless `--debug` is given.
    """
    own = inspect.signature(command)

    @functools.wraps(command)
    def run(**values: Any) -> None:
        log_to_stderr(debug=values["debug"])
        answer = Answer(dict(on_failure), exit_code=1, error="unexpected failure; see standard error")
        try:
            answer = command(**{name: value for name, value in values.items() if name in own.parameters})
        except TicketlakeError as error:
            logging.getLogger(__name__).debug("failed", exc_info=True)
            answer = Answer(dict(on_failure), exit_code=error.exit_code, error=explained(error))
        finally:
            if values["as_json"]:
                document = {**answer.document, **({"error": answer.error} if answer.error else {})}
                print(json.dumps(document, default=str))
        if not values["as_json"]:
            print("\n".join(answer.lines), end="\n" if answer.lines else "")
        if answer.error:
            print(f"ticketlake: {answer.error}", file=sys.stderr)
        raise typer.Exit(answer.exit_code)

    added = {name: kind for name, kind in _ADDED.items() if name not in own.parameters}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation=kind)
        for name, kind in added.items()
    ]
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *parameters])  # type: ignore[attr-defined]
    run.__annotations__ = {**command.__annotations__, **added}
    return run


def log_to_stderr(*, debug: bool) -> None:
    """Warnings, or with `debug` everything. The tools' own chatter stays in their files."""
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s" if debug else "%(levelname)s: %(message)s",
    )
    if not debug:
        warnings.simplefilter("ignore")
        # Dagster hands every event to its own logger, at its own level; its event log keeps them.
        dagster = logging.getLogger("dagster")
        dagster.addHandler(logging.NullHandler())
        dagster.propagate = False
