"""The life of a connector against an instance: each of the seven states is reached by what really causes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.errors import ConfigurationError, CredentialsRefused, RefusedError, TicketlakeError
from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.settings import Credentials, Settings, load_settings
from ingestion.warehouse import connect, ensure_schema, prepare_data_dir
from orchestration.connectors import targets_of
from orchestration.connectors.authentication import authenticate
from orchestration.connectors.deletion import delete_connector
from orchestration.connectors.initialization import PreflightFailed, let_begin
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
from orchestration.state import Connector, Connectors, ConnectorStatus, Runs, StateDatabase
from tests.orchestration.conftest import PUBLIC

S = ConnectorStatus
NAME = "acme"


@pytest.fixture(scope="module")
def servicenow() -> Iterator[EmbeddedInstance]:
    with EmbeddedInstance(Company(incidents=20, days=10)) as instance:
        yield instance


@pytest.fixture
def settings(tmp_path: Path, servicenow: EmbeddedInstance) -> Iterator[Settings]:
    """A data directory whose models are built; patience for one try; few tables beside the required ones."""
    config = tmp_path / "ticketlake.toml"
    config.write_text(f'[instances.{NAME}]\nmax_attempts = 1\ntables = ["task_sla"]\n')
    loaded = load_settings(
        config, {"TICKETLAKE_DATA_DIR": str(tmp_path / "data"), "TICKETLAKE_SECRET_KEY": "a key of the tests"}
    )
    prepare_data_dir(loaded)
    with connect(loaded) as connection:
        ensure_schema(connection)
        connection.execute(PUBLIC)
    yield loaded
    servicenow.control.clear_faults()


class Life:
    """One connector, from outside."""

    def __init__(self, settings: Settings, servicenow: EmbeddedInstance) -> None:
        self.settings = settings
        self.servicenow = servicenow
        self.database = StateDatabase(settings.state_path)
        self.connectors = Connectors(self.database)
        self.runs = 0

    @property
    def now(self) -> Connector:
        return self.connectors.get(NAME)

    def create(self) -> None:
        self.connectors.create(NAME, self.servicenow.url, actor="test")

    def authenticate(self, password: str | None = None) -> None:
        given = Credentials(self.servicenow.username, password or self.servicenow.password)
        authenticate(self.settings, self.database, NAME, given, actor="test")

    def sync(self) -> ConnectorStatus | None:
        """One cycle without models; the state that the connector was in while rows came."""
        self.runs += 1
        seen: list[ConnectorStatus] = []
        with open_cycle(
            self.settings,
            f"{self.runs:08}",
            CycleRequest(instances=(NAME,)),
            lambda _: lambda *_: seen.append(self.now.status),
        ) as cycle:
            cycle.extract()
            if not cycle.instance_errors:
                cycle.publish()
        assert len(set(seen)) <= 1
        return seen[0] if seen else None

    def begun(self) -> None:
        self.create()
        self.authenticate()
        let_begin(self.settings, self.database, NAME, override=None, actor="test")


@pytest.fixture
def life(settings: Settings, servicenow: EmbeddedInstance) -> Life:
    return Life(settings, servicenow)


def test_each_state_is_reached_by_its_cause_and_on_record(life: Life) -> None:
    life.create()
    assert life.now.status is S.REQUIRED_AUTH
    with pytest.raises(ConfigurationError, match="has no credentials"):
        targets_of(life.settings, life.database, [NAME])
    with pytest.raises(CredentialsRefused):
        life.authenticate("wrong")
    assert life.now.status is S.AUTH_ERROR
    life.authenticate()
    assert life.now.status is S.PENDING_INITIALIZATION
    with pytest.raises(ConfigurationError, match="connector init acme"):
        targets_of(life.settings, life.database, [NAME])
    let_begin(life.settings, life.database, NAME, override=None, actor="test")

    life.servicenow.control.faults({"kind": "server_error", "table": "task_sla"})
    assert life.sync() is S.INITIAL_SYNC
    assert life.now.status is S.SYNC_ERROR and life.now.rescheduled_for is not None
    life.servicenow.control.clear_faults()
    # Refused credentials are not stored: those that work stay.
    with pytest.raises(CredentialsRefused):
        life.authenticate("wrong")
    assert life.now.status is S.AUTH_ERROR
    # The first load has not ended, so the next attempt is it once more.
    assert life.sync() is S.INITIAL_SYNC
    assert life.now.status is S.ACTIVE and life.now.rescheduled_for is not None
    assert life.sync() is S.RUNNING
    assert life.now.status is S.ACTIVE

    life.servicenow.control.faults({"kind": "unauthorized"})
    life.sync()
    assert life.now.status is S.AUTH_ERROR and life.now.rescheduled_for is None
    life.servicenow.control.clear_faults()
    life.authenticate()
    assert life.now.status is S.ACTIVE
    moves = [(move.from_status, move.to_status, move.actor) for move in reversed(life.connectors.transitions(NAME))]
    assert moves == [
        (None, S.REQUIRED_AUTH, "test"),
        (S.REQUIRED_AUTH, S.AUTH_ERROR, "test"),
        (S.AUTH_ERROR, S.PENDING_INITIALIZATION, "test"),
        (S.PENDING_INITIALIZATION, S.INITIAL_SYNC, "command"),
        (S.INITIAL_SYNC, S.SYNC_ERROR, "command"),
        (S.SYNC_ERROR, S.AUTH_ERROR, "test"),
        (S.AUTH_ERROR, S.INITIAL_SYNC, "command"),
        (S.INITIAL_SYNC, S.ACTIVE, "command"),
        (S.ACTIVE, S.RUNNING, "command"),
        (S.RUNNING, S.ACTIVE, "command"),
        (S.ACTIVE, S.RUNNING, "command"),
        (S.RUNNING, S.AUTH_ERROR, "command"),
        (S.AUTH_ERROR, S.ACTIVE, "test"),
    ]
    assert all(move.cause for move in life.connectors.transitions(NAME))


def test_what_is_on_record_cannot_be_changed(life: Life) -> None:
    life.create()
    for statement in ("update transitions set actor = 'nobody'", "delete from transitions"):
        with pytest.raises(Exception, match="append-only"), life.database.transaction() as db:
            db.execute(statement)
    assert [move.actor for move in life.connectors.transitions(NAME)] == ["test"]


def test_an_instance_that_fails_its_checks_begins_only_for_a_reason(life: Life) -> None:
    life.create()
    life.authenticate()
    life.servicenow.control.faults({"kind": "forbidden", "table": "cmdb_ci"})
    with pytest.raises(PreflightFailed, match=r"table cmdb_ci.*--override REASON") as refused:
        let_begin(life.settings, life.database, NAME, override=None, actor="test")
    assert refused.value.exit_code == RefusedError.exit_code
    with pytest.raises(ConfigurationError, match="needs a reason"):
        let_begin(life.settings, life.database, NAME, override=" ", actor="test")
    assert life.now.initialized_at is None
    failed = let_begin(life.settings, life.database, NAME, override="granted on Monday", actor="test")
    assert [line.split(":")[0] for line in failed] == ["table cmdb_ci"]
    assert life.now.override_reason == "granted on Monday"
    (entry,) = life.database.rows("select actor, detail from audit_log where action = 'connector init'")
    assert entry["actor"] == "test" and "granted on Monday" in entry["detail"]


def test_no_reason_overrides_refused_credentials(life: Life) -> None:
    life.create()
    life.authenticate()
    life.servicenow.control.faults({"kind": "unauthorized"})
    with pytest.raises(CredentialsRefused):
        let_begin(life.settings, life.database, NAME, override="please", actor="test")
    assert life.now.status is S.AUTH_ERROR
    with pytest.raises(ConfigurationError, match="connector auth acme"):
        let_begin(life.settings, life.database, NAME, override="please", actor="test")


def test_an_instance_that_is_not_there_changes_no_state(life: Life) -> None:
    life.connectors.create(NAME, "http://127.0.0.1:9", actor="test")
    with pytest.raises(TicketlakeError, match="could not be tried"):
        life.authenticate()
    assert life.now.status is S.REQUIRED_AUTH


def test_a_paused_connector_is_synced_only_by_name(life: Life) -> None:
    life.begun()
    life.connectors.change(
        NAME, sync_cron=None, tables=["incident"], is_paused=True, rescheduled_for=None, actor="test"
    )
    with pytest.raises(ConfigurationError, match="paused"):
        targets_of(life.settings, life.database)
    (target,) = targets_of(life.settings, life.database, [NAME])
    assert target.tables == ("incident",) and target.credentials.password == life.servicenow.password


def test_the_schedule_leaves_out_who_has_one_of_his_own(life: Life) -> None:
    life.begun()
    assert [target.name for target in targets_of(life.settings, life.database, scheduled=True)] == [NAME]
    life.connectors.change(
        NAME, sync_cron="0 5 * * *", tables=None, is_paused=False, rescheduled_for=None, actor="test"
    )
    with pytest.raises(ConfigurationError, match="schedule of their own"):
        targets_of(life.settings, life.database, scheduled=True)
    assert [target.name for target in targets_of(life.settings, life.database)] == [NAME]


def count_rows(settings: Settings) -> dict[str, int]:
    """Rows of acme by table, in every table of the warehouse that names instances."""
    with connect(settings, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_columns() where column_name = 'instance'"
            " and table_name in (select table_name from duckdb_tables())"
        ).fetchall()
        counts = {
            table: connection.execute(f"select count(*) from {table} where instance = ?", [NAME]).fetchall()[0][0]
            for (table,) in tables
        }
    return {table: count for table, count in counts.items() if count}


@pytest.mark.proof
def test_a_deletion_keeps_the_data_and_a_purge_leaves_nothing(life: Life) -> None:
    life.begun()
    life.sync()
    before = count_rows(life.settings)
    assert before["raw_servicenow.incident"] >= 20 and before["ticketlake.sync_runs"] == 1
    delete_connector(life.settings, life.database, NAME, purge=False, actor="test")
    assert life.connectors.all() == [] and life.connectors.former().keys() == {NAME}
    assert count_rows(life.settings) == before
    with pytest.raises(ConfigurationError, match="no address"):
        targets_of(life.settings, life.database, [NAME])

    delete_connector(life.settings, life.database, NAME, purge=True, actor="test")
    assert count_rows(life.settings) == {} and life.connectors.former() == {}
    assert Runs(life.database).last(5, NAME) == []
    import duckdb

    with duckdb.connect(str(life.settings.published_link), read_only=True) as published:
        for table in ("sync_runs", "sync_tables"):
            assert published.execute(f"select count(*) from meta.{table}").fetchall() == [(0,)]
        assert published.execute("select count(*) from meta.connectors").fetchall() == [(0,)]
    with pytest.raises(ConfigurationError, match="no connector named"):
        delete_connector(life.settings, life.database, NAME, purge=True, actor="test")
    # Cursors are gone too: a connector of the same name reads everything again.
    life.begun()
    assert life.sync() is S.INITIAL_SYNC
    assert count_rows(life.settings)["raw_servicenow.incident"] == before["raw_servicenow.incident"]
