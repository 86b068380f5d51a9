"""The rows of the last build whose signatures are still in use, and those of new signatures; see the .yml."""


def model(dbt, session):
    this = dbt.this
    # Written out: to pass values, DuckDB's client imports pandas first.
    exists = session.execute(
        f"select count(*) from duckdb_tables() where database_name = '{this.database}'"
        f" and schema_name = '{this.schema}' and table_name = '{this.identifier}'"
    ).fetchall()[0][0]
    masks = dbt.ref("int_title_masks")
    last = f"select signature, template, recurring_key from {this}" if exists else _NONE
    kept = masks.query("masks", f"select * from ({last}) where signature in (select signature from masks)")
    new = masks.query(
        "masks",
        "select signature, min(signature_key) from masks"
        f" where signature not in (select signature from ({last})) group by signature"
        # The order decides which signature opens a group, and must not depend on how loads were cut.
        " order by min(first_opened_at) nulls last, signature",
    ).fetchall()
    return kept.union(_relation(session, _assigned(new, kept))) if new else kept


_NONE = "select '' as signature, '' as template, '' as recurring_key where false"
_FEW = 1000


def _assigned(new, kept):
    """The rows of new signatures; `new` is pairs of a signature and the key of the group that it would open."""
    # Imported late: most builds bring no new title.
    from near_titles.groups import assign

    groups = dict(kept.query("kept", "select distinct template, recurring_key from kept").fetchall())
    keys = dict(new) | groups
    assigned = assign([signature for signature, _ in new], groups)
    return [(signature, template, keys[template]) for signature, template in assigned]


def _relation(session, rows):
    """Those rows for DuckDB: a few in the text of a query, because to take over others its client imports pandas."""
    columns = ("signature", "template", "recurring_key")
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows[:_FEW])
    # The text of a query ends at a NUL.
    if len(rows) <= _FEW and "\0" not in values:
        return session.query(f"select * from (values {values}) as rows ({', '.join(columns)})")
    import pyarrow as pa

    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return session.from_arrow(pa.table(arrays, names=columns))


def _literal(text):
    return "'" + text.replace("'", "''") + "'"
