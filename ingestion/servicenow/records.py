"""A page of JSON to typed columns.

Values arrive as text (Table API reference, section 1.2): times in UTC with one second's precision,
durations as a time since 1970, references as ids, empty as ''. Empty becomes NULL and nothing else
is changed. A value that is not of its column's type is refused by name, and who reads decides what
becomes of the column: display values, which are local time and formatted text, must never be taken
for raw ones.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import SourceError
from ingestion.servicenow.cells import Cells, joined_cells, text_columns
from ingestion.servicenow.dictionary import DURATION_TYPES, TIMESTAMP, Layout, arrow_type
from ingestion.servicenow.query import TIME_FORMAT

_EPOCH_TYPES = DURATION_TYPES
#: Seconds from 1970 back to the first of January of the year 1.
_YEAR_ONE = -62_135_596_800
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})


@dataclass(frozen=True)
class Oddity:
    """A value that is not of the type its column is stored as."""

    column: str
    kind: str
    sys_id: str
    value: str


class Misfit(SourceError):
    """Values that are not of their columns' types; `oddities` has the first of each column."""

    def __init__(self, table: str, oddities: Sequence[Oddity]) -> None:
        self.table = table
        self.oddities = tuple(oddities)
        found = "; ".join(f"row {odd.sys_id}: {odd.column}={odd.value[:80]!r} is no {odd.kind}" for odd in oddities)
        super().__init__(
            f"{table}: {found}; is the answer made of display values? Check the dictionary's type of this column"
        )


class Reference(msgspec.Struct):
    """A reference as an object: links are switched off, but an answer may carry one all the same."""

    value: str | int | float | bool | None = None
    link: str | None = None
    display_value: str | None = None


