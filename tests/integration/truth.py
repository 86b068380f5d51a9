"""What the warehouse must hold of an instance, by an independent reading of its own rows.

The rules are those of the contract, sections 4 and 7: windows, references out of them, retention, and
rows that an ACL hides. Nothing of the extractor is used but the names of tables and their bounds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlt.common.versioned_state import decompress_state

from ingestion import warehouse
from ingestion.servicenow.catalogue import TABLES, TICKET_TABLES
from tests.integration.lake import Lake, expected

Rows = Mapping[str, Mapping[str, str]]

#: What belongs to a ticket, and the column that names it.
BELONGING = {"task_sla": "task", "task_ci": "task", "sys_audit": "documentkey", "sys_audit_delete": "documentkey"}
_ENDED = {"6", "7", "8"}


@dataclass
class Truth:
    """All rows of the extracted tables, past every ACL, and those of them that are served."""

    rows: Mapping[str, Rows]
    visible: Mapping[str, Rows]
    since: str
    cutoff: str

    def expired(self) -> set[str]:
        """Ids of tickets that retention leaves out: not open, and ended before the cut-off."""
        found = set()
        for table in TICKET_TABLES:
            for key, row in self.rows.get(table, {}).items():
                real = row["sys_class_name"]
                if table == "task" and real in self.rows:
                    continue
                is_open = row["state"] not in _ENDED if real == "incident" else row["active"] == "true"
                end = row["closed_at"] or row.get("resolved_at", "") or row["sys_updated_on"]
                if not is_open and end < self.cutoff:
                    found.add(key)
        return found

    def in_window(self, table: str) -> set[str]:
        """Ids of the served rows that a first sync brings."""
        spec = TABLES[table]
        stamp = spec.cursor or "sys_updated_on"
        return {
            key
            for key, row in self.visible[table].items()
            if (not spec.windowed or row[stamp] >= self.since or (spec.or_active and row["active"] == "true"))
            and (table != "sys_audit" or row["tablename"] == "incident")
        }

    def kept(self) -> dict[str, set[str]]:
        """Ids that must be held: those of the window, and what they refer to, without what has expired."""
        gone = self.expired()
        kept = {table: self.in_window(table) - gone for table in self.rows}
        references = list(self._references())
        grown = True
        while grown:
            grown = False
            for table, column, target in references:
                named = {self.visible[table][key][column] for key in kept[table]}
                found = (named & self.visible[target].keys()) - gone - kept[target]
                kept[target] |= found
                grown = grown or bool(found)
        return kept

    def _references(self) -> Iterator[tuple[str, str, str]]:
        """Table, column, target: references that may lead outside a window, and the two halves of a ticket."""
        windowed = {name for name in self.rows if TABLES[name].windowed}
        parents = {row["name"]: row["super_class"] for row in self.rows["sys_db_object"].values()}
        names = {key: row["name"] for key, row in self.rows["sys_db_object"].items()}
        for row in self.rows["sys_dictionary"].values():
            if row["internal_type"] == "reference" and row["reference"] in windowed:
                for table in self.rows:
                    line = table
                    while line and line != row["name"]:
                        line = names.get(parents.get(line, ""), "")
                    if line and any(row["element"] in each for each in self.rows[table].values()):
                        yield table, row["element"], row["reference"]
        for table in windowed & {*TICKET_TABLES} - {"task"}:
            yield table, "sys_id", "task"
            yield "task", "sys_id", table


def truth_of(lake: Lake) -> Truth:
    """The instance's rows of every table of the lake."""
    control = lake.servicenow.control

    def rows(*, visible: bool) -> dict[str, Rows]:
        return {
            table: {row["sys_id"]: row for row in control.rows(table, visible=visible)}
            for table in lake.instance.tables
        }

    everything = rows(visible=False)
    hiding = any(rule["kind"] in ("hidden_rows", "empty_page") for rule in control.faults())
    return Truth(
        everything,
        rows(visible=True) if hiding else everything,
        lake.settings.history_start().isoformat(" "),
        lake.settings.retention_start().isoformat(" "),
    )


