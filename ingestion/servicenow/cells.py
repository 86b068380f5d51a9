"""The cells of pages as columns of text, all at once.

Taken one by one, a page's hundred thousand cells cost as much as reading its JSON. So they are joined to one text,
which Arrow takes apart again. Only the joining holds Python's lock.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Between cells; a page with this character in a cell is not taken as a whole.
_BOUND = "\0"


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


def text_columns(pages: Sequence[Cells], width: int) -> list[pa.Array | None]:
    """The `width` columns of pages that follow each other; empty texts are NULL.

    None in place of a column that is empty throughout.
    """
    height = sum(page.rows for page in pages)
    _, offsets, data = pc.split_pattern(pa.concat_arrays([page.text for page in pages]), _BOUND).values.buffers()
    bounds = np.frombuffer(offsets, np.int32, height * width + 1)
    given = bounds[1:] != bounds[:-1]
    valid = pa.py_buffer(np.packbits(given, bitorder="little"))
    cells = pa.Array.from_buffers(pa.string(), height * width, [valid, offsets, data])
    # A third of the columns of a usual page are empty throughout.
    filled = np.flatnonzero(given.reshape(height, width).any(axis=0))
    places = np.arange(0, height * width, width) + filled[:, None]
    taken = cells.take(pa.array(places.ravel()))
    columns: list[pa.Array | None] = [None] * width
    for index, column in enumerate(filled.tolist()):
        columns[column] = taken.slice(index * height, height)
    return columns
