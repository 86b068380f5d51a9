"""Which tickets the filters leave in, as SQL with parameters."""

from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.filters import NONE, Filters

#: White space as the models trim it.
SPACE = "concat(' ', chr(9), chr(10), chr(13))"
#: Resolved tickets, the cohort of most figures (`sdm.itsm`).
RESOLVED = "not is_cancelled and not is_open and resolved_at is not null and not has_bad_clock"


@dataclass(frozen=True)
class Condition:
    """What stands behind `where`, and the parameters it names."""

    sql: str
    parameters: dict[str, object] = field(default_factory=dict)

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"{self.sql} and {other.sql}", self.parameters | other.parameters)


def tickets(filters: Filters, moment: str | None, *, table: str = "") -> Condition:
    """Rows of `sdm.itsm` (`table` is its alias) by all filters; the period by `moment`, None: not at all."""
    of = f"{table}." if table else ""
    condition = Condition(f"{of}instance = $instance", {"instance": filters.instance})
    if moment:
        condition &= period(filters.since, filters.until, of + moment)
    if filters.priorities:
        codes = [int(code) for code in filters.priorities if code != NONE]
        condition &= _one_of("priorities", f"{of}priority", codes, f"{of}priority is null", filters.priorities)
    return condition & groups(filters, f"{of}assignment_group") & services(filters, f"{of}service")


def groups(filters: Filters, column: str) -> Condition:
    """Rows by the name of a group."""
    return _names("groups", column, filters.groups)


def services(filters: Filters, column: str) -> Condition:
    """Rows by the name of a service."""
    return _names("services", column, filters.services)


def period(since: date | None, until: date | None, moment: str) -> Condition:
    """Rows whose moment is in the days from `since` until before `until`."""
    condition = Condition("true")
    if since:
        condition &= Condition(f"{moment} >= $since", {"since": since})
    if until:
        condition &= Condition(f"{moment} < $until", {"until": until})
    return condition


def published(filters: Filters, by: str | None = None) -> Condition | None:
    """The rows of a table of `metrics` that the filters ask for, split `by` a dimension or not.

    They are there for all tickets and for those of one value. None where figures are to be computed.
    """
    one = filters.one_value
    if not filters.is_plain and (one is None or by not in (None, one[0])):
        return None
    condition = Condition(
        "instance = $instance and dimension = $dimension",
        {"instance": filters.instance, "dimension": by or (one[0] if one else "all")},
    )
    if one:
        condition &= Condition("dimension_value = $dimension_value", {"dimension_value": one[1]})
    return condition


def without_period(filters: Filters) -> Filters:
    """The same filters for all days."""
    return replace(filters, since=None, until=None)


def is_filled(column: str) -> str:
    """The condition that a text is neither missing nor white space alone; never NULL."""
    # Texts that begin with no white space are most, and comparing is ten times as quick as trimming.
    return f"case when {column} >= '!' then true else coalesce(trim({column}, {SPACE}) <> '', false) end"


def _names(name: str, column: str, values: tuple[str, ...]) -> Condition:
    if not values:
        return Condition("true")
    return _one_of(name, column, [value for value in values if value != NONE], f"not {is_filled(column)}", values)


def _one_of(name: str, column: str, known: list[str] | list[int], missing: str, values: tuple[str, ...]) -> Condition:
    parts = [f"{column} = any(${name})"] if known else []
    parts += [missing] if NONE in values else []
    return Condition(f"({' or '.join(parts)})", {name: known} if known else {})
