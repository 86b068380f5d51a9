"""Which fields an answer has and in what shape they are shown (Table API reference, sections 1.1 and 1.2)."""

import zlib
from dataclasses import dataclass
from typing import Literal

from ingestion.instance.schema import Column, Schema

DisplayMode = Literal["false", "true", "all"]
#: Output key that every full record has and no dictionary lists.
TAGS = "sys_tags"


@dataclass(frozen=True)
class Shape:
    """How values are shown. `link_base` is the address before `/table/...`, '' where links are excluded."""

    mode: DisplayMode = "false"
    link_base: str = ""


@dataclass(frozen=True)
class Projection:
    """The fields of an answer: output key and the columns walked to its value, the last one the value's."""

    table: str
    fields: tuple[tuple[str, tuple[Column, ...]], ...]
    has_tags: bool

    @property
    def is_flat(self) -> bool:
        """Whether no field is dot-walked."""
        return all(len(path) == 1 for _, path in self.fields)

    @property
    def heads(self) -> frozenset[str]:
        """The columns of the table that show, by themselves or as the start of a dot-walk."""
        return frozenset(path[0].name for _, path in self.fields) | ({TAGS} if self.has_tags else set())

    def without(self, hidden: frozenset[str]) -> "Projection":
        """The projection less these columns and what is walked to from them."""
        kept = tuple((name, path) for name, path in self.fields if path[0].name not in hidden)
        return Projection(self.table, kept, self.has_tags and TAGS not in hidden)


def project(schema: Schema, table: str, wanted: str) -> Projection:
    """The projection for `sysparm_fields` ('' for all); unknown names are left out without a word."""
    columns = schema.columns(table)
    if wanted.strip(", "):
        names = list(dict.fromkeys(name.strip() for name in wanted.split(",")))
    else:
        # Keys come in no useful order on a real instance.
        names = sorted((*columns, TAGS), key=lambda name: zlib.crc32(name.encode()))
    fields = []
    for name in names:
        path = _walk(schema, table, name)
        if path:
            fields.append((name, path))
    return Projection(table, tuple(fields), TAGS in names)


def _walk(schema: Schema, table: str, name: str) -> tuple[Column, ...]:
    path: list[Column] = []
    for part in name.split("."):
        if path and (not path[-1].reference or path[-1].type == "glide_list"):
            return ()
        column = schema.columns(path[-1].reference if path else table).get(part)
        if column is None:
            return ()
        path.append(column)
    return tuple(path)
