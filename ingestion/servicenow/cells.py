"""The cells of pages as columns of text, all at once.

Taken one by one, a page's hundred thousand cells cost as much as reading its JSON. So they are joined to one text,
which Arrow takes apart again. Only the joining holds Python's lock.
"""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Between cells; a page with this character in a cell is not taken as a whole.
_BOUND = "\0"
#: Held while cells are taken apart: it needs four times their size in memory, which walks must not need at once.
_APART = threading.Lock()


@dataclass(frozen=True)
class Cells:
    """A page's cells, row after row, as one text."""

    text: pa.Array
    rows: int

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return int(self.text.nbytes)


def joined_cells(rows: Sequence[Any]) -> Cells | None:
    """The cells of rows that are structs of one class; None where one of them is no text, or cannot be taken so."""
    try:
        # One call a row: a look at each cell would take three times as long.
        text = _BOUND.join(itertools.chain.from_iterable(map(msgspec.structs.astuple, rows)))
        if text.count(_BOUND) != len(rows) * len(rows[0].__struct_fields__) - 1:
            return None
        return Cells(pa.array([text], pa.string()), len(rows))
    except (TypeError, UnicodeEncodeError):
        return None


def text_columns(pages: Sequence[Cells], groups: Sequence[Sequence[int]]) -> list[pa.Array | None]:
    """The columns of pages that follow each other, in their order; empty texts are NULL.

    None in place of a column that is empty throughout. `groups` has the places of all columns; those of one group
    share their memory.
    """
    width = sum(map(len, groups))
    height = sum(page.rows for page in pages)
    columns: list[pa.Array | None] = [None] * width
    with _APART:
        _, offsets, data = pc.split_pattern(pa.concat_arrays([page.text for page in pages]), _BOUND).values.buffers()
        bounds = np.frombuffer(offsets, np.int32, height * width + 1)
        given = bounds[1:] != bounds[:-1]
        valid = pa.py_buffer(np.packbits(given, bitorder="little"))
        cells = pa.Array.from_buffers(pa.string(), height * width, [valid, offsets, data])
        # A third of the columns of a usual page are empty throughout.
        filled = given.reshape(height, width).any(axis=0)
        for group in groups:
            wanted = np.array([column for column in group if filled[column]], np.int64)
            # One call for many columns: after each, this thread waits for Python's lock again.
            taken = cells.take(pa.array((np.arange(0, height * width, width) + wanted[:, None]).ravel()))
            for index, column in enumerate(wanted.tolist()):
                columns[column] = taken.slice(index * height, height)
    return columns
