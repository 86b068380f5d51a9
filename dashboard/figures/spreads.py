"""How resolve times are distributed, not only their means."""

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


def distribution(snapshot: Snapshot, filters: Filters, *, by: str | None = None) -> pd.DataFrame:
    """Resolved tickets by resolve time, in bins that double.

    Columns: `from_minutes` (0 for the first), `to_minutes` (exclusive), `tickets`, and with `by` also
    `dimension_value`, `label`. Without `by` empty bins between are rows too.
    """
    raise NotImplementedError


def spread(snapshot: Snapshot, filters: Filters, *, by: str, limit: int = 20) -> pd.DataFrame:
    """The spread of resolve times by the values of a dimension with the most resolved tickets: `dimension_value`,
    `label`, `p10`, `p25`, `median`, `p75`, `p90`, `mean` (minutes), `n`; `n` descending."""
    raise NotImplementedError