class RowParser:
    """Reads pages of one table and turns rows into Arrow.

    A row is a struct with an attribute per asked column, `UNSET` where the answer had no such key.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.names = layout.fields
        # Keys are not nullable, as dlt takes a primary key to be.
        self.schema = pa.schema(
            [pa.field("instance", pa.string(), nullable=False)]
            + [pa.field(name, arrow_type(kind), nullable=name != "sys_id") for name, kind in layout.kinds.items()]
        )
        # Texts that become something else are not kept by those that stay.
        is_text = [arrow_type(layout.kinds[name]) == pa.string() for name in self.names]
        self._groups = [[place for place, text in enumerate(is_text) if text is kept] for kept in (True, False)]
        self._slot = {name: f"c{index}" for index, name in enumerate(self.names)}
        self._getters = {name: attrgetter(slot) for name, slot in self._slot.items()}
        value = str | int | float | bool | Reference | None | msgspec.UnsetType
        row = msgspec.defstruct(
            "Row",
            [(slot, value, msgspec.UNSET) for slot in self._slot.values()],
            rename={slot: name for name, slot in self._slot.items()},
            gc=False,
        )
        envelope = msgspec.defstruct(
            "Envelope",
            [
                ("result", list[row] | msgspec.UnsetType, msgspec.UNSET),  # type: ignore[valid-type]
                ("error", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET),
            ],
        )
        self.decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(envelope)

    def get(self, row: Any, name: str) -> Any:
        """A value of a row as text, None where empty, UNSET where the key was absent."""
        return plain(getattr(row, self._slot[name]))

    def column(self, rows: Sequence[Any], name: str) -> list[Any]:
        """A value of each row, as `get` gives it."""
        values = list(map(self._getters[name], rows))
        return values if set(map(type, values)) <= {str} else [plain(value) for value in values]

    def copy(self, source: Any, target: Any, names: Sequence[str]) -> None:
        """Set these columns of one row to those of another."""
        for name in names:
            setattr(target, self._slot[name], getattr(source, self._slot[name]))

    def text(self, row: Any, name: str) -> str | None:
        """A value of a row as text; None where empty or absent."""
        value = self.get(row, name)
        return None if value is msgspec.UNSET or value == "" else value

    def batch(self, rows: Sequence[Any], instance: str) -> "Batch":
        """The rows of a page to an Arrow table with the column `instance` first.

        Raises Misfit naming table, row, column and value where values are not of their types.
        """
        return self.together([self.page(rows, instance)], instance)

    def page(self, rows: Sequence[Any], instance: str) -> "Cells | Batch":
        """The part of `batch` that holds Python's lock; `together` does the rest, best for several pages at once.

        Raises Misfit as `batch` does.
        """
        if (cells := joined_cells(rows)) is not None:
            return cells
        hidden: dict[str, list[bool]] = {}
        columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
        texts = [self._texts(name, values, hidden) for name, values in zip(self.names, columns, strict=True)]
        return Batch(self._table(texts, len(rows), instance), hidden)

    def together(self, pages: "Sequence[Cells | Batch]", instance: str) -> "Batch":
        """Several pages as one batch, in their order. Raises Misfit as `batch` does."""
        batches: list[Batch] = []
        for whole, group in itertools.groupby(pages, key=lambda page: isinstance(page, Cells)):
            if whole:
                cells: list[Any] = list(group)
                texts = text_columns(cells, self._groups)
                batches.append(Batch(self._table(texts, sum(page.rows for page in cells), instance)))
            else:
                batches += group  # type: ignore[arg-type]  # the pages that are none of those above
        return joined(batches)

    def _texts(self, name: str, values: Sequence[Any], hidden: dict[str, list[bool]]) -> pa.Array:
        """A column of a page as texts; where rows lack its key that is noted in `hidden`."""
        try:
            return pa.array([None if value == "" else value for value in values], pa.string())
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            if any(absent := [value is msgspec.UNSET for value in values]):
                hidden[name] = absent
            plains = [plain(value) for value in values]
            return pa.array([None if value is msgspec.UNSET else value or None for value in plains], pa.string())

    def _table(self, texts: Sequence[pa.Array | None], height: int, instance: str) -> pa.Table:
        arrays: list[pa.Array] = [pa.repeat(pa.scalar(instance, pa.string()), height)]
        odd: list[Oddity] = []
        keys = texts[self.names.index("sys_id")]
        for name, column in zip(self.names, texts, strict=True):
            if column is None:
                arrays.append(pa.nulls(height, arrow_type(self.layout.kinds[name])))
            else:
                arrays.append(self._typed(name, column, keys, odd))
        if odd:
            raise Misfit(self.layout.table, odd)
        return pa.table(arrays, schema=self.schema)

    def _typed(self, name: str, texts: pa.Array, keys: pa.Array | None, odd: list[Oddity]) -> pa.Array:
        """The texts as the column's type; where one does not fit it is noted in `odd`, and nothing else counts.

        `keys` are the rows' ids.
        """
        kind = self.layout.kinds[name]
        if texts.null_count == len(texts):
            return pa.nulls(len(texts), arrow_type(kind))
        exact = name in self.layout.exact
        try:
            typed = cast_texts(texts, kind)
            if not exact or typed_texts(typed, kind).equals(texts):
                return typed
        except (pa.ArrowInvalid, ValueError):
            pass
        for row, text in enumerate(texts.to_pylist()):
            if text is not None and not is_of(text, kind, exact=exact):
                odd.append(Oddity(name, kind, str(keys and keys[row]), text))
                return pa.nulls(len(texts), arrow_type(kind))
        raise SourceError(f"{self.layout.table}: {name} cannot be read as {kind}, though each value alone can")


@dataclass(frozen=True)
class Batch:
    """Typed rows, and where a column's key was absent from the answer (field ACL): True per row."""

    table: pa.Table
    hidden: Mapping[str, Sequence[bool]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return int(self.table.get_total_buffer_size())

    def where(self, chosen: pa.Array) -> "Batch":
        """The rows that are chosen (True)."""
        places = chosen.to_pylist()
        hidden = {name: list(itertools.compress(absent, places)) for name, absent in self.hidden.items()}
        return Batch(self.table.filter(chosen), hidden)


def joined(batches: Sequence[Batch]) -> Batch:
    """The rows of several batches of one layout as one."""
    hidden: dict[str, list[bool]] = {}
    for name in {name for batch in batches for name in batch.hidden}:
        hidden[name] = [absent for batch in batches for absent in batch.hidden.get(name, [False] * len(batch.table))]
    return Batch(pa.concat_tables([batch.table for batch in batches]), hidden)


def fill_hidden(batch: Batch, held: pa.Table) -> pa.Table:
    """The batch with held values where its columns were absent; `held` has `sys_id` and columns."""
    table = batch.table
    place = pc.index_in(table["sys_id"], value_set=held["sys_id"].combine_chunks()).combine_chunks()
    for column, absent in batch.hidden.items():
        if column not in held.column_names:
            continue
        kept = held[column].combine_chunks().cast(table.schema.field(column).type).take(place)
        values = pc.if_else(pa.array(absent), kept, table[column])
        table = table.set_column(table.schema.get_field_index(column), column, values)
    return table


def plain(value: Any) -> Any:
    """The raw value as text; None for JSON null; UNSET stays."""
    if type(value) is str:
        return value
    if isinstance(value, Reference):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value


def cast_texts(texts: pa.Array, kind: str) -> pa.Array:
    """Non-empty texts (or null) to the type of a ServiceNow type.

    Durations become whole seconds. Raises ArrowInvalid or ValueError where a text does not fit.
    """
    target = arrow_type(kind)
    if target == pa.string():
        return texts
    if kind in _EPOCH_TYPES:
        return _moments(texts).view(pa.int64())
    if target == pa.bool_():
        return _booleans(texts)
    if target == TIMESTAMP:
        return pc.cast(_moments(texts), TIMESTAMP)
    if pa.types.is_integer(target) or pa.types.is_floating(target):
        return _numbers(texts, target)
    return pc.cast(texts, target)


def _moments(texts: pa.Array) -> pa.Array:
    """Times in whole seconds, where each text has a date, of a year that there is, and a time of day.

    Arrow takes less for a time too.
    """
    moments = pc.cast(texts, pa.timestamp("s"))
    if pc.min(pc.binary_length(texts)).as_py() < 19 or pc.min(moments.view(pa.int64())).as_py() < _YEAR_ONE:
        raise ValueError("a time needs a date and a time of day")
    return moments


def _numbers(texts: pa.Array, target: pa.DataType) -> pa.Array:
    """Finite decimal numbers: Arrow reads `0x10`, `inf` and `nan` too."""
    numbers = pc.cast(texts, target)
    if pa.types.is_floating(target):
        odd = not pc.all(pc.is_finite(numbers)).as_py()
    else:
        odd = any(pc.any(pc.match_substring(texts, letter)).as_py() for letter in "xX")
    if odd:
        raise ValueError("not all are decimal numbers")
    return numbers


def _booleans(texts: pa.Array) -> pa.Array:
    is_true = pc.equal(texts, "true")
    if is_true.true_count + pc.equal(texts, "false").true_count == len(texts) - texts.null_count:
        return is_true
    is_true = pc.is_in(texts, value_set=pa.array(sorted(_TRUE)))
    is_false = pc.is_in(texts, value_set=pa.array(sorted(_FALSE)))
    if not pc.all(pc.or_(pc.or_(is_true, is_false), pc.is_null(texts))).as_py():
        raise ValueError("not all are true or false")
    return pc.if_else(pc.is_null(texts), pa.scalar(None, pa.bool_()), is_true)


def typed_texts(values: pa.Array, kind: str) -> pa.Array:
    """Typed values as the source would write them, but for durations, which are their seconds."""
    return pc.cast(pc.cast(values, pa.timestamp("s")) if arrow_type(kind) == TIMESTAMP else values, pa.string())


def is_of(text: str, kind: str, *, exact: bool = False) -> bool:
    """Whether one non-empty text can be cast to the type; `exact`: and comes back as the same text."""
    texts = pa.array([text], pa.string())
    try:
        typed = cast_texts(texts, kind)
        return not exact or bool(typed_texts(typed, kind).equals(texts))
    except (pa.ArrowInvalid, ValueError):
        return False


def lenient(values: pa.ChunkedArray, kind: str) -> pa.ChunkedArray | pa.Array:
    """A column as the type; where it is stored as text, NULL for what is not of the type."""
    if values.type == arrow_type(kind):
        return values
    texts = [text if text is not None and is_of(text, kind) else None for text in values.to_pylist()]
    return cast_texts(pa.array(texts, pa.string()), kind) if any(texts) else pa.nulls(len(texts), arrow_type(kind))


def parse_time(text: str) -> datetime:
    """A raw date-time to naive UTC. Raises ValueError."""
    return datetime.strptime(text, TIME_FORMAT)
