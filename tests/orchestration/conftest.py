"""A data directory with one connector, and a warehouse whose public schemas hold a little."""

from pathlib import Path

import pytest

from ingestion.settings import Settings, load_settings
from ingestion.warehouse import connect, ensure_schema, prepare_data_dir

PUBLIC = """
create schema sdm; create schema metrics; create schema meta; create schema intermediate;
create table intermediate.scratch as select 1 as a;
create table sdm.itsm (instance varchar not null, sys_id varchar not null, number varchar);
comment on table sdm.itsm is 'one row per live incident; it''s the heart';
comment on column sdm.itsm.sys_id is 'key at the source';
insert into sdm.itsm values ('default', 'a', 'INC1');
create table metrics.mttr (instance varchar not null, mttr_minutes double);
create view meta.sync_runs as select * from ticketlake.sync_runs;
create view meta.sync_tables as select * from ticketlake.sync_tables;
create view meta.connectors as select * from ticketlake.connectors;
create view meta.publications as select * from ticketlake.publications;
create view meta.deleted_records as select * from ticketlake.deleted_records;
comment on view meta.sync_runs is 'one row a run';
comment on column meta.sync_runs.run_id is 'the run';
"""


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Settings with a `default` instance that nothing answers for."""
    loaded = load_settings(
        environ={
            "TICKETLAKE_DATA_DIR": str(data_dir),
            "TICKETLAKE_NOW": "2026-11-20T12:00:00Z",
            "SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9",
            "SERVICENOW_USERNAME": "ticketlake",
            "SERVICENOW_PASSWORD": "secret",
        }
    )
    prepare_data_dir(loaded)
    return loaded


@pytest.fixture
def built(settings: Settings) -> Settings:
    """The same, with a warehouse as the models leave it."""
    with connect(settings) as connection:
        ensure_schema(connection)
        connection.execute(PUBLIC)
    return settings
