"""A canary in every place a value can live: found there before, found nowhere after the erasure, nor after syncs."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.erasure.erasing import ErasureRequest
from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.settings import Credentials, InstanceSettings, Settings, load_settings
from orchestration import versions
from orchestration.erasure import erase_rows
from orchestration.export import FORMATS, export
from orchestration.job import Outcome, run_job
from orchestration.request import CycleRequest
from tests.conftest import Ticketlake
from tests.proof.searching import in_columns, in_files, plain_storage

NOW = datetime(2026, 11, 20, 12)
PASSWORD = "Kanarienvogel-im-Passwort-7"
SECRET = "Kanarienvogel-im-Geheimnis-9"
PERSON = {
    "user_name": "zquillfeather", "name": "Zanzibar Quillfeather", "first_name": "Zanzibar",
    "last_name": "Quillfeather", "email": "zquillfeather@canary.example", "title": "Quillfeather in chief",
    "phone": "+49 170 5550199",
}  # fmt: skip
CANARIES = ("quillfeather", "zanzibar", "5550199")


class World:
    """An instance with the canary in it, and the data directory of its lake."""

    def __init__(self, servicenow: EmbeddedInstance, settings: Settings) -> None:
        self.servicenow, self.settings = servicenow, settings

    def run(self, request: CycleRequest) -> Outcome:
        return run_job(self.settings, request)

    def mutate(self, *operations: dict[str, Any]) -> list[Any]:
        found: list[Any] = self.servicenow.control.mutate(*operations)
        return found

    def plant(self, number: str, at: datetime) -> str:
        """A ticket that the person opened, has in every text, changes, and refers to."""
        texts = {name: f"{name}: ask Quillfeather, Zanzibar or {PERSON['email']}" for name in
                 ("short_description", "description", "close_notes", "business_impact")}  # fmt: skip
        stamp = at.isoformat()
        ((ticket,),) = self.mutate(
            {"op": "insert", "table": "incident", "by": PERSON["user_name"], "at": stamp,
             "rows": [{"number": number, "caller_id": self.person, "opened_by": self.person, **texts}]},
        )  # fmt: skip
        self.mutate(
            {"op": "update", "table": "incident", "sys_id": ticket, "by": PERSON["user_name"], "at": stamp,
             "values": {"short_description": "Zanzibar Quillfeather again", "state": "2"}},
        )  # fmt: skip
        return str(ticket)

    def plant_person(self) -> None:
        ((self.person,),) = self.mutate({"op": "insert", "table": "sys_user", "rows": [PERSON]})
        self.mutate(
            {"op": "insert", "table": "kb_knowledge", "rows": [{"number": "KB9", "short_description": PERSON["name"],
             "workflow_state": "published", "author": self.person}]},
            {"op": "insert", "table": "problem", "rows": [{"number": "PRB9", "short_description": PERSON["name"]}]},
            {"op": "insert", "table": "sys_user_group", "rows": [{"name": "Birds", "description": PERSON["email"]}]},
        )  # fmt: skip

    def figures(self) -> dict[str, Any]:
        """What an erasure must not move."""
        with duckdb.connect(str(self.settings.published_link), read_only=True) as connection:
            return {
                sql: connection.execute(sql).fetchall()
                for sql in (
                    "select count(*), count(opened_by_id), count(distinct caller_id) from sdm.itsm",
                    "select opened_by_kind, count(*) from sdm.itsm group by all order by all",
                    "select count(*), count(changed_by) from sdm.itsm_history",
                    "select count(*) from sdm.users",
                    "select * exclude (instance) from metrics.mttr where dimension <> 'x' order by all",
                    "select * from metrics.backlog order by all",
                )
            }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    before = dict(os.environ)
    directory = tmp_path_factory.mktemp("erasure") / "data"
    loaded = load_settings(environ={"TICKETLAKE_DATA_DIR": str(directory), "TICKETLAKE_SECRET_KEY": SECRET})
    with (
        pytest.MonkeyPatch.context() as patch,
        plain_storage(tmp_path_factory.mktemp("site")),
        EmbeddedInstance(Company(incidents=60, days=20), now=NOW, password=PASSWORD) as servicenow,
    ):
        # Nobody reads the versions: none needs its grace.
        patch.setattr(versions, "GRACE", timedelta(0))
        credentials = Credentials(servicenow.username, servicenow.password)
        instance = InstanceSettings("default", servicenow.url, credentials)
        yield World(servicenow, replace(loaded, fixed_now=NOW, instances={"default": instance}))
    os.environ.clear()
    os.environ.update(before)


def test_a_canary_is_found_everywhere_before_it_is_erased_and_nowhere_afterwards(world: World) -> None:
    settings = world.settings
    world.plant_person()
    world.plant("INC9000001", NOW)
    # An error quotes what it is about: the canary comes into states, logs and reports.
    (bad,) = world.mutate(
        {"op": "insert", "table": "cmdb_ci", "rows": [{"name": "x", "sys_updated_on": PERSON["name"]}]}
    )
    assert "Quillfeather" in (world.run(CycleRequest()).error or "")
    world.mutate({"op": "delete", "table": "cmdb_ci", "sys_ids": bad, "audit": False})
    assert world.run(CycleRequest()).error is None
    for kind in FORMATS:
        export(settings, kind, settings.export_dir)
    columns, files = in_columns(settings.data_dir, CANARIES), in_files(settings.data_dir, CANARIES)
    tables = {(Path(file).parts[0], table) for file, table, _ in columns}
    assert {
        *(("warehouse.duckdb", f"raw_servicenow.{name}") for name in ("sys_user", "incident", "task", "sys_audit")),
        *(("warehouse.duckdb", name) for name in ("sdm.itsm", "sdm.itsm_history", "sdm.users", "sdm.knowledge_base")),
        *(("published", name) for name in ("sdm.itsm", "sdm.itsm_history", "sdm.users", "meta.sync_runs")),
        ("state.sqlite", "runs"), ("state.sqlite", "cycles"),
    } <= tables  # fmt: skip
    assert {Path(name).parts[0] for name in files} >= {
        "warehouse.duckdb", "published", "state.sqlite", "reports", "export",
    }  # fmt: skip
    held = {name: (settings.data_dir / name).stat().st_ino for name in files}
    content = {name: (settings.data_dir / name).read_bytes() for name in files}
    figures = world.figures()

    erased = erase_rows(settings, ErasureRequest("zquillfeather", also=(PERSON["title"],)))
    outcome = world.run(CycleRequest("erase"))
    assert (outcome.exit_code, outcome.error) == (0, None)
    assert [run.kind for run, _ in outcome.instances] == ["erase"]
    assert in_columns(settings.data_dir, CANARIES) == set()
    assert in_files(settings.data_dir, CANARIES) == {}
    for name, inode in held.items():
        path = settings.data_dir / name
        assert not path.exists() or path.stat().st_ino != inode or path.read_bytes() != content[name], name
    assert len(versions.versions(settings)) == 1 and erased.swept.left == {}
    assert {path.suffix for path in settings.export_dir.glob("sdm/itsm.*")} == {".csv", ".parquet"}
    assert world.figures() == figures


def test_no_password_or_key_is_in_any_file_or_in_output_at_debug_nor_does_an_erased_person_come_back(
    world: World, ticketlake: Ticketlake
) -> None:
    """What the source still has is read again, and new rows of the person with it."""
    later = world.servicenow.control.advance("2h")
    world.plant("INC9000002", later)
    before = world.figures()
    environment = {
        "SERVICENOW_INSTANCE_URL": world.servicenow.url,
        "SERVICENOW_USERNAME": world.servicenow.username,
        "SERVICENOW_PASSWORD": PASSWORD,
        "TICKETLAKE_SECRET_KEY": SECRET,
        "TICKETLAKE_NOW": later.isoformat(),
    }
    directory = world.settings.data_dir
    done = ticketlake("sync", "--full", "--debug", data_dir=directory, environment=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert world.figures() != before, "the new ticket is there"
    assert "DEBUG" in done.stderr
    basic = "dGlja2V0bGFrZTp"  # how an Authorization header with this user begins
    secrets = (PASSWORD, SECRET, basic)
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    assert in_files(directory, [*secrets, *CANARIES]) == {}
    assert in_columns(directory, [*secrets, *CANARIES]) == set()
    (directory / "canary.txt").write_text(PASSWORD.upper())
    assert in_files(directory, secrets).keys() == {"canary.txt"}, "the search would have found it"
