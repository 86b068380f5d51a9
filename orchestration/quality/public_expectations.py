"""What is expected of the public tables: keys and required columns as the contract has them.

A test compares them with the contract's machine-readable form. Shares, counts and durations need no
declaration: their columns say what they are by their last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class PublicTable:
    """Column names; `allowed` has the values of a column, `ordered` pairs of columns, the smaller first."""

    key: tuple[str, ...]
    required: tuple[str, ...]
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ordered: tuple[tuple[str, str], ...] = ()


def _table(
    key: str,
    required: str,
    allowed: Mapping[str, str] | None = None,
    ordered: tuple[tuple[str, str], ...] = (),
) -> PublicTable:
    values = {column: tuple(text.split()) for column, text in (allowed or {}).items()}
    return PublicTable(tuple(key.split()), tuple(required.split()), values, ordered)


DIMENSIONS = ("all", "priority", "assignment_group", "service", "category", "ci", "opened_by_kind", "contact_type")
#: Extra columns of an instance are dimensions too; their names begin so.
EXTRA_DIMENSION = "x_"
GRAINS = ("all", "month", "week", "day")
_LONG_KEY = "instance grain period_start dimension dimension_value"
_LONG_REQUIRED = "instance grain dimension is_partial resolved_count"
_LONG_ALLOWED = {"grain": " ".join(GRAINS), "dimension": " ".join(DIMENSIONS)}


def _long(required: str = "", ordered: tuple[tuple[str, str], ...] = ()) -> PublicTable:
    return _table(_LONG_KEY, f"{_LONG_REQUIRED} {required}", _LONG_ALLOWED, ordered)


_RECORD = ("instance sys_id", "instance sys_id")

PUBLIC_TABLES: Mapping[str, PublicTable] = MappingProxyType(
    {
        "sdm.itsm": _table(
            "instance sys_id",
            "instance sys_id is_open is_cancelled is_duplicate is_child has_bad_clock opened_by_kind"
            " has_business_impact ci_resolution",
            {
                "opened_by_kind": "bigpanda integration person unknown",
                "ci_resolution": "ticket affected_ci service title none",
            },
        ),
        "sdm.itsm_history": _table(
            "instance sys_id field changed_at sequence",
            "instance sys_id field changed_at sequence source",
            {"source": "audit snapshot"},
        ),
        "sdm.knowledge_base": _table(*_RECORD),
        "sdm.users": _table("instance sys_id", "instance sys_id is_integration"),
        "sdm.groups": _table(*_RECORD),
        "sdm.configuration_items": _table(*_RECORD),
        "sdm.services": _table(*_RECORD),
        "sdm.changes": _table("instance sys_id", "instance sys_id is_open"),
        "sdm.problems": _table("instance sys_id", "instance sys_id is_open"),
        "sdm.task_slas": _table(*_RECORD),
        "sdm.maintenance_windows": _table(
            "instance source_table sys_id",
            "instance sys_id source_table kind",
            {"kind": "change planned_outage outage degradation"},
        ),
        "sdm.incident_changes": _table(
            "instance incident_id change_id",
            "instance incident_id change_id link score reason",
            {"link": "caused_by rfc suspected"},
        ),
        "sdm.similar_incidents": _table(
            "instance incident_id similar_incident_id", "instance incident_id similar_incident_id rank score reason"
        ),
        "metrics.mttr": _long(ordered=(("median_minutes", "p90_minutes"),)),
        "metrics.reassignment": _long(),
        "metrics.noise": _long(
            "noise_count noise_by_code_count noise_untouched_count", (("noise_count", "resolved_count"),)
        ),
        "metrics.reopen": _long("reopened_count", (("reopened_count", "resolved_count"),)),
        "metrics.sla": _long("made_sla_count task_sla_count", (("made_sla_count", "resolved_count"),)),
        "metrics.top_recurring_tickets": _table(
            "instance recurring_key",
            "instance rank recurring_key title ticket_count active_days ci_count group_count",
            ordered=(("active_days", "ticket_count"), ("first_opened_at", "last_opened_at")),
        ),
        "metrics.reassignment_paths": _table(
            "instance from_group to_group",
            "instance from_group to_group moves tickets ping_pong_tickets",
            ordered=(("tickets", "moves"), ("ping_pong_tickets", "tickets")),
        ),
        "metrics.backlog": _table(
            "instance as_of dimension dimension_value",
            "instance as_of dimension open_count not_closed_count opened_count ended_count older_than_30_days",
            {"dimension": " ".join(DIMENSIONS)},
            (("older_than_30_days", "open_count"),),
        ),
        "metrics.change_failure": _table(
            "instance period_start dimension dimension_value",
            "instance period_start dimension closed_changes failed_changes changes_with_linked_incident"
            " changes_with_suspected_incident",
            {"dimension": "all type assignment_group"},
            (("failed_changes", "closed_changes"),),
        ),
        "metrics.excluded": _table(
            "instance reason", "instance reason ticket_count", {"reason": "cancelled open not_resolved bad_clock"}
        ),
        "meta.sync_runs": _table(
            "run_id instance",
            "run_id instance kind status started_at",
            {
                "kind": "initial sync backfill reconcile retention erase",
                "status": "running succeeded failed skipped",
            },
            (("started_at", "finished_at"),),
        ),
        "meta.sync_tables": _table(
            "run_id instance table_name",
            "run_id instance table_name rows_read inserted updated unchanged deleted requests bytes retries seconds",
        ),
        "meta.coverage": _table(
            "instance table_name column_name",
            "instance table_name column_name status row_count",
            {"status": "synced never_synced hidden missing"},
        ),
        "meta.reconciliation": _table(
            "instance table_name checked_at", "instance table_name warehouse_count checked_at"
        ),
        "meta.deleted_records": _table(
            "instance table_name sys_id",
            "instance table_name sys_id deleted_at known_by",
            {"known_by": "audit key_sweep retention erasure"},
        ),
        "meta.schema_changes": _table(
            "instance table_name column_name detected_at",
            "instance table_name column_name change detected_at",
            {"change": "added removed renamed retyped"},
        ),
        "meta.connectors": _table(
            "id",
            "id name type status",
            {
                "status": "required_auth auth_error pending_initialization initial_sync active running sync_error",
                "type": "servicenow",
            },
        ),
        "meta.publications": _table("run_id", "run_id published_at data_as_of ticketlake_version"),
    }
)
