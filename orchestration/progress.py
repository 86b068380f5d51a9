"""Extraction shown to a person: a bar a table on a terminal, plain lines elsewhere. On standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from orchestration.cycle import ProgressOf

#: Elsewhere than on a terminal a table says something every so many rows.
LINE_EVERY = 50_000


@contextmanager
def showing_progress(*, quiet: bool = False) -> Iterator[ProgressOf | None]:
    """Gives what a cycle reports extraction to; nothing is shown where `quiet`."""
    if quiet:
        yield None
        return
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield _Lines
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield lambda instance: _Bars(progress, instance)


class _Bars:
    """A bar for each table of an instance."""

    def __init__(self, progress: Progress, instance: str) -> None:
        self._progress = progress
        self._instance = instance
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, table: str, rows: int, expected: int | None) -> None:
        if table not in self._tasks:
            self._tasks[table] = self._progress.add_task(f"{self._instance} {table}", total=expected)
        self._progress.update(self._tasks[table], completed=rows, total=expected)


class _Lines:
    """A line each time a table has passed another `LINE_EVERY` rows."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._said: dict[str, int] = {}

    def __call__(self, table: str, rows: int, expected: int | None) -> None:
        if rows // LINE_EVERY > self._said.get(table, 0):
            self._said[table] = rows // LINE_EVERY
            of = f" of {expected:,}" if expected else ""
            print(f"{self._instance} {table}: {rows:,}{of} rows", file=sys.stderr, flush=True)
