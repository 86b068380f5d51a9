"""The seven states: every move that is allowed works and is logged, every other is refused and changes nothing."""

from datetime import datetime
from itertools import product

import pytest

from ingestion.errors import ConfigurationError
from ingestion.settings import Credentials, InstanceSettings, Settings
from orchestration.connectors import register_configured, sync_targets, with_registered
from orchestration.state import Connectors, ConnectorStatus, ForbiddenTransition, StateDatabase
from orchestration.state.transitions import SCHEDULED, TRANSITIONS

TICK = datetime(2026, 11, 20, 14)
MOVES = list(product(ConnectorStatus, repeat=2))


def connector_in(database: StateDatabase, status: ConnectorStatus) -> Connectors:
    connectors = Connectors(database)
    connectors.register("default", "https://example.service-now.com", status, actor="test")
    return connectors


@pytest.mark.parametrize(("current", "to"), [move for move in MOVES if move[1] in TRANSITIONS[move[0]]])
def test_an_allowed_move_is_made_and_logged(
    database: StateDatabase, current: ConnectorStatus, to: ConnectorStatus
) -> None:
    connectors = connector_in(database, current)
    moved = connectors.move("default", to, cause="because", actor="test", run_id="r", rescheduled_for=TICK)
    assert moved.status is to
    assert moved.rescheduled_for == (TICK if to in SCHEDULED else None)
    last = connectors.transitions("default")[0]
    assert (last.from_status, last.to_status, last.cause, last.actor, last.run_id) == (
        current, to, "because", "test", "r",
    )  # fmt: skip


@pytest.mark.parametrize(("current", "to"), [move for move in MOVES if move[1] not in TRANSITIONS[move[0]]])
def test_any_other_move_is_refused(database: StateDatabase, current: ConnectorStatus, to: ConnectorStatus) -> None:
    connectors = connector_in(database, current)
    with pytest.raises(ForbiddenTransition, match=f"is {current} and cannot become {to}"):
        connectors.move("default", to, cause="because", actor="test")
    assert connectors.get("default").status is current
    assert len(connectors.transitions("default")) == 1


def test_refused_credentials_lead_to_auth_error_from_every_other_state() -> None:
    assert all(ConnectorStatus.AUTH_ERROR in TRANSITIONS[status] for status in TRANSITIONS if status != "auth_error")


def test_the_next_attempt_is_the_initial_sync_until_a_first_load_has_ended(database: StateDatabase) -> None:
    connectors = connector_in(database, ConnectorStatus.SYNC_ERROR)
    assert connectors.get("default").next_attempt is ConnectorStatus.INITIAL_SYNC
    connectors.first_load_ended("default")
    assert connectors.get("default").next_attempt is ConnectorStatus.RUNNING


def test_default_waits_for_credentials_and_then_for_its_first_sync(settings: Settings, database: StateDatabase) -> None:
    settings.instances["default"] = InstanceSettings("default", "https://example.service-now.com")  # type: ignore[index]
    register_configured(settings, database, "test")
    assert Connectors(database).get("default").status is ConnectorStatus.REQUIRED_AUTH
    with pytest.raises(ConfigurationError, match="has no credentials"):
        sync_targets(settings)
    settings.instances["default"] = InstanceSettings(  # type: ignore[index]
        "default", "https://example.service-now.com", Credentials(api_key="k")
    )
    register_configured(settings, database, "test")
    assert Connectors(database).get("default").status is ConnectorStatus.PENDING_INITIALIZATION


def test_a_connector_stays_known_when_its_address_leaves_the_environment(
    settings: Settings, database: StateDatabase
) -> None:
    Connectors(database).register("demo", "http://127.0.0.1:1", ConnectorStatus.ACTIVE, actor="test")
    known = with_registered(settings, database)
    assert sorted(known.instances) == ["default", "demo"]
    assert known.instances["demo"].url == "http://127.0.0.1:1"
    assert [instance.name for instance in sync_targets(known)] == ["default"]
