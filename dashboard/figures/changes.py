"""Changes: how many fail, and what happens after them."""

from typing import Literal

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


def changes(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """Closed changes by month: `period_start`, `dimension_value`, `closed_changes`, `failed_changes`, `failed_share`,
    `changes_with_linked_incident`, `changes_with_suspected_incident`. `by` is None, `type` or `assignment_group`.

    Changes have a group and a service; priorities do not filter them. A period takes the months it touches by the day
    a change was closed.
    """
    raise NotImplementedError


def change_incidents(
    snapshot: Snapshot, filters: Filters, *, kind: Literal["linked", "suspected"], limit: int = 200
) -> pd.DataFrame:
    """Incidents and the change that explains them, best score first: `instance`, `change_id`, `change_number`,
    `change_description`, `change_group`, `change_closed_at`, `is_failed`, `incident_id`, `incident_number`,
    `incident_description`, `incident_priority_label`, `incident_opened_at`, `score` (0 to 1), `reason`.

    `linked`: the incident names the change as its cause (never a guess). Filters are those of the changes.
    """
    raise NotImplementedError
