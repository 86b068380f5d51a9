"""Settings: environment first, then `ticketlake.toml`, then the default (contract, section 3).

The only reader of the environment and of the file. Secrets come from the environment alone here;
stored credentials are the connectors' affair and arrive as `Credentials`.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingestion.alert_settings import LOOPBACK, AlertSettings, alerts_from
from ingestion.errors import ConfigurationError, InvalidSettings
from ingestion.privacy.policy import Policy, policy_from
from ingestion.servicenow.catalogue import OPTIONAL_FIELDS, REQUIRED_FIELDS, TABLES

DEFAULT_NOISE_CODES = (
    "Not Solved (Not Reproducible)",
    "Not Solved (Too Costly)",
    "Closed/Resolved by Caller",
    "Resolved by caller",
    "No resolution provided",
    "Duplicate",
)
DEFAULT_STATES: Mapping[str, tuple[int, ...]] = {"resolved": (6,), "closed": (7,), "cancelled": (8,)}
#: Read from the working directory where `--config` names no other.
CONFIG_FILE = "ticketlake.toml"
STATE_FILE = "state.sqlite"
POSTGRES_VARIABLE = "TICKETLAKE_DAGSTER_POSTGRES_URL"
LOG_LEVELS = ("ERROR", "WARN", "INFO", "DEBUG")
LOG_FORMATS = ("text", "json")


@dataclass(frozen=True)
class Credentials:
    """What a client shows the instance. Secrets never appear in a repr."""

    username: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)

    @property
    def kind(self) -> str:
        """`api_key`, `oauth_password`, `oauth_client`, `basic` or `none`."""
        if self.api_key:
            return "api_key"
        if self.client_id and self.username:
            return "oauth_password"
        if self.client_id:
            return "oauth_client"
        return "basic" if self.username else "none"


@dataclass(frozen=True)
class LogSettings:
    """How a process logs to standard error: from which level on, as `text` or `json`."""

    level: str = "WARN"
    format: str = "text"


@dataclass(frozen=True)
class InstanceSettings:
    """One ServiceNow instance: where it is, how to enter, and what its fields mean."""

    name: str
    url: str
    credentials: Credentials = field(default_factory=Credentials)
    tables: tuple[str, ...] = tuple(TABLES)
    field_map: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: dict(DEFAULT_STATES))
    noise_codes: tuple[str, ...] = DEFAULT_NOISE_CODES
    bigpanda_users: tuple[str, ...] = ("bigpanda",)
    extra_columns: tuple[str, ...] = ()
    privacy: Policy = field(default_factory=Policy)
    max_concurrency: int = 4
    requests_per_hour: int | None = None
    page_size: int = 1000
    cursor_overlap_seconds: int = 900
    timeout_seconds: float = 60.0
    max_attempts: int = 6
    #: Before the second try of a request; doubled before each further one.
    backoff_seconds: float = 0.5

    @property
    def ended_states(self) -> tuple[int, ...]:
        """State codes of an incident that is not open."""
        return tuple(code for kind in ("resolved", "closed", "cancelled") for code in self.states[kind])


@dataclass(frozen=True)
class Settings:
    """Everything a run needs to know that is not in the data."""

    data_dir: Path
    fixed_now: datetime | None = None
    history_months: int = 13
    retention_days: int = 400
    sync_cron: str = "0 */2 * * *"
    secret_key: str = field(default="", repr=False)
    #: What `connector rotate-key` seals stored credentials with from then on.
    new_secret_key: str = field(default="", repr=False)
    #: The SERVICENOW_* credentials of the environment, whether or not it gives an address for them.
    given_credentials: Credentials = field(default_factory=Credentials)
    ca_bundle: str | None = None
    proxy: str | None = None
    memory_limit: str = "2GB"
    #: Where Dagster keeps runs and events: `sqlite`, or `postgres` at the address.
    dagster_storage: str = "sqlite"
    dagster_postgres_url: str = field(default="", repr=False)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    config_path: Path | None = None
    #: The text of that file.
    config_text: str | None = field(default=None, repr=False)
    instances: Mapping[str, InstanceSettings] = field(default_factory=dict)

    @property
    def warehouse_path(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def published_link(self) -> Path:
        return self.data_dir / "itsm.duckdb"

    @property
    def published_dir(self) -> Path:
        return self.data_dir / "published"

    @property
    def state_path(self) -> Path:
        return self.data_dir / STATE_FILE

    @property
    def lock_path(self) -> Path:
        return self.data_dir / "ticketlake.lock"

    @property
    def reports_dir(self) -> Path:
        return self.data_dir / "reports"

    @property
    def export_dir(self) -> Path:
        """Published tables as files, where `ticketlake export` was told no other place."""
        return self.data_dir / "export"

    @property
    def dlt_dir(self) -> Path:
        return self.data_dir / "dlt"

    @property
    def dbt_dir(self) -> Path:
        """dbt's target and logs."""
        return self.data_dir / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"

    def now(self) -> datetime:
        """The time that ages, windows and retention go by: naive UTC, whole seconds."""
        return self.fixed_now or datetime.now(UTC).replace(microsecond=0, tzinfo=None)

    def history_start(self) -> datetime:
        """S of the contract's section 4: now minus `history_months` calendar months."""
        return months_before(self.now(), self.history_months)

    def retention_start(self) -> datetime:
        return self.now() - timedelta(days=self.retention_days)

    def instance(self, name: str) -> InstanceSettings:
        """Raise ConfigurationError where no such instance is configured."""
        try:
            return self.instances[name]
        except KeyError:
            known = ", ".join(sorted(self.instances)) or "none"
            raise ConfigurationError(
                f"no instance named {name!r} (known: {known}); set SERVICENOW_INSTANCE_URL for the one named 'default'"
            ) from None


