"""The tables of the embedded instance: columns, inheritance and which physical table holds a row.

The metadata rows an extractor reads (`sys_db_object`, `sys_dictionary`, ...) are made from this by
`dictionary`, so they are true to what is served.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingestion.instance.field_types import FIELD_TYPES, JOURNAL_TYPES
from ingestion.instance.tables_cmdb import CMDB_TABLES
from ingestion.instance.tables_platform import PLATFORM_TABLES
from ingestion.instance.tables_task import TASK_TABLES

_SYSTEM = "sys_id:GUID sys_created_on:glide_date_time sys_created_by"
_UPDATED = "sys_updated_on:glide_date_time sys_updated_by sys_mod_count:integer"

_LABELS = {
    "sys_id": "Sys ID",
    "sys_created_on": "Created",
    "sys_created_by": "Created by",
    "sys_updated_on": "Updated",
    "sys_updated_by": "Updated by",
    "sys_mod_count": "Updates",
    "sys_class_name": "Class",
    "sys_class_path": "Sys class path",
    "sys_domain": "Domain",
    "sys_domain_path": "Domain path",
    "cmdb_ci": "Configuration item",
    "caller_id": "Caller",
    "problem_id": "Problem",
    "model_id": "Model",
    "rfc": "Change Request",
    "task_effective_number": "Effective number",
    "busines_criticality": "Business criticality",
    "parent_id": "Parent",
    "u_bp_incident_id": "BigPanda incident",
    "u_bigpanda_incident_id": "BigPanda incident (old)",
}
_DEFAULTS = {
    ("task", "active"): "true",
    ("task", "state"): "1",
    ("task", "impact"): "3",
    ("task", "urgency"): "3",
    ("task", "priority"): "4",
    ("task", "escalation"): "0",
    ("task", "made_sla"): "true",
    ("task", "knowledge"): "false",
    ("task", "approval"): "not requested",
    ("task", "upon_approval"): "proceed",
    ("task", "upon_reject"): "cancel",
    ("task", "reassignment_count"): "0",
    ("incident", "incident_state"): "1",
    ("incident", "severity"): "3",
    ("incident", "notify"): "1",
    ("incident", "category"): "inquiry",
    ("incident", "child_incidents"): "0",
    ("incident", "reopen_count"): "0",
    ("cmdb", "install_status"): "1",
    ("cmdb_ci", "operational_status"): "1",
    ("sys_user", "active"): "true",
    ("sys_user_group", "active"): "true",
    ("sys_choice", "language"): "en",
    ("sys_choice", "inactive"): "false",
}


@dataclass(frozen=True)
class Column:
    """One column of one table, as its dictionary row describes it.

    `reference` is the target table of a `reference`, `domain_id` or `glide_list` column, and
    `reference_key` the column of that table the value holds: `sys_id`, but a name in the dictionary
    itself. `audited` None means the platform's default: every column but `sys_*` and journals.
    """

    name: str
    type: str = "string"
    label: str = ""
    reference: str = ""
    max_length: int = 0
    audited: bool | None = None
    default: str = ""
    reference_key: str = "sys_id"

    def __post_init__(self) -> None:
        if self.type not in FIELD_TYPES:
            raise ValueError(f"column {self.name}: no field type {self.type!r}; see field_types.FIELD_TYPES")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"column name {self.name!r} must be lower-case letters, digits and underscores")
        if not self.label:
            label = self.name.removeprefix("u_").replace("_", " ").capitalize()
            object.__setattr__(self, "label", _LABELS.get(self.name, label))
        if not self.max_length:
            object.__setattr__(self, "max_length", FIELD_TYPES[self.type].max_length)

    @property
    def is_audited(self) -> bool:
        """Whether an audited table records changes of this column (AU: `sys_` fields but class and domain)."""
        if self.audited is not None:
            return self.audited
        if self.type in JOURNAL_TYPES:
            return False
        return not self.name.startswith("sys_") or self.name in {"sys_class_name", "sys_domain"}


@dataclass
class Table:
    """One ServiceNow table: its own columns by name, inherited ones not included."""

    name: str
    label: str
    parent: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    extensible: bool = False
    audited: bool = False
    insert_only: bool = False
    number_prefix: str = ""
    display: str = ""


class Schema:
    """All tables, with lookups along the hierarchy. Columns come, go and change their type while it runs."""

    def __init__(self, tables: list[Table]) -> None:
        self._tables = {table.name: table for table in tables}
        self._columns: dict[str, dict[str, Column]] = {}

    def __contains__(self, table: object) -> bool:
        return table in self._tables

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())

    def table(self, name: str) -> Table:
        """The table; raises KeyError naming it when there is none."""
        try:
            return self._tables[name]
        except KeyError:
            raise KeyError(f"the instance has no table {name!r}") from None

    def columns(self, table: str) -> dict[str, Column]:
        """All columns of a table, inherited ones first."""
        if table not in self._columns:
            own = self.table(table)
            inherited = self.columns(own.parent) if own.parent else {}
            self._columns[table] = {**inherited, **own.columns}
        return self._columns[table]

    def lineage(self, table: str) -> list[str]:
        """The table and its ancestors, nearest first."""
        names = [self.table(table).name]
        while parent := self._tables[names[-1]].parent:
            names.append(parent)
        return names

    def root(self, table: str) -> str:
        """The topmost ancestor, whose physical table holds the rows of the whole family."""
        return self.lineage(table)[-1]

    def descendants(self, table: str) -> list[str]:
        """The table and every table that extends it, however far."""
        return [name for name in self._tables if table in self.lineage(name)]

    def family_columns(self, root: str) -> list[str]:
        """Names of the columns of the physical table of `root`, each once."""
        names: dict[str, None] = {}
        for table in self.descendants(root):
            names.update(dict.fromkeys(self.columns(table)))
        return list(names)

    def is_classed(self, table: str) -> bool:
        """Whether rows carry `sys_class_name`, so that a table is a selection of its family."""
        return self.table(self.root(table)).extensible

    def display_column(self, table: str) -> str:
        """The column shown where a row is referred to."""
        return next((t.display for t in map(self.table, self.lineage(table)) if t.display), "sys_id")

    def is_audited(self, table: str, column: str) -> bool:
        """Whether a change of this column leaves a `sys_audit` row."""
        return self.table(table).audited and self.columns(table)[column].is_audited

    def add_column(self, table: str, column: Column) -> None:
        """Adds a column of `table`'s own; raises ValueError when the family already has that name."""
        if column.name in self.family_columns(self.root(table)):
            raise ValueError(f"table {table} or one of its family already has a column {column.name!r}")
        if column.reference and column.reference not in self._tables:
            raise ValueError(f"column {column.name}: the instance has no table {column.reference!r}")
        self.table(table).columns[column.name] = column
        self._columns.clear()

    def own_column(self, table: str, name: str) -> Column:
        """A column of `table`'s own; raises ValueError where it has none of that name."""
        if name not in self.table(table).columns:
            raise ValueError(f"table {table} has no column {name!r} of its own")
        return self.table(table).columns[name]

    def replace_column(self, table: str, column: Column) -> None:
        """Puts a column in the place of the one of its name; raises ValueError where there is none."""
        self.own_column(table, column.name)
        self.table(table).columns[column.name] = column
        self._columns.clear()

    def remove_column(self, table: str, name: str) -> Column:
        """Takes a column of `table`'s own away and answers what it was; raises ValueError where there is none."""
        column = self.own_column(table, name)
        del self.table(table).columns[name]
        self._columns.clear()
        return column


