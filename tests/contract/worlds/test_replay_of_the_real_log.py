"""The real event log of 24,918 incidents, played in monthly steps: every figure known of it, from the rows."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

import httpx
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.replay import Replay
from ingestion.instance.store import Row
from ingestion.instance.timestamps import seconds_of
from tests.contract.worlds.conftest import tables_of

#: Playing the whole log takes a minute.
pytestmark = pytest.mark.proof

_STEPS = [datetime(2016, month, 1) for month in range(3, 13)] + [datetime(2017, 1, 1), datetime(2017, 2, 18, 15)]


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "uci_incident_event_log"


@pytest.fixture(scope="module")
def path(folder: Path) -> Path:
    return folder / "incident_event_log.csv.gz"


@pytest.fixture(scope="module")
def reference(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "reference.json").read_text()))


@pytest.fixture(scope="module")
def played(path: Path) -> Iterator[tuple[EmbeddedInstance, dict[datetime, tuple[int, int, int]]]]:
    """The instance at the end of the log; at each step its tickets, those not closed, and the updates made."""
    sizes: dict[datetime, tuple[int, int, int]] = {}
    with EmbeddedInstance(Replay(path), now=datetime(2016, 2, 28)) as instance:
        for step in _STEPS:
            instance.application.live_on(step)
            rows = list(instance.store.rows("incident"))
            updates = sum(int(row["sys_mod_count"]) + 1 for row in rows)
            sizes[step] = (len(rows), sum(row["active"] == "true" for row in rows), updates)
        yield instance, sizes


@pytest.fixture(scope="module")
def incidents(played: tuple[EmbeddedInstance, Any]) -> list[Row]:
    return list(played[0].store.rows("incident"))


@pytest.fixture(scope="module")
def audits(played: tuple[EmbeddedInstance, Any]) -> list[Row]:
    return list(played[0].store.rows("sys_audit"))


def test_tickets_appear_and_close_month_by_month(played: tuple[Any, dict[datetime, Any]], path: Path) -> None:
    with gzip.open(path, "rt") as file:
        log = list(csv.DictReader(file))
    latest: dict[str, datetime] = {}
    effective: list[tuple[datetime, dict[str, str]]] = []
    for row in reversed(log):
        moment = datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M")
        moment = latest[row["number"]] = min(moment, latest.get(row["number"], moment))
        effective.append((moment, row))
    for step, sizes in played[1].items():
        # Read backwards, so that the first row met of a ticket is the last one in force.
        in_force = [(row["number"], row["active"]) for moment, row in effective if moment <= step]
        last = dict(reversed(in_force))
        assert sizes == (len(last), sum(active == "true" for active in last.values()), len(in_force)), step


def test_final_rows_are_those_of_the_reference(incidents: list[Row], reference: dict[str, Any]) -> None:
    final = reference["final"]
    assert len(incidents) == reference["incidents"]
    assert {row["state"] for row in incidents} == {"7"}
    assert {row["sys_id"] for row in incidents}.__len__() == len(incidents)
    priorities = Counter(row["priority"] for row in incidents)
    assert priorities == {name[0]: count for name, count in final["priority"].items()}
    for column, source in (("close_code", "closed_code"), ("contact_type", "contact_type"), ("made_sla", "made_sla")):
        assert Counter(row[column] or "?" for row in incidents) == final[source], column
    for column in ("category", "subcategory", "u_symptom"):
        counts = Counter(row[column] or "?" for row in incidents)
        assert {name: counts[name] for name in final[f"top10_{column}"]} == final[f"top10_{column}"]


def test_top_groups_by_name(
    played: tuple[EmbeddedInstance, Any], incidents: list[Row], reference: dict[str, Any]
) -> None:
    names = {row["sys_id"]: row["name"] for row in played[0].store.rows("sys_user_group")}
    counts = Counter(names[row["assignment_group"]] if row["assignment_group"] else "?" for row in incidents)
    expected = reference["final"]["top10_assignment_group"]
    assert {name: counts[name] for name in expected} == expected
    assert len(counts) - 1 == reference["final_distinct"]["assignment_group"]


def test_times_to_resolve_and_to_close(incidents: list[Row], reference: dict[str, Any]) -> None:
    for column, figure in (("resolved_at", "time_to_resolve"), ("closed_at", "time_to_close")):
        for name, expected in reference[figure].items():
            hours = [
                (seconds_of(row[column]) - seconds_of(row["opened_at"])) / 3600
                for row in incidents
                if row[column]
                and name in ("all", *(p for p in reference["final"]["priority"] if p[0] == row["priority"]))
            ]
            assert len(hours) == expected["n"], (figure, name)
            assert round(fmean(hours), 4) == expected["mean_h"], (figure, name)
            assert round(median(hours), 4) == expected["median_h"], (figure, name)


def test_the_truth_tells_the_figures_of_the_cohort(played: tuple[EmbeddedInstance, Any]) -> None:
    told = played[0].control.truth()
    assert told["live_incidents"] == 24_918
    assert told["excluded"] == {"cancelled": 0, "open": 0, "not_resolved": 1_556, "bad_clock": 0}
    assert told["resolved_count"] == 23_362
    assert round(told["mttr"]["mean_minutes"], 6) == 10_690.294923
    assert told["mttr"]["median_minutes"] == 1_326
    assert round(told["mttr"]["p90_minutes"], 6) == 22_892.9
    assert {name: round(value, 6) for name, value in told["reassignment"].items()} == {
        "mean": 1.001798, "p90": 3, "zero_share": 0.513783, "three_plus_share": 0.121907,
    }  # fmt: skip
    assert told["reopened_count"] == 274
    assert told["made_sla_count"] == 14_432


def test_counters_and_months(incidents: list[Row], reference: dict[str, Any]) -> None:
    for column in ("reassignment_count", "reopen_count"):
        counts = [int(row[column]) for row in incidents]
        expected = reference[column]
        assert (sum(counts), max(counts), sum(count > 0 for count in counts)) == (
            expected["sum"], expected["max"], expected["nonzero"],
        )  # fmt: skip
    months = Counter(row["resolved_at"][:7] for row in incidents if row["resolved_at"])
    assert months == reference["resolved_by_month"]


def test_audit_holds_every_change_of_the_log(audits: list[Row], reference: dict[str, Any]) -> None:
    changes = Counter(row["fieldname"] for row in audits)
    expected = reference["field_changes_between_consecutive_rows"]
    for column in ("assignment_group", "assigned_to", "reassignment_count", "reopen_count", "priority", "impact",
                   "urgency", "active", "category", "subcategory", "u_symptom", "location", "problem_id", "rfc",
                   "caused_by", "cmdb_ci", "caller_id", "knowledge", "made_sla", "contact_type"):  # fmt: skip
        assert changes[column] == expected[column], column
    # The log's states are the platform's state and hold reason together.
    either = {
        (row["documentkey"], row["record_checkpoint"]) for row in audits if row["fieldname"] in ("state", "hold_reason")
    }
    assert len(either) == expected["incident_state"]


def test_moves_between_groups(audits: list[Row]) -> None:
    kinds = Counter(
        (bool(row["oldvalue"]), bool(row["newvalue"])) for row in audits if row["fieldname"] == "assignment_group"
    )
    assert kinds == {(True, True): 17_914, (False, True): 2_078, (True, False): 3_329}


def test_undoing_the_audit_gives_what_the_log_began_with(incidents: list[Row], audits: list[Row]) -> None:
    by_record: dict[str, list[Row]] = {}
    for change in audits:
        by_record.setdefault(change["documentkey"], []).append(change)
    for last in incidents:
        row = dict(last)
        for change in sorted(by_record.get(row["sys_id"], []), key=lambda change: -int(change["record_checkpoint"])):
            assert row[change["fieldname"]] == change["newvalue"]
            row[change["fieldname"]] = change["oldvalue"]
        assert row["closed_at"] == row["close_code"] == "" or row["state"] == "7"


def test_every_reference_resolves(played: tuple[EmbeddedInstance, Any], incidents: list[Row]) -> None:
    store = played[0].store
    columns = {
        name: column.reference
        for name, column in store.schema.columns("incident").items()
        if column.type == "reference"
    }
    for target in set(columns.values()):
        present = {row["sys_id"] for row in store.rows(target)} if target in store.schema else set()
        for name in (name for name, table in columns.items() if table == target):
            assert all(row[name] in present for row in incidents if row[name]), name
    user_names = [row["user_name"] for row in store.rows("sys_user")]
    assert len(set(user_names)) == len(user_names)
    assert {row["sys_updated_by"] for row in incidents} <= set(user_names)


def test_tickets_of_one_kind_are_called_the_same(incidents: list[Row]) -> None:
    titles = Counter(row["short_description"] for row in incidents)
    assert titles.most_common(1)[0][1] > 500
    assert not any(digit in title for title in titles for digit in "0123456789")


def test_served_rows_are_those_of_the_log(played: tuple[EmbeddedInstance, Any], reference: dict[str, Any]) -> None:
    instance = played[0]
    api = httpx.Client(
        base_url=f"{instance.url}/api/now", auth=(instance.username, instance.password), timeout=60, trust_env=False
    )
    with api:
        groups = api.get("/table/sys_user_group", params={"sysparm_query": "name=Group 70", "sysparm_fields": "sys_id"})
        query = f"assignment_group={groups.json()['result'][0]['sys_id']}^state=7"
        counted = api.get("/stats/incident", params={"sysparm_query": query, "sysparm_count": "true"}).json()
        assert counted["result"]["stats"]["count"] == str(reference["final"]["top10_assignment_group"]["Group 70"])
        fields = "number,priority,assignment_group.name,sys_updated_on"
        [row] = api.get(
            "/table/incident", params={"sysparm_query": "number=INC0000045", "sysparm_fields": fields}
        ).json()["result"]
        assert row == {
            "number": "INC0000045", "priority": "3", "assignment_group.name": "Group 56",
            "sys_updated_on": "2016-03-05 12:00:00",
        }  # fmt: skip


def test_steps_of_any_size_lead_to_the_same_tables(path: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    with gzip.open(path, "rt") as source, part.open("w") as target:
        target.writelines(islice(source, 12_000))
    end = datetime(2016, 6, 1)
    with EmbeddedInstance(Replay(part), now=end) as at_once, EmbeddedInstance(Replay(part), now=_STEPS[0]) as stepped:
        moments = [_STEPS[0] + timedelta(hours=7 * step * step / 4) for step in range(36)]
        for before, moment in pairwise(moments):
            assert before < moment < end
            stepped.application.live_on(moment)
        stepped.application.live_on(end)
        expected, reached = tables_of(at_once.store), tables_of(stepped.store)
        for table, rows in expected.items():
            assert reached[table] == rows, table