def months_before(moment: datetime, months: int) -> datetime:
    """`moment` minus calendar months; the day is cut to the last of a shorter month."""
    index = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(index, 12)
    next_year, next_month = divmod(index + 1, 12)
    last_day = (datetime(next_year, next_month + 1, 1) - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))


def parse_utc(text: str, name: str) -> datetime:
    """ISO 8601 to naive UTC; a value without a zone is read as UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(f"{name}={text!r} is not an ISO 8601 time such as 2026-11-21T20:00:00Z") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def check_url(url: str, name: str) -> str:
    """An instance's address without a trailing slash; plain http is for loopback alone."""
    if "@" in url:
        raise ConfigurationError(f"{name} must not carry credentials; use SERVICENOW_USERNAME and _PASSWORD")
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() or not character.isprintable() for character in url.strip()):
        raise ConfigurationError(f"{name}={url!r} is not an address such as https://example.service-now.com")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ConfigurationError(f"{name}={url!r}: plain http only to loopback; use https")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def credentials_from(environ: Mapping[str, str]) -> Credentials:
    """The SERVICENOW_* variables."""
    return Credentials(
        username=environ.get("SERVICENOW_USERNAME", ""),
        password=environ.get("SERVICENOW_PASSWORD", ""),
        client_id=environ.get("SERVICENOW_CLIENT_ID", ""),
        client_secret=environ.get("SERVICENOW_CLIENT_SECRET", ""),
        api_key=environ.get("SERVICENOW_API_KEY", ""),
    )


