"""The `sysparm_*` parameters of a list request (Table API reference, section 1.1), read and checked."""

from dataclasses import dataclass

from ingestion.instance.messages import ApiError, Request
from ingestion.instance.projection import DisplayMode
from ingestion.instance.selection import Page

DEFAULT_LIMIT = 10_000
#: More rows than any table has, and a number that SQLite takes.
_GREATEST = 1 << 40


@dataclass(frozen=True)
class ListParameters:
    """What a request asks for. `pairs` are its `field=value` pairs, of use where it has no query."""

    query: str
    fields: str
    page: Page
    has_limit: bool
    mode: DisplayMode
    exclude_links: bool
    no_count: bool
    suppress_link_header: bool
    pairs: tuple[tuple[str, str], ...]


def read_parameters(request: Request) -> ListParameters:
    """The parameters of a request; raises ApiError 400 for a limit or offset that cannot be."""
    given = request.parameters
    return ListParameters(
        query=given.get("sysparm_query", ""),
        fields=given.get("sysparm_fields", ""),
        page=Page(_limit(given), _offset(given)),
        has_limit="sysparm_limit" in given,
        mode=_mode(given.get("sysparm_display_value", "")),
        exclude_links=_flag(given, "sysparm_exclude_reference_link"),
        no_count=_flag(given, "sysparm_no_count"),
        suppress_link_header=_flag(given, "sysparm_suppress_pagination_header"),
        pairs=tuple((name, value) for name, value in request.pairs if not name.startswith("sysparm_")),
    )


def _flag(given: dict[str, str], name: str) -> bool:
    return given.get(name, "").lower() == "true"


def _mode(value: str) -> DisplayMode:
    lowered = value.lower()
    if lowered == "true":
        return "true"
    return "all" if lowered == "all" else "false"


def _limit(given: dict[str, str]) -> int:
    value = given.get("sysparm_limit", str(DEFAULT_LIMIT))
    if not value.isdecimal() or int(value) < 1:
        raise ApiError(400, "Invalid value given for sysparm_limit", "sysparm_limit value must be a positive integer")
    return min(int(value), _GREATEST)


def _offset(given: dict[str, str]) -> int:
    value = given.get("sysparm_offset", "") or "0"
    if not value.isdecimal():
        raise ApiError(
            400, "Invalid value given for sysparm_offset", "sysparm_offset value must be zero or a positive integer"
        )
    return min(int(value), _GREATEST)