def _column(table: str, text: str) -> Column:
    match = re.fullmatch(r"(\w+)(?:(>{1,2})(\w+)(?:\.(\w+))?|:(\w+))?(?:\((\d+)\))?", text)
    if match is None:
        raise ValueError(f"table {table}: cannot read column {text!r}")
    name, arrow, target, key, kind, length = match.groups()
    kind = kind or {None: "string", ">": "reference", ">>": "glide_list"}[arrow]
    column = Column(
        name,
        kind,
        reference="sys_user_group" if kind == "domain_id" else target or "",
        max_length=int(length or 0),
        default=_DEFAULTS.get((table, name), ""),
    )
    return replace(column, reference_key=key) if key else column


def _tables(text: str) -> Iterator[Table]:
    for block in re.split(r"\n(?=\w)", text.strip()):
        head, _, body = block.partition("\n")
        names, label, *rest = (part.strip() for part in head.split("|"))
        name, _, parent = (part.strip() for part in names.partition("<"))
        options = dict(part.partition("=")[::2] for part in " ".join(rest).split())
        table = Table(
            name,
            label,
            parent,
            extensible="extensible" in options or bool(parent),
            audited="audited" in options,
            insert_only="insert_only" in options,
            number_prefix=options.get("number", ""),
            display=options.get("display", ""),
        )
        own = [_column(name, item) for item in body.split()]
        if not parent:
            system = _SYSTEM if table.insert_only else f"{_SYSTEM} {_UPDATED}"
            own = [*(_column(name, item) for item in system.split()), *own]
            if table.extensible:
                own.append(_column(name, "sys_class_name:sys_class_name"))
        table.columns = {column.name: column for column in own}
        yield table


def build_schema() -> Schema:
    """The out-of-box tables of the embedded instance, anew at each call."""
    return Schema([table for text in (TASK_TABLES, CMDB_TABLES, PLATFORM_TABLES) for table in _tables(text)])