def load_settings(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    `config` is the `--config` option; without it `ticketlake.toml` of the working directory is read
    where it exists. Raises InvalidSettings naming the setting, its value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    path = config or Path(CONFIG_FILE)
    if config and not config.is_file():
        raise ConfigurationError(f"--config {config}: no such file")
    try:
        return _settings(path, environ)
    except ConfigurationError as error:
        raise InvalidSettings(str(error), data_dir_of(config, environ) / STATE_FILE) from error


def log_settings(level: str | None = None, environ: Mapping[str, str] | None = None) -> LogSettings:
    """From `--log-level`, TICKETLAKE_LOG_LEVEL and TICKETLAKE_LOG_FORMAT. Raises ConfigurationError."""
    environ = os.environ if environ is None else environ
    named = level or environ.get("TICKETLAKE_LOG_LEVEL") or "WARN"
    known = named.upper().replace("WARNING", "WARN")
    if known not in LOG_LEVELS:
        source = "--log-level" if level else "TICKETLAKE_LOG_LEVEL"
        raise ConfigurationError(f"{source}={named!r} is no level (known: {', '.join(LOG_LEVELS)})")
    form = (environ.get("TICKETLAKE_LOG_FORMAT") or "text").lower()
    if form not in LOG_FORMATS:
        raise ConfigurationError(f"TICKETLAKE_LOG_FORMAT={form!r} is no format (known: {', '.join(LOG_FORMATS)})")
    return LogSettings(known, form)


def data_dir_of(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where the data directory is, whatever else is wrong with the settings."""
    environ = os.environ if environ is None else environ
    path = config or Path(CONFIG_FILE)
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    named = re.search(r"""^\s*data_dir\s*=\s*["']([^"']+)["']""", text, re.MULTILINE)
    return Path(environ.get("TICKETLAKE_DATA_DIR") or (named[1] if named else "data")).absolute()


def _settings(path: Path, environ: Mapping[str, str]) -> Settings:
    text = _read_text(path) if path.is_file() else None
    document = _read_toml(path, text) if text is not None else {}

    def setting(name: str, default: str) -> str:
        variable = f"TICKETLAKE_{name.upper()}"
        return environ.get(variable) or str(document.get(name, default))

    def whole(name: str, default: int) -> int:
        text = setting(name, str(default))
        if not text.isdigit() or int(text) < 1:
            raise ConfigurationError(f"{name}={text!r} must be a whole number from 1")
        return int(text)

    sections = document.get("instances", {})
    instances = {name: instance_from(name, section.get("url", ""), section) for name, section in sections.items()}
    url = environ.get("SERVICENOW_INSTANCE_URL", "")
    if url:
        instances["default"] = instance_from(
            "default", check_url(url, "SERVICENOW_INSTANCE_URL"), sections.get("default", {}), credentials_from(environ)
        )
    now = environ.get("TICKETLAKE_NOW")
    return Settings(
        data_dir=Path(setting("data_dir", "data")).absolute(),
        fixed_now=parse_utc(now, "TICKETLAKE_NOW") if now else None,
        history_months=whole("history_months", 13),
        retention_days=whole("retention_days", 400),
        sync_cron=setting("sync_cron", "0 */2 * * *"),
        secret_key=environ.get("TICKETLAKE_SECRET_KEY", ""),
        new_secret_key=environ.get("TICKETLAKE_NEW_SECRET_KEY", ""),
        given_credentials=credentials_from(environ),
        ca_bundle=environ.get("TICKETLAKE_CA_BUNDLE"),
        proxy=environ.get("HTTPS_PROXY"),
        memory_limit=setting("memory_limit", "2GB"),
        dagster_storage=_dagster_storage(setting("dagster_storage", "sqlite"), environ),
        dagster_postgres_url=environ.get(POSTGRES_VARIABLE, ""),
        alerts=alerts_from(document.get("alerts", {}), environ),
        config_path=path if text is not None else None,
        config_text=text,
        instances=instances,
    )


def _dagster_storage(kind: str, environ: Mapping[str, str]) -> str:
    if kind not in ("sqlite", "postgres"):
        raise ConfigurationError(f"dagster_storage={kind!r} is unknown (known: sqlite, postgres)")
    if kind == "postgres" and not environ.get(POSTGRES_VARIABLE):
        raise ConfigurationError(f"dagster_storage='postgres' needs its address in {POSTGRES_VARIABLE}")
    return kind


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None


def _read_toml(path: Path, text: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None
    known = {
        "data_dir", "history_months", "retention_days", "sync_cron", "memory_limit", "dagster_storage", "alerts",
        "instances",
    }  # fmt: skip
    if unknown := sorted(set(document) - known):
        raise ConfigurationError(f"{path}: unknown setting {unknown[0]!r} (known: {', '.join(sorted(known))})")
    return document


_INSTANCE_KEYS = {
    "url", "field_map", "states", "noise_codes", "bigpanda_users", "tables", "extra_columns", "privacy",
    "max_concurrency", "requests_per_hour", "page_size", "cursor_overlap_seconds",
    "timeout_seconds", "max_attempts",
}  # fmt: skip


def instance_from(
    name: str, url: str, section: Mapping[str, Any], credentials: Credentials | None = None
) -> InstanceSettings:
    """One `[instances.<name>]` section, checked. `url` may be empty until a connector gives it."""
    where = f"[instances.{name}]"
    if unknown := sorted(set(section) - _INSTANCE_KEYS):
        raise ConfigurationError(
            f"{where}: unknown setting {unknown[0]!r} (known: {', '.join(sorted(_INSTANCE_KEYS))})"
        )
    options: dict[str, Any] = {}
    if "field_map" in section:
        options["field_map"] = _field_map(where, section["field_map"])
    if "states" in section:
        options["states"] = {**DEFAULT_STATES, **_states(where, section["states"])}
    for key in ("noise_codes", "bigpanda_users"):
        if key in section:
            options[key] = _texts(where, key, section[key])
    if "extra_columns" in section:
        options["extra_columns"] = _extra_columns(where, section["extra_columns"])
    if "privacy" in section:
        options["privacy"] = policy_from(where, section["privacy"], options.get("field_map", {}))
    if "tables" in section:
        options["tables"] = _tables(where, section["tables"])
    for key in ("max_concurrency", "requests_per_hour", "page_size", "cursor_overlap_seconds", "max_attempts"):
        if key in section:
            options[key] = _positive(where, key, section[key])
    if "timeout_seconds" in section:
        options["timeout_seconds"] = float(_positive(where, "timeout_seconds", section["timeout_seconds"]))
    return InstanceSettings(
        name, check_url(url, f"{where} url") if url else "", credentials or Credentials(), **options
    )


def _texts(where: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigurationError(f"{where}: {key}={value!r} must be a list of texts")
    return tuple(value)


def _positive(where: str, key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"{where}: {key}={value!r} must be a whole number from 1")
    return value


def _field_map(where: str, value: object) -> dict[str, str]:
    allowed = (*REQUIRED_FIELDS, *OPTIONAL_FIELDS)
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}: field_map must be a table of standard field = source column")
    for standard, column in value.items():
        if standard not in allowed:
            raise ConfigurationError(
                f"{where}: field_map.{standard} is no standard field (known: {', '.join(allowed)})"
            )
        if not isinstance(column, str) or not _is_column(column):
            raise ConfigurationError(f"{where}: field_map.{standard}={column!r} is no column name")
    return dict(value)


def _extra_columns(where: str, value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_texts(where, "extra_columns", value)))
    for name in names:
        if not _is_column(name):
            raise ConfigurationError(
                f"{where}: extra_columns: {name!r} is no column name of incident, such as 'u_vendor'"
            )
        # A choice or a reference has its label beside it.
        if name.removesuffix("_label") in names and name.endswith("_label"):
            raise ConfigurationError(
                f"{where}: extra_columns: {name!r} would bear the name of the label of {name.removesuffix('_label')!r};"
                " take one of them from the list"
            )
    return names


def _is_column(name: str) -> bool:
    """Whether this may be the name of a column in ServiceNow: small letters, digits, underscores."""
    return name.isidentifier() and name.isascii() and name == name.lower()


def _states(where: str, value: object) -> dict[str, tuple[int, ...]]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}: states must be a table of resolved, closed, cancelled")
    for kind, codes in value.items():
        if kind not in DEFAULT_STATES:
            raise ConfigurationError(f"{where}: states.{kind} is unknown (known: {', '.join(DEFAULT_STATES)})")
        if not isinstance(codes, list) or not all(isinstance(code, int) for code in codes):
            raise ConfigurationError(f"{where}: states.{kind}={codes!r} must be a list of state codes")
    return {kind: tuple(codes) for kind, codes in value.items()}


def _tables(where: str, value: object) -> tuple[str, ...]:
    names = _texts(where, "tables", value)
    if unknown := [name for name in names if name not in TABLES]:
        raise ConfigurationError(f"{where}: tables: {unknown[0]!r} is not extracted (known: {', '.join(TABLES)})")
    required = {name for name, spec in TABLES.items() if spec.required}
    return tuple(name for name in TABLES if name in required or name in names)
