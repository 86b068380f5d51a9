"""How an embedded instance behaves: its user, and the switches for what differs between real instances."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass
class InstanceOptions:
    """Credentials that are accepted, and switches that `/_control/settings` can change.

    `invalid_query_returns_no_rows` is `glide.invalid_query.returns_no_rows`. `literals_in_user_zone`
    reads plain dates of a query in the user's zone (the other claim of the reference, section 2.3).
    `prev_link_quirk` sends `prev` with offset -1 on a first page of limit 1. `stable_ties` gives ties
    one order on all pages. `per_request_seconds` lets that much time pass with each table request.
    `cache_bytes` bounds the JSON of rows that is kept.
    """

    username: str = "ticketlake"
    password: str = field(default="ticketlake-demo", repr=False)
    client_id: str = "ticketlake-client"
    client_secret: str = field(default="ticketlake-secret", repr=False)
    api_key: str = field(default="", repr=False)
    time_zone: str = "UTC"
    date_format: str = "%Y-%m-%d"
    time_format: str = "%H:%M:%S"
    invalid_query_returns_no_rows: bool = False
    literals_in_user_zone: bool = False
    prev_link_quirk: bool = False
    stable_ties: bool = False
    per_request_seconds: float = 0.0
    access_token_seconds: int = 1800
    refresh_token_seconds: int = 8_640_000
    max_url_length: int = 16_384
    max_pagination_url_length: int = 8_192
    cache_bytes: int = 640 << 20

    @property
    def zone(self) -> ZoneInfo:
        """The user's time zone."""
        return ZoneInfo(self.time_zone)

    def change(self, changes: dict[str, object]) -> None:
        """Sets switches by name. Raises ValueError for an unknown one or a value of the wrong type."""
        for name, value in changes.items():
            current = getattr(self, name, None) if name in SWITCHES else None
            if current is None:
                raise ValueError(f"no setting {name!r}; there are {', '.join(SWITCHES)}")
            if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if type(value) is not type(current):
                raise ValueError(f"setting {name} takes a {type(current).__name__}, not {value!r}")
            if name == "time_zone":
                _require_zone(str(value))
            setattr(self, name, value)


#: The settings that may change while the instance runs.
SWITCHES = (
    "time_zone",
    "date_format",
    "time_format",
    "invalid_query_returns_no_rows",
    "literals_in_user_zone",
    "prev_link_quirk",
    "stable_ties",
    "per_request_seconds",
    "max_url_length",
    "max_pagination_url_length",
)


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"setting time_zone: {name!r} is no IANA time zone") from error
