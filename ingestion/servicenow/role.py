"""The least a ServiceNow user needs to be read by Ticketlake, as text to hand to an administrator.

Facts: the Table API reference, section 2.4 (query ACLs: `query_match` for equality and emptiness,
`query_range` for comparisons and sorting; where they are missing, filters are dropped without a word).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ingestion.servicenow.catalogue import SECRET_TYPES, TABLES, TableSpec

ROLE = "u_ticketlake_reader"
#: Rows are walked, windowed and counted by these.
_QUERIED = ("sys_id", "sys_updated_on", "sys_created_on")
#: The dictionary of a table and of what it extends is asked for by `name`.
_BY_NAME = frozenset({"sys_dictionary"})


@dataclass(frozen=True)
class TableRights:
    """What the role must be granted on a table.

    `queried` are the columns that need `query_match` and `query_range` beside `read`; `columns` those
    whose absence changes what is published; `withheld` those that Ticketlake never asks for.
    """

    table: str
    required: bool
    queried: tuple[str, ...]
    columns: tuple[str, ...]
    withheld: tuple[str, ...]


def rights(tables: Iterable[str] = tuple(TABLES)) -> list[TableRights]:
    """One entry a table, in catalogue order."""
    return [
        TableRights(
            name,
            TABLES[name].required,
            _queried(TABLES[name]),
            tuple(TABLES[name].columns),
            tuple(sorted(TABLES[name].never)),
        )
        for name in tables
    ]


def _queried(spec: TableSpec) -> tuple[str, ...]:
    """The columns that rows are found or sorted by."""
    fixed = tuple(re.findall(r"(?:^|\^)(?:OR)?([a-z_]+)", spec.base_query))
    active = ("active",) if spec.or_active else ()
    name = ("name",) if spec.name in _BY_NAME else ()
    return (*(column for column in _QUERIED if column in spec.columns), *active, *name, *fixed)


def as_document(tables: Iterable[str] = tuple(TABLES)) -> dict[str, Any]:
    """The same as JSON types."""
    return {"role": ROLE, "tables": [asdict(each) for each in rights(tables)]}


def as_lines(tables: Iterable[str] = tuple(TABLES)) -> Iterator[str]:
    """The request to the administrator, ready to be sent."""
    found = rights(tables)
    yield from (
        "Request: a read-only integration user for Ticketlake",
        "",
        "1. User (sys_user): user_name of your choice, Web service access only = true, Time zone = GMT,",
        "   Language = English. It needs no other role than the one below; with the role snc_read_only beside it",
        "   the platform refuses every write, whatever else is granted by mistake.",
        f"2. Role (sys_user_role): {ROLE}, granted to that user alone. No elevated privilege.",
        "3. Access controls (sys_security_acl), type record, that require this role. Nothing is written: neither",
        "   create, write nor delete is needed, nor admin, nor itil.",
        "",
        "   a. operation read, on each table and on its fields (name <table> and <table>.*):",
    )
    for wanted in (True, False):
        yield f"      {'required' if wanted else 'optional, each adds something'}:"
        yield from (f"        {each.table}" for each in found if each.required is wanted)
    yield ""
    yield "   b. operations query_match and query_range, where the release has query ACLs, on the fields that rows are"
    yield "      found and sorted by. Without them the instance silently ignores filters:"
    for queried in dict.fromkeys(each.queried for each in found):
        yield f"        {', '.join(queried)} of"
        yield f"          {', '.join(each.table for each in found if each.queried == queried)}"
    yield ""
    yield "   c. No row may be hidden by before-query business rules or row conditions: what is hidden is missing in"
    yield "      every figure. Where domains are separated, the user must see all that are to be reported on."
    withheld = [each for each in found if each.withheld]
    yield ""
    yield f"   d. Never asked for, and better not readable: columns of the types {', '.join(sorted(SECRET_TYPES))}, and"
    yield from (f"        {each.table}: {', '.join(each.withheld)}" for each in withheld)
    yield ""
    yield "4. Web services: the Table API (/api/now/table) and the Aggregate API (/api/now/stats), GET only; with REST"
    yield "   API access policies, for these two. For OAuth or an API key, the registry entry for this user."
    yield "5. Proof: `ticketlake doctor` has a line for each of these, and says what is missing."
