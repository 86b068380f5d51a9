"""Alerts to a real HTTP server and a real SMTP conversation: what arrives, what is said where it does not."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_string
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import dagster as dg
import pytest

from ingestion.alert_settings import AlertSettings, EmailSettings, alerts_from
from ingestion.errors import ConfigurationError, TransientError, WarehouseLocked
from ingestion.settings import Settings, load_settings
from ingestion.warehouse import data_directory_lock
from orchestration import alerts
from orchestration.alerts import Alert, AlertNotSent, send
from orchestration.cycle import open_cycle
from orchestration.defs.alerting import failure_alert, sensors
from orchestration.freshness import staleness
from orchestration.ledger import Ledger
from orchestration.request import CycleRequest
from orchestration.state import Connectors, ConnectorStatus, Publication, Publications, StateDatabase, utc_now

SECRET = "hook-4711-secret"
ALERT = Alert("run_failed", "sync run failed with exit code 3", "default: credentials refused\nsee the runbook", "r-1")


class Hook(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers as the path says: `/503/...`, or 200."""

    got: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        Hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        code = self.path.split("/")[1]
        self.send_response(int(code) if code.isdigit() else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Sink(socketserver.StreamRequestHandler):
    """As much of a mail server (RFC 5321) as takes one message without encryption."""

    got: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline().decode().rstrip():
            command = line.partition(" ")[0].upper()
            if command == "DATA":
                self.wfile.write(b"354 go on\r\n")
                text = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                Sink.got.append("".join(text))
            self.wfile.write(b"221 bye\r\n" if command == "QUIT" else b"250 sink\r\n")


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Hook)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def sink() -> Iterator[EmailSettings]:
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)) as port:
        yield EmailSettings(("ops@example.com", "lead@example.com"), "lake@example.com", "127.0.0.1", port, "none")


@pytest.fixture(autouse=True)
def nothing_got() -> None:
    Hook.got.clear()
    Sink.got.clear()


def test_an_alert_goes_to_the_webhook_and_by_mail(hook: str, sink: EmailSettings) -> None:
    send(AlertSettings(f"{hook}/{SECRET}", sink), ALERT)
    (document,) = Hook.got
    assert document["text"] == f"{ALERT.title}\n{ALERT.text}"
    assert (document["kind"], document["run_id"]) == ("run_failed", "r-1") and document["sent_at"]
    (mail,) = map(message_from_string, Sink.got)
    assert mail["Subject"] == f"[ticketlake] {ALERT.title}"
    assert (mail["To"], mail["From"]) == ("ops@example.com, lead@example.com", "lake@example.com")
    assert "credentials refused" in str(mail.get_payload()) and "run r-1" in str(mail.get_payload())


def test_a_channel_that_fails_stops_no_other_and_no_secret_is_told(
    hook: str, sink: EmailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "_WAIT_SECONDS", 0.01)
    with pytest.raises(AlertNotSent, match=r"webhook at 127\.0\.0\.1: HTTPStatusError, tried 3 times") as error:
        send(AlertSettings(f"{hook}/503/{SECRET}", sink), ALERT)
    assert len(Hook.got) == 3 and len(Sink.got) == 1
    assert SECRET not in str(error.value)
    with pytest.raises(AlertNotSent, match="answered 404"):
        send(AlertSettings(f"{hook}/404/{SECRET}"), ALERT)
    assert len(Hook.got) == 4, "asking again would not help"
    absent = replace(sink, port=9, password=SECRET)
    with pytest.raises(AlertNotSent, match=r"mail server 127\.0\.0\.1:9: ConnectionRefusedError"):
        send(AlertSettings(email=absent), ALERT)
    assert SECRET not in repr(AlertSettings(f"{hook}/{SECRET}", absent))


