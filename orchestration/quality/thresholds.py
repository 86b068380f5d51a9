"""Every limit of the data-quality rules, in one place. Shares are 0 to 1 of the rows a rule looks at."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

#: Rows of the current load that Great Expectations sees one by one, a table; more are sampled.
SAMPLED_ROWS = 10_000
#: Keys of failing rows that a result names.
SAMPLE_KEYS = 5

#: Room for clocks that differ; the same day as `has_bad_clock` (contract, section 6).
FUTURE_TOLERANCE = timedelta(days=1)
#: Tickets change daily in any instance that is in use.
STALE_HOURS = 72.0
#: Ticks of the schedule that a table may miss before it counts as left behind ...
MISSED_TICKS = 3
#: ... which it does not within a day and some room, however often the schedule comes round.
SYNC_STALE_HOURS = 26.0

#: Checks whose row counts are kept to go by.
ROW_COUNTS_KEPT = 10
#: A table with less than this share of its usual rows deserves a look, as one with so many times them
#: does. Only warnings: a shorter retention, a clean-up or an import at the source do the same.
ROW_COUNT_LOW = 0.5
ROW_COUNT_HIGH = 3.0
#: Fewer rows than this come and go without meaning anything.
ROW_COUNT_FROM_ROWS = 100

#: Imports and clean-up scripts write times that contradict each other.
CONTRADICTING_TIMES_SHARE = 0.02
#: Reference rows deleted at the source leave ids that lead nowhere (contract, section 7).
ORPHAN_SHARE = 0.05
#: Codes that no `sys_choice` row explains: retired values on old tickets.
UNKNOWN_CODE_SHARE = 0.05
#: Values outside the shape or range the platform ships with.
ODD_VALUE_SHARE = 0.02
#: Tickets whose clock cannot be trusted: more would bend every duration metric.
BAD_CLOCK_SHARE = 0.05

#: A name or label that is missing shows as an id or as `(none)` on every page.
NAME_NULL_SHARE = 0.05

#: NULL share of incident's required fields (standard names) above which figures are wrong: critical.
INCIDENT_CRITICAL_NULL_SHARE: Mapping[str, float] = MappingProxyType({"number": 0.01, "state": 0.05, "opened_at": 0.05})
#: The same, above which figures are poor: a warning. The fields left out are empty on most tickets
#: of a healthy instance (`caused_by`, `problem_id`, `business_impact`, `cmdb_ci`, `business_service`)
#: or until a ticket is resolved.
INCIDENT_NULL_SHARE: Mapping[str, float] = MappingProxyType(
    {
        "short_description": 0.05,
        "priority": 0.05,
        "category": 0.5,
        "assignment_group": 0.5,
        "opened_by": 0.1,
        "made_sla": 0.5,
        "reassignment_count": 0.5,
        "reopen_count": 0.5,
    }
)
