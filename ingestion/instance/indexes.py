"""Which columns of a physical table are indexed, beside its primary key `sys_id`."""

from ingestion.instance.schema import Schema

#: Columns by which related rows are commonly looked up.
_LOOKUPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "task": (("number",), ("parent",)),
    "task_ci": (("task",), ("ci_item",)),
    "task_sla": (("task",),),
    "cmdb": (("name",),),
    "cmdb_ci_outage": (("cmdb_ci",),),
    "sys_user": (("user_name",),),
    "sys_user_grmember": (("user",), ("group",)),
    "sys_audit": (("documentkey",),),
    "sys_audit_delete": (("documentkey",),),
    "sys_journal_field": (("element_id",),),
    "sys_choice": (("name", "element"),),
    "sys_dictionary": (("name", "element"),),
}
#: Types compared without regard to case, as MySQL's usual collation does; see `query`.
CASELESS_TYPES = frozenset({"string", "email", "table_name", "field_name", "url", "ph_number", "translated_text"})


def quoted(name: str) -> str:
    """A column or table name as SQL; several ServiceNow names (`order`, `group`) are SQL words."""
    return f'"{name}"'


def index_statements(schema: Schema, root: str) -> list[str]:
    """`CREATE INDEX` statements for the physical table of `root`.

    In a family the class comes first, so that a leaf table's sweep walks an index. The index on
    `sys_id` also holds the columns that delta filters test, which spares the walk a look at each row.
    """
    columns = schema.columns(root)
    head = ("sys_class_name",) if schema.is_classed(root) else ()
    lists = [(*head, "sys_created_on", "sys_id")]
    if "sys_updated_on" in columns:
        filters = [name for name in ("sys_updated_on", "active") if name in columns]
        lists.append((*head, "sys_updated_on", "sys_id"))
        lists.append((*head, "sys_id", *filters))
    else:
        lists.append((*head, "sys_id", "sys_created_on", *(name for name in ("tablename",) if name in columns)))
    lists += _LOOKUPS.get(root, ())
    return [
        f"CREATE INDEX {quoted(f'{root}_{number}')} ON {quoted(root)} ("
        + ", ".join(_term(name, columns[name].type) for name in names)
        + ")"
        for number, names in enumerate(lists)
    ]


def _term(name: str, kind: str) -> str:
    return quoted(name) + (" COLLATE NOCASE" if kind in CASELESS_TYPES else "")
