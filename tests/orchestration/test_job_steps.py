"""What the steps tell Dagster: which failures are tried again, what a failed check shows."""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest

from ingestion.errors import TransientError
from ingestion.instance import EmbeddedInstance
from ingestion.settings import Credentials, InstanceSettings, Settings
from ingestion.warehouse import BOOKKEEPING, connect
from orchestration.cycle import Cycle, open_cycle
from orchestration.defs.ingestion import raise_on_failures
from orchestration.defs.quality import result_of
from orchestration.quality import CheckResult
from orchestration.request import CycleRequest
from orchestration.schema_changes import schema_changes_of

KEY = dg.AssetKey(["raw_servicenow", "incident"])


@pytest.fixture(scope="module")
def servicenow() -> Iterator[EmbeddedInstance]:
    with EmbeddedInstance() as instance:
        yield instance


def extract(settings: Settings, instance: InstanceSettings, retried: int) -> tuple[Cycle, BaseException]:
    """The failure of the extraction step for an instance."""
    alone = replace(settings, instances={instance.name: instance})
    with open_cycle(alone, f"run-{instance.name}", CycleRequest(actor="schedule", retries=2)) as cycle:
        cycle.extract()
        with pytest.raises((dg.RetryRequested, dg.Failure)) as raised:
            raise_on_failures(cycle, retried)
    return cycle, raised.value


def test_only_what_passes_is_tried_again(settings: Settings, servicenow: EmbeddedInstance) -> None:
    absent = InstanceSettings("absent", "http://127.0.0.1:9", Credentials("u", "p"), max_attempts=1)
    cycle, error = extract(settings, absent, retried=1)
    assert isinstance(cycle.instance_errors["absent"], TransientError)
    assert isinstance(error, dg.RetryRequested) and error.max_retries == 2
    _, error = extract(settings, replace(absent, name="often"), retried=2)
    assert isinstance(error, dg.Failure) and not error.allow_retries
    refused = InstanceSettings("refused", servicenow.url, Credentials(servicenow.username, "wrong"))
    _, error = extract(settings, refused, retried=0)
    assert isinstance(error, dg.Failure) and not error.allow_retries and "credentials" in (error.description or "")


def test_a_failed_check_shows_numbers_and_keys() -> None:
    key = "prod/" + "a" * 32
    results = [
        CheckResult("raw_servicenow.incident", "duplicate_keys", "keys held twice", "critical", False, 2, 0, (key,)),
        CheckResult("raw_servicenow.incident", "priority_null_share", "share", "warning", False, 0.25, 0.05),
        CheckResult("raw_servicenow.incident", "key_nulls", "rows without key", "critical", True, 0, 0),
    ]
    failed = result_of(KEY, results, {"raw_servicenow.incident": 1200})
    assert not failed.passed and failed.severity is dg.AssetCheckSeverity.ERROR
    numbers = {name: failed.metadata[name].value for name in ("checks", "critical_failures", "warnings", "rows")}
    assert numbers == {"checks": 3, "critical_failures": 1, "warnings": 1, "rows": 1200}
    shown = failed.metadata["failed"]
    assert isinstance(shown, dg.TableMetadataValue)
    assert [(each.data["rule"], each.data["found"], each.data["keys"]) for each in shown.records] == [
        ("duplicate_keys", 2.0, key), ("priority_null_share", 0.25, ""),
    ]  # fmt: skip
    warned = result_of(KEY, results[1:], {})
    assert not warned.passed and warned.severity is dg.AssetCheckSeverity.WARN
    assert result_of(KEY, results[2:], {}).passed


def test_changes_of_columns_are_those_of_the_run(built: Settings) -> None:
    with connect(built) as connection:
        connection.execute(
            f"insert into {BOOKKEEPING}.schema_changes values"
            " ('default', 'incident', 'u_old', 'removed', 'string', null, timestamp '2026-01-01 00:00:00')"
        )
    with open_cycle(built, "run-1", CycleRequest()):
        with connect(built) as connection:
            connection.execute(
                f"insert into {BOOKKEEPING}.schema_changes values ('default', 'incident', 'u_cost', 'retyped',"
                " 'integer', 'string', (now() at time zone 'UTC')::timestamp + interval 1 second)"
            )
        assert list(map(str, schema_changes_of(built, "run-1"))) == [
            "default: incident.u_cost retyped (integer -> string)"
        ]
    assert schema_changes_of(built, "unknown") == []
