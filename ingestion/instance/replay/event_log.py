"""An incident event log, column by column: one row for each update of a ticket, rows of a ticket together.

The layout is that of the "Incident management process enriched event log" (Amaral, Fantinato, Peres
2018, DOI 10.24432/C57S4H): 36 columns, `?` for missing, times as `d/m/yyyy HH:MM`.
"""

import csv
import gzip
from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO

from ingestion.instance.timestamps import DAY, HOUR, MINUTE

COLUMNS = (
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla",
    "caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at",
    "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency", "priority",
    "assignment_group", "assigned_to", "knowledge", "u_priority_confirmation", "notify", "problem_id", "rfc",
    "vendor", "caused_by", "closed_code", "resolved_by", "resolved_at", "closed_at",
)  # fmt: skip
MISSING = "?"
_ROWS_AT_ONCE = 4096
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class _Codes(dict[str, int]):
    """Gives each new value the next number."""

    def __missing__(self, value: str) -> int:
        self[value] = code = len(self)
        return code


class EncodedColumn:
    """The values of one column as numbers into the list of its distinct values."""

    def __init__(self, codes: "array[int]", values: Sequence[str]) -> None:
        self.codes = codes
        self.values = values

    def __getitem__(self, row: int) -> str:
        return self.values[self.codes[row]]


class EventLog:
    """The whole log in some 20 MB. Rows are numbered in file order, tickets in the order of their first rows.

    Raises OSError where the file cannot be read, ValueError where it is not such a log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = self._read()
        #: Row numbers at which a ticket begins, and the number of rows at the end.
        self.bounds = self._bounds()
        #: Effective time of each row, seconds since 1970.
        self.times = self._effective_times()

    def __len__(self) -> int:
        return len(self.columns["number"].codes)

    @property
    def tickets(self) -> int:
        """How many tickets there are."""
        return len(self.bounds) - 1

    def _read(self) -> dict[str, EncodedColumn]:
        encoders = [_Codes() for _ in COLUMNS]
        codes = [array("I") for _ in COLUMNS]
        with self._open() as file:
            reader = csv.reader(file)
            header = next(reader, [])
            if missing := [name for name in COLUMNS if name not in header]:
                raise ValueError(f"{self.path} is no incident event log: it has no column {', '.join(missing)}")
            places = [header.index(name) for name in COLUMNS]
            while chunk := list(islice(reader, _ROWS_AT_ONCE)):
                if any(len(row) != len(header) for row in chunk):
                    raise ValueError(f"{self.path}: a row near line {reader.line_num} has not {len(header)} columns")
                values = list(zip(*chunk, strict=True))
                for place, encoder, column in zip(places, encoders, codes, strict=True):
                    column.extend(map(encoder.__getitem__, values[place]))
        return {
            name: EncodedColumn(column, tuple(encoder))
            for name, column, encoder in zip(COLUMNS, codes, encoders, strict=True)
        }

    def _open(self) -> IO[str]:
        if self.path.suffix == ".gz":
            return gzip.open(self.path, "rt", encoding="utf-8", newline="")
        return self.path.open(encoding="utf-8", newline="")

    def _bounds(self) -> "array[int]":
        bounds = array("I")
        last = -1
        for row, code in enumerate(self.columns["number"].codes):
            if code != last:
                # Codes are given in the order of appearance: a ticket that comes again has a lower one.
                if code < last:
                    raise ValueError(f"{self.path}: the rows of {self.columns['number'][row]} are not together")
                bounds.append(row)
                last = code
        bounds.append(len(self))
        return bounds

    def _effective_times(self) -> "array[int]":
        """The running minimum of `sys_updated_at` from the end of each ticket."""
        column = self.columns["sys_updated_at"]
        times = array("I", map(self.require_moments("sys_updated_at").__getitem__, column.codes))
        for first, end in self.ranges():
            for row in range(end - 2, first - 1, -1):
                if times[row] > times[row + 1]:
                    times[row] = times[row + 1]
        return times

    def ranges(self) -> Iterator[tuple[int, int]]:
        """First row and row after the last of each ticket."""
        return zip(self.bounds, self.bounds[1:], strict=False)

    def require_moments(self, column: str) -> list[int]:
        """Seconds since 1970 for each distinct value of a column of times that is never empty."""
        return [self._seconds(value) for value in self.columns[column].values]

    def _seconds(self, text: str) -> int:
        """`d/m/yyyy HH:MM`, taken as UTC."""
        try:
            day, time = text.split(" ")
            days, month, year = map(int, day.split("/"))
            hours, minutes = map(int, time.split(":"))
            return (date(year, month, days).toordinal() - _EPOCH_DAY) * DAY + hours * HOUR + minutes * MINUTE
        except ValueError:
            raise ValueError(f"{self.path}: {text!r} is not a time such as 29/2/2016 01:16") from None
