"""The rows of the last build whose signatures are still in use, and those of new signatures; see the .yml."""


def model(dbt, session):
    this = dbt.this
    exists = session.execute(
        "select count(*) from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [this.database, this.schema, this.identifier],
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
    return kept.union(session.from_arrow(_assigned(new, kept))) if new else kept


_NONE = "select '' as signature, '' as template, '' as recurring_key where false"


def _assigned(new, kept):
    """The rows of new signatures; `new` is pairs of a signature and the key of the group that it would open."""
    # Imported late: most builds bring no new title.
    import pyarrow as pa
    from near_titles.groups import assign

    groups = dict(kept.query("kept", "select distinct template, recurring_key from kept").fetchall())
    keys = dict(new) | groups
    rows = assign([signature for signature, _ in new], groups)
    return pa.table(
        {
            "signature": pa.array([signature for signature, _ in rows], pa.string()),
            "template": pa.array([template for _, template in rows], pa.string()),
            "recurring_key": pa.array([keys[template] for _, template in rows], pa.string()),
        }
    )
