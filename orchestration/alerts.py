"""Telling somebody: an alert goes to a webhook, by e-mail, or both.

The webhook gets one JSON object. Its `text` is what chat tools show; the other keys are for programs.
Messages name connectors, runs and errors, never rows.
"""

import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import urlsplit

from ingestion.alert_settings import AlertSettings, EmailSettings
from ingestion.errors import TicketlakeError

TIMEOUT_SECONDS = 15.0
_ATTEMPTS = 3
_WAIT_SECONDS = 2.0
_SUBJECT_LENGTH = 150


class AlertNotSent(TicketlakeError):
    """No channel, or not every one, took an alert."""


class _Refused(Exception):
    """A channel that will not take the alert however often it is asked."""


@dataclass(frozen=True)
class Alert:
    """`kind` is `run_failed`, `stale` or `fresh_again`; `title` is one line, `text` the rest."""

    kind: str
    title: str
    text: str
    run_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What the webhook gets."""
        return {**asdict(self), "text": f"{self.title}\n{self.text}".strip(), "sent_at": _now().isoformat()}


def send(settings: AlertSettings, alert: Alert) -> None:
    """Send an alert over every channel there is settings for, each tried a few times.

    Raises AlertNotSent naming the channels that failed, after all have been tried. It never names the
    webhook's address beyond its host, because that may be a secret.
    """
    failures = []
    if settings.webhook:
        failures += _tried(f"webhook at {urlsplit(settings.webhook).hostname}", lambda: _post(settings.webhook, alert))
    if (email := settings.email) is not None:
        failures += _tried(f"mail server {email.host}:{email.port}", lambda: _mail(email, alert))
    if failures:
        raise AlertNotSent(f"alert {alert.title!r} was not sent: {'; '.join(failures)}")


def _tried(channel: str, attempt: Callable[[], None]) -> list[str]:
    """Nothing where the channel took it, else what went wrong the last time."""
    import httpx

    for left in reversed(range(_ATTEMPTS)):
        try:
            attempt()
            return []
        except _Refused as error:
            return [f"{channel}: {error}"]
        except (OSError, smtplib.SMTPException, httpx.HTTPError) as error:
            if not left:
                return [f"{channel}: {type(error).__name__}, tried {_ATTEMPTS} times"]
            time.sleep(_WAIT_SECONDS)
    raise AssertionError("unreachable")


def _post(address: str, alert: Alert) -> None:
    import httpx

    answer = httpx.post(address, json=alert.as_json(), timeout=TIMEOUT_SECONDS)
    if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
        raise _Refused(f"answered {answer.status_code}")
    answer.raise_for_status()
    if not answer.is_success:
        raise _Refused(f"answered {answer.status_code}")


def _mail(email: EmailSettings, alert: Alert) -> None:
    message = EmailMessage()
    message["Subject"] = f"[ticketlake] {' '.join(alert.title.split())}"[:_SUBJECT_LENGTH]
    message["From"], message["To"] = email.sender, ", ".join(email.to)
    message["Date"] = format_datetime(_now())
    message["Message-ID"] = make_msgid(domain=email.sender.rpartition("@")[2])
    message.set_content(f"{alert.title}\n\n{alert.text}\n" + (f"\nrun {alert.run_id}\n" if alert.run_id else ""))
    context = ssl.create_default_context()
    try:
        with _connected(email, context) as server:
            if email.security == "starttls":
                server.starttls(context=context)
            if email.username:
                server.login(email.username, email.password)
            server.send_message(message)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        raise _Refused(type(error).__name__) from error


def _connected(email: EmailSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    if email.security == "tls":
        return smtplib.SMTP_SSL(email.host, email.port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(email.host, email.port, timeout=TIMEOUT_SECONDS)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
