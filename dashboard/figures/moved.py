"""What moved most between two periods."""

import pandas as pd

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot


def movers(snapshot: Snapshot, filters: Filters, *, limit: int = 8) -> pd.DataFrame:
    """The values of priority, group, service and category that moved a figure of all tickets most.

    Between the two periods that `headline` compares. Columns: `dimension`, `dimension_value`, `label`, `figure`
    (`mttr_minutes` or `resolved_count`), `before`, `after`, `n_before`, `n_after`, `effect`: by how much it changed the
    figure of all tickets, as a share of that (0.1: ten percent up by this value alone). Largest absolute effect first.
    Empty where there are no two periods.
    """
    raise NotImplementedError
