"""What becomes of the columns that tell of persons: `[instances.<name>.privacy]` of the settings.

An action for a column: `keep`; `scrub` takes what tells of persons out of free text; `pseudonymise` puts a keyed
pseudonym in the value's place; `drop` never asks for the column. A ticket lies in the table of its class and in
`task`, a service in `cmdb_ci` too: what is said of a column in one of them holds in all.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from ingestion.errors import ConfigurationError
from ingestion.servicenow.catalogue import TABLES, TICKET_TABLES

#: From the loosest to the strictest; where several hold for a column, the strictest does.
ACTIONS = ("keep", "scrub", "pseudonymise", "drop")
EVERY_TABLE = "*"

SEEN = "seen_changes"
#: Tables whose rows are changes of incidents: the column that names the field, and those that hold its values.
CHANGES = {
    "sys_audit": ("fieldname", ("oldvalue", "newvalue")),
    SEEN: ("field", ("old_value", "new_value")),
}
#: Whose changes they are.
AUDITED = "incident"

_FAMILIES = (TICKET_TABLES, ("cmdb_ci", "cmdb_ci_service"))
#: What syncs, deletes and retention go by. These are no data of persons.
STRUCTURE = frozenset(
    {
        "sys_id", "sys_created_on", "sys_updated_on", "sys_mod_count", "sys_class_name", "sys_domain",
        "tablename", "documentkey", "fieldname", "record_checkpoint", "internal_checkpoint",
    }
)  # fmt: skip
_OF_TICKETS = frozenset({"state", "active", "opened_at", "closed_at", "resolved_at"})
_OF_LINKS = frozenset({"task"})

#: The shipped policy, by table; a column that an instance does not have is passed over.
_PERSONS = "user_name:pseudonymise name:pseudonymise email:pseudonymise employee_number:pseudonymise"
_PRIVATE = (
    "first_name middle_name last_name phone mobile_phone home_phone street zip gender introduction last_login_device"
)
_DEFAULT: Mapping[str, str] = MappingProxyType(
    {
        EVERY_TABLE: "sys_created_by:pseudonymise sys_updated_by:pseudonymise",
        "sys_user": " ".join([_PERSONS, *(f"{name}:drop" for name in _PRIVATE.split())]),
        "sys_user_group": "email:drop description:scrub",
        "cmn_location": "phone:drop street:drop",
        "task": "short_description:scrub description:scrub close_notes:scrub watch_list:drop work_notes_list:drop"
        " additional_assignee_list:drop user_input:drop",
        "incident": "business_impact:scrub",
        "problem": "cause_notes:scrub fix_notes:scrub workaround:scrub",
        "change_request": "justification:scrub implementation_plan:scrub backout_plan:scrub test_plan:scrub"
        " risk_impact_analysis:scrub reason:scrub",
        "cmdb_ci_outage": "short_description:scrub details:scrub",
        "kb_knowledge": "short_description:scrub text:scrub wiki:scrub",
        "sys_audit": "user:pseudonymise reason:scrub",
        "sys_audit_delete": "display_value:drop",
    }
)


@dataclass(frozen=True)
class Policy:
    """Actions by table and column, without those that keep. `named` are columns that the settings name themselves."""

    actions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    named: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.actions)

    def of(self, table: str) -> dict[str, str]:
        """Actions by column of a table, those of its family and of all tables included."""
        found: dict[str, str] = {}
        for name in (EVERY_TABLE, *family_of(table)):
            for column, action in self.actions.get(name, {}).items():
                found[column] = max(found.get(column, "keep"), action, key=ACTIONS.index)
        return found

    def dropped(self, table: str) -> frozenset[str]:
        """Columns of a table that are not asked for."""
        return frozenset(column for column, action in self.of(table).items() if action == "drop")

    @property
    def needs_key(self) -> bool:
        return any("pseudonymise" in actions.values() for actions in self.actions.values())

    @property
    def scrubs(self) -> bool:
        return any("scrub" in actions.values() for actions in self.actions.values())

    def to_json(self) -> str:
        """The policy as one text: what is stored of it."""
        return json.dumps({table: dict(actions) for table, actions in self.actions.items()}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Policy":
        return cls(json.loads(text))


def family_of(table: str) -> tuple[str, ...]:
    """The tables that hold the same rows."""
    return next((names for names in _FAMILIES if table in names), (table,))


def default_actions() -> dict[str, dict[str, str]]:
    """The shipped policy, `privacy = "default"`."""
    found: dict[str, dict[str, str]] = {}
    for table, text in _DEFAULT.items():
        for item in text.split():
            column, _, action = item.partition(":")
            found.setdefault(table, {})[column] = action
    return found


def policy_from(where: str, value: object, field_map: Mapping[str, str] = MappingProxyType({})) -> Policy:
    """The `privacy` setting: `"keep"`, `"default"`, or a table of `base` and tables of column = action.

    `where` names the section. Raises ConfigurationError naming setting, value and what is allowed.
    """
    given: Mapping[str, Any] = {"base": value} if isinstance(value, str) else value  # type: ignore[assignment]
    if not isinstance(given, Mapping):
        raise ConfigurationError(f'{where}: privacy={value!r} must be "default", "keep" or a table')
    base = given.get("base", "keep")
    if base not in ("keep", "default"):
        raise ConfigurationError(f'{where}: privacy.base={base!r} must be "default" or "keep"')
    actions = default_actions() if base == "default" else {}
    named: set[tuple[str, str]] = set()
    for table, columns in given.items():
        if table == "base":
            continue
        if table != EVERY_TABLE and table not in TABLES:
            close = get_close_matches(table, TABLES, n=1)
            like = f"; meant {close[0]!r}?" if close else f" (known: {', '.join(TABLES)})"
            raise ConfigurationError(f"{where}: privacy.{table}: not extracted{like}")
        if not isinstance(columns, Mapping):
            raise ConfigurationError(f"{where}: privacy.{table}={columns!r} must be a table of column = action")
        for column, action in columns.items():
            _check(f"{where}: privacy.{table}.{column}", table, column, action, field_map)
            # What the settings say takes the place of what the base says of it, in the whole family.
            for name in family_of(table):
                if (name, column) not in named:
                    actions.get(name, {}).pop(column, None)
            actions.setdefault(table, {})[column] = action
            named.add((table, column))
    kept = {
        table: {column: action for column, action in columns.items() if action != "keep"}
        for table, columns in actions.items()
    }
    return Policy({table: columns for table, columns in kept.items() if columns}, frozenset(named))


def _check(where: str, table: str, column: str, action: object, field_map: Mapping[str, str]) -> None:
    if action not in ACTIONS:
        raise ConfigurationError(f"{where}={action!r} is no action (known: {', '.join(ACTIONS)})")
    if action != "keep" and column in protected(table, field_map):
        raise ConfigurationError(f"{where}={action!r}: syncs, deletes and retention go by this column; leave it out")
    if action == "drop" and table != EVERY_TABLE and TABLES[table].bootstrap:
        raise ConfigurationError(f"{where}='drop': {table} is read before any type is known; pseudonymise it instead")


def protected(table: str, field_map: Mapping[str, str]) -> frozenset[str]:
    """Columns that no policy changes."""
    if table == EVERY_TABLE:
        return STRUCTURE
    found = STRUCTURE
    if table in TICKET_TABLES:
        mapped = {field_map.get(name, name) for name in _OF_TICKETS} if table == "incident" else set()
        found = found | _OF_TICKETS | mapped
    if table in ("task_sla", "task_ci"):
        found = found | _OF_LINKS
    if table in ("sys_choice", "sys_db_object", "sys_dictionary", "sys_glide_object"):
        found = found | TABLES[table].floor.keys()
    return found
