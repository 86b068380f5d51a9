"""Settings of alerts: `[alerts]` of `ticketlake.toml`, with what is secret from the environment alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ingestion.errors import ConfigurationError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SECURITY = ("starttls", "tls", "none")
_WHERE = "[alerts]"


@dataclass(frozen=True)
class EmailSettings:
    """A mail server and who gets mail through it. `security` is how the connection is encrypted."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go. The webhook's address may itself be a secret, so no repr shows it."""

    webhook: str = field(default="", repr=False)
    email: EmailSettings | None = None

    def __bool__(self) -> bool:
        return bool(self.webhook or self.email)


def alerts_from(section: object, environ: Mapping[str, str]) -> AlertSettings:
    """The section, checked. Raises ConfigurationError naming the setting and what is allowed.

    TICKETLAKE_ALERT_WEBHOOK goes before `webhook`; TICKETLAKE_SMTP_USERNAME and TICKETLAKE_SMTP_PASSWORD
    are how mail servers are entered.
    """
    document = _table(_WHERE, section, {"webhook", "email"})
    webhook = environ.get("TICKETLAKE_ALERT_WEBHOOK") or document.get("webhook", "")
    if webhook:
        parts = urlsplit(webhook) if isinstance(webhook, str) else urlsplit("")
        loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or loopback):
            raise ConfigurationError(f"{_WHERE}: webhook must be an https address (plain http only to loopback)")
    email = _email(document["email"], environ) if "email" in document else None
    return AlertSettings(webhook, email)


def _email(section: object, environ: Mapping[str, str]) -> EmailSettings:
    where = "[alerts.email]"
    document = _table(where, section, {"to", "from", "host", "port", "security"})
    to = document.get("to")
    if not isinstance(to, list) or not to or not all(_is_address(each) for each in to):
        raise ConfigurationError(f"{where}: to={to!r} must be a list of addresses such as ops@example.com")
    sender = document.get("from")
    if not _is_address(sender):
        raise ConfigurationError(f"{where}: from={sender!r} is no address such as ticketlake@example.com")
    host = document.get("host")
    if not isinstance(host, str) or not host:
        raise ConfigurationError(f"{where}: host={host!r} must name a mail server")
    port = document.get("port", 587)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise ConfigurationError(f"{where}: port={port!r} must be a port from 1 to 65535")
    security = document.get("security", "starttls")
    if security not in SECURITY:
        raise ConfigurationError(f"{where}: security={security!r} is unknown (known: {', '.join(SECURITY)})")
    if security == "none" and host not in LOOPBACK:
        raise ConfigurationError(f'{where}: security="none" is for loopback alone; use starttls or tls for {host}')
    return EmailSettings(
        tuple(to), str(sender), host, port, security,
        environ.get("TICKETLAKE_SMTP_USERNAME", ""), environ.get("TICKETLAKE_SMTP_PASSWORD", ""),
    )  # fmt: skip


def _table(where: str, section: object, known: set[str]) -> dict[str, Any]:
    if not isinstance(section, dict):
        raise ConfigurationError(f"{where} must be a table of {', '.join(sorted(known))}")
    if unknown := sorted(set(section) - known):
        raise ConfigurationError(f"{where}: unknown setting {unknown[0]!r} (known: {', '.join(sorted(known))})")
    return section


def _is_address(value: object) -> bool:
    """Whether this may be a mail address: one @ between two parts, and nothing that ends a header."""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return False
    name, at, host = value.partition("@")
    return bool(name and at and host) and "@" not in host
