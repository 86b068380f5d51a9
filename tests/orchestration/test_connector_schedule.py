"""A connector with a schedule of its own: it is due once, whoever looks and however late."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingestion.settings import Credentials, Settings, load_settings
from orchestration.credentials import Vault
from orchestration.state import Connectors, StateDatabase, utc_now


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return load_settings(environ={"TICKETLAKE_DATA_DIR": str(data_dir), "TICKETLAKE_SECRET_KEY": "k"})


def scheduled(database: StateDatabase, name: str, cron: str | None, *, is_paused: bool = False) -> None:
    connectors = Connectors(database)
    connectors.create(name, "https://example.service-now.com", actor="test")
    connectors.change(name, sync_cron=cron, tables=None, is_paused=is_paused, rescheduled_for=None, actor="test")


def test_connectors_are_due_when_their_own_schedule_came_round(database: StateDatabase) -> None:
    from orchestration.defs.own_schedules import due

    scheduled(database, "five", "0 5 * * *")
    scheduled(database, "every", "* * * * *")
    scheduled(database, "paused", "* * * * *", is_paused=True)
    scheduled(database, "plain", None)
    five = datetime(2026, 11, 20, 5)
    assert due(database, five - timedelta(minutes=1), five) == ["every", "five"]
    assert due(database, five, five + timedelta(minutes=1)) == ["every"]
    assert due(database, five - timedelta(days=3), five) == ["every", "five"]
    assert due(database, five + timedelta(seconds=1), five + timedelta(seconds=59)) == []


def test_the_sensor_asks_for_who_is_due_and_ready(settings: Settings, database: StateDatabase) -> None:
    import dagster as dg

    from orchestration.defs.own_schedules import sensor

    scheduled(database, "acme", "* * * * *")
    scheduled(database, "new", "* * * * *")
    acme = Connectors(database).get("acme")
    Vault(settings, database).store(acme, Credentials(api_key="k"), actor="test")
    Connectors(database).initialized("acme", override_reason=None, actor="test")
    looking = sensor(settings)

    def look(cursor: str | None) -> dg.SensorResult:
        with dg.DagsterInstance.ephemeral() as instance:
            result = looking.evaluate_tick(dg.build_sensor_context(instance, cursor))
        return dg.SensorResult(run_requests=result.run_requests, cursor=result.cursor)

    assert not look(None).run_requests
    late = look((utc_now() - timedelta(hours=3)).isoformat())
    (request,) = late.run_requests or []
    config = request.run_config["resources"]["cycle"]["config"]
    assert (config["instances"], config["actor"]) == (["acme"], "schedule")
    assert late.cursor and datetime.fromisoformat(late.cursor) <= utc_now()
