"""Columns of `incident` that the settings name, held against what the instance's dictionary knows.

`field_map` says where an instance keeps a standard field, `extra_columns` what else it wants to see
(contract, section 3). A wrong name there would show as a column of NULLs; it is refused instead,
before anything is changed. A required field that an instance lacks is reported with what it is for.
"""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from ingestion.errors import ConfigurationError
from ingestion.servicenow.catalogue import REQUIRED_FIELDS, SECRET_TYPES, TABLES
from ingestion.servicenow.dictionary import Dictionary
from ingestion.settings import InstanceSettings

TABLE = "incident"
#: Where a BigPanda id is kept without a field map: the first of these that the dictionary knows.
BIGPANDA_COLUMNS = ("u_bp_incident_id", "u_bigpanda_incident_id")

#: What a required field is for: public tables, and columns of `sdm.itsm`, that are empty or wrong without it.
DEPENDENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "number": ("sdm.itsm.number", "metrics.top_recurring_tickets.example_number"),
        "state": ("sdm.itsm.is_open", "sdm.itsm.is_cancelled", "sdm.itsm.is_noise", "metrics.backlog", "metrics.mttr"),
        "opened_at": ("sdm.itsm.resolve_minutes", "sdm.itsm.has_bad_clock", "metrics.mttr", "metrics.backlog"),
        "resolved_at": (
            "sdm.itsm.resolve_minutes", "metrics.mttr", "metrics.reassignment", "metrics.noise", "metrics.reopen",
            "metrics.sla",
        ),
        "opened_by": ("sdm.itsm.opened_by_name", "sdm.itsm.opened_by_kind"),
        "priority": ("sdm.itsm.priority", "the dimension priority of all metrics"),
        "short_description": (
            "sdm.itsm.recurring_key", "metrics.top_recurring_tickets", "sdm.similar_incidents",
        ),
        "made_sla": ("sdm.itsm.made_sla", "metrics.sla.made_sla_share"),
        "business_impact": ("sdm.itsm.has_business_impact",),
        "assignment_group": (
            "sdm.itsm.assignment_group", "metrics.reassignment_paths", "the dimension assignment_group of all metrics",
        ),
        "business_duration": ("sdm.itsm.business_minutes", "metrics.mttr.business_mttr_minutes"),
        "category": ("sdm.itsm.category", "the dimension category of all metrics"),
        "subcategory": ("sdm.itsm.subcategory",),
        "caused_by": ("sdm.itsm.caused_by_change", "sdm.incident_changes", "metrics.change_failure"),
        "close_notes": ("sdm.itsm.close_notes",),
        "close_code": ("sdm.itsm.is_noise", "sdm.itsm.is_duplicate", "metrics.noise"),
        "cmdb_ci": ("sdm.itsm.cmdb_ci_id", "sdm.itsm.ci_name", "the dimension ci of all metrics"),
        "problem_id": ("sdm.itsm.problem",),
        "reassignment_count": ("sdm.itsm.reassignment_count", "metrics.reassignment"),
        "reopen_count": ("sdm.itsm.reopen_count", "metrics.reopen"),
        "business_service": ("sdm.itsm.service", "the dimension service of all metrics"),
    }
)  # fmt: skip


def known_columns(dictionary: Dictionary | None) -> set[str]:
    """Columns of incident that can be read; those of the catalogue where the dictionary describes none."""
    spec = TABLES[TABLE]
    described = dictionary.columns(TABLE) if dictionary else {}
    names = {name for name, column in described.items() if column.kind not in SECRET_TYPES} or set(spec.columns)
    return names - spec.never


def source_column(instance: InstanceSettings, standard: str, known: Collection[str]) -> str:
    """The column of incident in which an instance keeps a standard field."""
    if standard in instance.field_map:
        return instance.field_map[standard]
    if standard == "bp_incident_id":
        return next((name for name in BIGPANDA_COLUMNS if name in known), BIGPANDA_COLUMNS[0])
    return standard


def refuse_unknown(instance: InstanceSettings, known: Collection[str], gone: Collection[str] = ()) -> list[str]:
    """Raise ConfigurationError where the settings name a column that the instance does not have.

    `gone` are columns that it had: their values are kept, so they are warned of, one line each.
    """
    warnings = []
    for setting, column, way_out in _named(instance):
        if column in known:
            continue
        what = f"[instances.{instance.name}] {setting}: the dictionary of {instance.name!r} has no column"
        if column in gone:
            warnings.append(f"{what} incident.{column} any more; the values held are shown. To end this, {way_out}")
            continue
        close = get_close_matches(column, sorted(known), n=3)
        like = f"; it has {', '.join(close)}" if close else ""
        raise ConfigurationError(f"{what} incident.{column} that can be read{like}. Correct the name, or {way_out}")
    return warnings


def _named(instance: InstanceSettings) -> Iterator[tuple[str, str, str]]:
    """Setting, column, and how to do without, for each column that the settings name."""
    for standard, column in instance.field_map.items():
        yield f"field_map.{standard}={column!r}", column, "remove the entry to read the field's own column"
    for column in instance.extra_columns:
        yield f"extra_columns={column!r}", column, "take it from the list"


def missing_required(instance: InstanceSettings, known: Collection[str]) -> dict[str, str]:
    """Required fields that the instance does not have: what is missing and for what, by standard name."""
    found = {}
    for standard in REQUIRED_FIELDS:
        column = source_column(instance, standard, known)
        if column not in known:
            found[standard] = (
                f"the dictionary of {instance.name!r} has no column incident.{column} that can be read, and these"
                f" depend on it: {', '.join(DEPENDENTS[standard])}"
            )
    return found
