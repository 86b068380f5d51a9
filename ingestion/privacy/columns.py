"""Changing the values of a column of text, each different value once."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

#: What becomes of a value; None removes it.
Change = Callable[[str], str | None]


def is_text(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def changed(column: pa.ChunkedArray, change: Change) -> pa.ChunkedArray:
    """The column with every value changed; NULL stays. The same object where no value did."""
    encoded = pa.chunked_array(column).combine_chunks().cast(pa.string()).dictionary_encode()
    values = encoded.dictionary.to_pylist()
    after = [change(value) for value in values]
    if after == values:
        return column
    return pa.chunked_array([pa.array(after, pa.string()).take(encoded.indices)])


def with_columns(table: pa.Table, columns: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    """The table with these columns in the place of its own."""
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), values.cast(table.schema.field(place).type))
    return table


def where(chosen: pa.ChunkedArray, yes: pa.ChunkedArray, no: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column that has `yes` where `chosen` is true, else `no`."""
    return pc.if_else(pc.fill_null(chosen, False), yes, no)


def nothing(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As many NULLs."""
    return pa.chunked_array([pa.nulls(len(column), column.type)])