@dataclass
class Held:
    """The raw rows of every table of a lake, and the SQL types of their columns."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    kinds: Mapping[str, Mapping[str, str]]


def held_in(lake: Lake) -> Held:
    found: dict[str, list[Mapping[str, Any]]] = {}
    with warehouse.connect(lake.settings, read_only=True) as connection:
        kinds = warehouse.columns_of(connection, warehouse.RAW)
        for table in lake.instance.tables:
            cursor = connection.execute(f"SELECT * FROM raw_servicenow.{table}")
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Held(found, kinds)


def shortcomings(lake: Lake, truth: Truth | None = None, *, unseen: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Where the warehouse is not what the instance's rows say it must be: rows and cells, one line each.

    `unseen` are columns (table, column) that a field ACL hides: their cells are not compared. Rows that
    a row ACL hides need not be held; where they are, they are the last version that was seen.
    """
    truth, held = truth or truth_of(lake), held_in(lake)
    kept, expired = truth.kept(), truth.expired()
    tickets = {row["sys_id"] for table in ("task", "incident") for row in held.rows.get(table, ())}
    found: list[str] = []
    for table, rows in held.rows.items():
        ids = {row["sys_id"] for row in rows}
        if len(ids) < len(rows):
            found.append(f"{table}: {len(rows)} rows have {len(ids)} sys_ids")
        wanted, owner = kept[table], BELONGING.get(table)
        if owner:
            wanted = {key for key in wanted if truth.rows[table][key][owner] in tickets}
        found += [f"{table}: {key} is missing" for key in sorted(wanted - ids)]
        found += [f"{table}: {key} is too many" for key in sorted(ids - truth.rows[table].keys())]
        found += [f"{table}: {key} has expired" for key in sorted(ids & expired)]
        hidden_columns = {column for where, column in unseen if where == table} | TABLES[table].never
        for row in rows:
            if row["sys_id"] in truth.visible[table]:
                found += _wrong_cells(
                    table, row, truth.visible[table][row["sys_id"]], held.kinds[table], hidden_columns
                )
    return found


def _wrong_cells(
    table: str, row: Mapping[str, Any], true: Mapping[str, str], kinds: Mapping[str, str], unseen: set[str]
) -> Iterator[str]:
    for column, kind in kinds.items():
        if column in true and column not in unseen:
            wanted = expected(true[column], kind)
            if row[column] != wanted:
                yield f"{table}: {row['sys_id']}: {column} is {row[column]!r}, not {wanted!r}"


def cursors(lake: Lake) -> dict[str, str]:
    """Each table's cursor, as the last complete load left it; read from dlt's state table."""
    with warehouse.connect(lake.settings, read_only=True) as connection:
        if "_dlt_pipeline_state" not in warehouse.columns_of(connection, warehouse.RAW):
            return {}
        states = connection.execute(
            "SELECT state FROM raw_servicenow._dlt_pipeline_state WHERE _dlt_load_id IN"
            " (SELECT load_id FROM raw_servicenow._dlt_loads WHERE status = 0) ORDER BY version DESC LIMIT 1"
        ).fetchall()
    found: dict[str, str] = {}
    for (state,) in states:
        for source in decompress_state(state)["sources"].values():
            found |= {table: of["cursor"] for table, of in source["resources"].items() if "cursor" in of}
    return found


def passed_over(lake: Lake) -> list[str]:
    """Served rows that lie before a cursor, its overlap included, and are not held in that version.

    What no cursor can tell of is left out: a row whose time did not move with its last change.
    """
    truth, held = truth_of(lake), held_in(lake)
    expired, found = truth.expired(), list[str]()
    for table, cursor in cursors(lake).items():
        name = TABLES[table].cursor
        if name is None:
            continue
        versions = {row["sys_id"]: row[name] for row in held.rows[table]}
        low = expected(cursor, "TIMESTAMP").timestamp() - lake.instance.cursor_overlap_seconds
        for key in truth.in_window(table) - expired:
            row = truth.visible[table][key]
            owner = BELONGING.get(table)
            if expected(row[name], "TIMESTAMP").timestamp() <= low and not (owner and row[owner] in expired):
                if key not in versions:
                    found.append(f"{table}: {key} of {row[name]} is not held, and the cursor is at {cursor}")
                elif versions[key] < expected(row[name], "TIMESTAMP"):
                    found.append(f"{table}: {key} is held of {versions[key]}, not of {row[name]}; cursor {cursor}")
    return found