def test_a_title_of_several_lines_adds_no_header(sink: EmailSettings) -> None:
    send(AlertSettings(email=sink), Alert("stale", "one\r\nBcc: all@example.com", "text"))
    mail = message_from_string(Sink.got[0])
    assert mail["Bcc"] is None and mail["Subject"] == "[ticketlake] one Bcc: all@example.com"


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"webhook": "http://chat.example.com/x"}, "https"),
        ({"webhook": 1}, "https"),
        ({"pager": "x"}, "unknown setting 'pager'"),
        ({"email": {}}, r"\[alerts.email\]: to=None"),
        ({"email": {"to": ["ops"], "from": "a@b", "host": "h"}}, r"to=\['ops'\]"),
        ({"email": {"to": ["a@b"], "from": "a@b\r\nBcc: c@d", "host": "h"}}, "from="),
        ({"email": {"to": ["a@b"], "from": "a@b", "host": "h", "port": 0}}, "port=0"),
        ({"email": {"to": ["a@b"], "from": "a@b", "host": "h", "security": "ssl"}}, "known: starttls, tls, none"),
        ({"email": {"to": ["a@b"], "from": "a@b", "host": "h", "security": "none"}}, "for loopback alone"),
        ("none", "must be a table"),
    ],
)
def test_wrong_settings_are_named(section: object, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        alerts_from(section, {})


def test_secrets_come_from_the_environment(tmp_path: Any) -> None:
    path = tmp_path / "ticketlake.toml"
    path.write_text('[alerts.email]\nto = ["a@example.com"]\nfrom = "b@example.com"\nhost = "mail.example.com"\n')
    environ = {"TICKETLAKE_ALERT_WEBHOOK": "https://chat.example.com/x", "TICKETLAKE_SMTP_PASSWORD": SECRET}
    loaded = load_settings(path, environ)
    assert loaded.alerts.webhook == environ["TICKETLAKE_ALERT_WEBHOOK"]
    assert loaded.alerts.email is not None and loaded.alerts.email.password == SECRET
    assert SECRET not in repr(loaded) and "chat.example.com" not in repr(loaded)


def test_a_failed_run_is_told_with_its_error_and_a_skipped_tick_is_not(
    settings: Settings, database: StateDatabase
) -> None:
    with (
        pytest.raises(TransientError),
        open_cycle(settings, "22222222-bad", CycleRequest(actor="schedule")) as cycle,
        cycle.step("extract"),
    ):
        Ledger(settings, database, "22222222-bad", CycleRequest()).begin_attempt("default", "initial")
        raise TransientError("503, tried 6 times")
    alert = failure_alert(settings, "22222222-bad", "cycle", "Steps failed")
    assert alert is not None and alert.title == "sync run failed with exit code 1"
    assert "503, tried 6 times" in alert.text and "22222222-bad.html" in alert.text
    with (
        data_directory_lock(settings, "a run"),
        pytest.raises(WarehouseLocked),
        open_cycle(settings, "33333333-skip", CycleRequest(actor="schedule"), lock_seconds=0),
    ):
        raise AssertionError("two runs held the data directory")
    assert failure_alert(settings, "33333333-skip", "cycle", "Steps failed") is None
    unknown = failure_alert(settings, "44444444", "cycle", "the code could not be loaded")
    assert unknown is not None and (unknown.title, unknown.text) == ("cycle run failed", "the code could not be loaded")


def published(database: StateDatabase, at: datetime) -> None:
    Publications(database).record(Publication("r-1", at, at, "0.1.0", "itsm.duckdb"))
    connectors = Connectors(database)
    connectors.register("default", "https://a.example.com", ConnectorStatus.PENDING_INITIALIZATION, actor="test")
    for status in (ConnectorStatus.INITIAL_SYNC, ConnectorStatus.ACTIVE):
        connectors.move("default", status, cause="test", actor="test")


def test_stale_is_told_once_and_so_is_fresh_again(settings: Settings, database: StateDatabase, hook: str) -> None:
    alerting = replace(settings, alerts=AlertSettings(hook))
    assert sensors(settings) == [], "no channel, no sensor"
    failure, freshness = sensors(alerting)
    assert (failure.name, freshness.name) == ("run_failure_alert", "freshness_alert")
    assert {each.default_status for each in (failure, freshness)} == {dg.DefaultSensorStatus.RUNNING}

    def look(cursor: str | None) -> str | None:
        with dg.build_sensor_context(cursor=cursor) as context:
            return freshness.evaluate_tick(context).cursor

    assert look(None) == "fresh" and not Hook.got, "nobody reads what was never published"
    published(database, utc_now() - timedelta(hours=5, minutes=59))
    assert look("fresh") == "fresh"
    published_at = utc_now() - timedelta(hours=6, minutes=1)
    Publications(database).record(Publication("r-1", published_at, published_at, "0.1.0", "itsm.duckdb"))
    assert look("fresh") == "stale" and look("stale") == "stale"
    assert [each["kind"] for each in Hook.got] == ["stale"] and "6.0 hours (limit 6.0)" in Hook.got[0]["text"]
    Publications(database).record(Publication("r-2", utc_now(), utc_now(), "0.1.0", "itsm.duckdb"))
    assert look("stale") == "fresh"
    assert [each["kind"] for each in Hook.got] == ["stale", "fresh_again"]


def test_what_is_stale_goes_by_the_fastest_schedule_in_use(settings: Settings, database: StateDatabase) -> None:
    published(database, utc_now() - timedelta(hours=7))
    assert staleness(settings, utc_now())
    assert staleness(replace(settings, sync_cron="0 6 * * *"), utc_now()) is None
    Connectors(database).move("default", ConnectorStatus.RUNNING, cause="test", actor="test")
    Connectors(database).move("default", ConnectorStatus.AUTH_ERROR, cause="test", actor="test")
    assert staleness(settings, utc_now()) is None, "its failed run was told already"
