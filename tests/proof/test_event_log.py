"""A real company's incident log, replayed as an instance and synced in three rhythms: one result, and the right one.

The figures are those of the log's reference (reference.json and the README beside it), which were
computed from the CSV with the standard library alone.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.instance import EmbeddedProcess, ServeOptions
from orchestration.job import run_job
from orchestration.request import CycleRequest
from tests.integration.lake import Lake
from tests.recount.agreement import RECOUNTS, assert_agrees
from tests.recount.history import assert_history_counts_reassignments
from tests.recount.published import Instance, read
from tests.recount.tickets import assert_tickets_agree

LOG = Path("uci_incident_event_log")
START, END = datetime(2016, 3, 1), datetime(2017, 2, 18, 15, 0)
STEPS = 40
RHYTHMS = ("at_once", "monthly", "uneven")


@contextmanager
def replay(log: Path, now: datetime, directory: Path) -> Iterator[Lake]:
    with EmbeddedProcess(ServeOptions(event_log=log, now=now)) as servicenow:
        yield Lake(servicenow, directory, now)


def publish(lake: Lake) -> None:
    """A whole pass of the job: extraction, checks, models, checks, publishing."""
    outcome = run_job(lake.settings, CycleRequest())
    assert outcome.exit_code == 0, outcome.error


def at_once(log: Path, directory: Path) -> None:
    with replay(log, END, directory) as lake:
        publish(lake)


def monthly(log: Path, directory: Path) -> None:
    months = [datetime(2016 + month // 12, month % 12 + 1, 1) for month in range(3, 14)]
    with replay(log, START, directory) as lake:
        publish(lake)
        for place, moment in enumerate([*months, END], start=2):
            lake.servicenow.control.set_clock(moment)
            lake.at(moment)
            publish(lake) if place % 10 == 0 or moment == END else lake.sync()


def uneven(log: Path, directory: Path) -> None:
    """The clock goes on with each request, so rows change while they are read; but for the last step."""
    chance = random.Random(7)
    cuts = sorted(chance.random() ** 2 for _ in range(STEPS - 2))
    moments = [START + (END - timedelta(days=2) - START) * cut for cut in cuts]
    with replay(log, START, directory) as lake:
        control = lake.servicenow.control
        for place, moment in enumerate([START, *moments], start=1):
            control.set_clock(max(moment.replace(microsecond=0), control.now()))
            lake.at(control.now())
            control.pass_time_per_request(chance.choice([1.0, 30.0, 600.0]))
            publish(lake) if place % 10 == 0 else lake.sync()
            control.pass_time_per_request(0.0)
        control.set_clock(max(END, control.now()))
        lake.at(END)
        publish(lake)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> dict[str, Path]:
    """The published file of each rhythm."""
    log = shared_data / LOG / "incident_event_log.csv.gz"
    rhythms: dict[str, Callable[[Path, Path], None]] = {"at_once": at_once, "monthly": monthly, "uneven": uneven}
    published = {}
    environment = dict(os.environ)
    for name in RHYTHMS:
        directory = tmp_path_factory.mktemp(name) / "data"
        rhythms[name](log, directory)
        published[name] = directory / "itsm.duckdb"
    # The job sets the environment of its process; the tests after these want theirs back.
    os.environ.clear()
    os.environ.update(environment)
    return published


@pytest.fixture(scope="module", params=RHYTHMS)
def ask(request: pytest.FixtureRequest, files: dict[str, Path]) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    with duckdb.connect(str(files[request.param]), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> dict[str, Any]:
    return json.loads((shared_data / LOG / "reference.json").read_text())


Ask = Callable[[str], list[tuple[Any, ...]]]


def counts(ask: Ask, expression: str, missing: str = "?") -> dict[str, int]:
    return dict(ask(f"SELECT coalesce(CAST({expression} AS VARCHAR), '{missing}'), count(*) FROM sdm.itsm GROUP BY 1"))


def test_every_incident_is_there_once(ask: Ask, reference: dict[str, Any]) -> None:
    assert ask("SELECT count(*), count(DISTINCT sys_id), count(DISTINCT number) FROM sdm.itsm") == [
        (reference["incidents"],) * 3
    ]
    assert ask("SELECT count(*) FROM sdm.itsm WHERE is_open OR state <> 7") == [(0,)]


@pytest.mark.parametrize(
    ("expression", "figure"),
    [
        ("priority_label", "priority"),
        ("made_sla", "made_sla"),
        ("contact_type", "contact_type"),
        ("close_code", "closed_code"),
    ],
)
def test_final_states_are_counted_as_in_the_reference(
    ask: Ask, reference: dict[str, Any], expression: str, figure: str
) -> None:
    assert counts(ask, expression) == reference["final"][figure]


@pytest.mark.parametrize(("expression", "figure"), [("impact", "impact"), ("urgency", "urgency")])
def test_ranks_are_counted_as_in_the_reference(
    ask: Ask, reference: dict[str, Any], expression: str, figure: str
) -> None:
    assert counts(ask, expression) == {label[0]: count for label, count in reference["final"][figure].items()}


@pytest.mark.parametrize(
    ("expression", "figure"),
    [
        ("assignment_group", "top10_assignment_group"),
        ("category", "top10_category"),
        ("subcategory", "top10_subcategory"),
    ],
)
def test_the_ten_most_frequent_are_those_of_the_reference(
    ask: Ask, reference: dict[str, Any], expression: str, figure: str
) -> None:
    found = counts(ask, expression)
    assert {name: found[name] for name in reference["final"][figure]} == reference["final"][figure]


@pytest.mark.parametrize(
    ("expression", "figure"),
    [
        ("caller_id", "caller_id"),
        ("category", "category"),
        ("subcategory", "subcategory"),
        ("assignment_group_id", "assignment_group"),
        ("assigned_to_id", "assigned_to"),
        ("problem_id", "problem_id"),
        ("cmdb_ci_id", "cmdb_ci"),
        ("caused_by_change_id", "caused_by"),
    ],
)
def test_as_many_distinct_values_as_in_the_reference(
    ask: Ask, reference: dict[str, Any], expression: str, figure: str
) -> None:
    assert ask(f"SELECT count(DISTINCT {expression}) FROM sdm.itsm") == [(reference["final_distinct"][figure],)]


@pytest.mark.parametrize(("column", "figure"), [("resolved_at", "time_to_resolve"), ("closed_at", "time_to_close")])
def test_hours_to_resolve_and_to_close(ask: Ask, reference: dict[str, Any], column: str, figure: str) -> None:
    hours = f"(epoch({column}) - epoch(opened_at)) / 3600"
    found = ask(
        f"SELECT coalesce(priority_label, 'all'), count(hours), round(avg(hours), 4), round(median(hours), 4),"
        f" round(quantile_cont(hours, .9), 4), round(max(hours), 4)"
        f" FROM (SELECT priority_label, {hours} AS hours FROM sdm.itsm WHERE {column} IS NOT NULL)"
        " GROUP BY GROUPING SETS ((), (priority_label))"
    )
    names = ("n", "mean_h", "median_h", "p90_h", "max_h")
    assert {name: dict(zip(names, figures, strict=True)) for name, *figures in found} == reference[figure]


def test_hours_to_resolve_by_group(ask: Ask, reference: dict[str, Any]) -> None:
    found = {
        group: (n, round(mean / 60, 4), round(median / 60, 4), round(p90 / 60, 4))
        for group, n, mean, median, p90 in ask(
            "SELECT dimension_value, resolved_count, mttr_minutes, median_minutes, p90_minutes FROM metrics.mttr"
            " WHERE grain = 'all' AND dimension = 'assignment_group'"
        )
    }
    for group, figures in reference["time_to_resolve_top_groups"].items():
        name = "(none)" if group == "?" else group
        assert found[name] == (figures["n"], figures["mean_h"], figures["median_h"], figures["p90_h"])


def test_sla_by_priority_and_by_month_opened(ask: Ask, reference: dict[str, Any]) -> None:
    made = "count(*) FILTER (made_sla), count(*)"
    by_priority = {label: list(rest) for label, *rest in ask(f"SELECT priority_label, {made} FROM sdm.itsm GROUP BY 1")}
    by_month = {
        month: list(rest)
        for month, *rest in ask(f"SELECT strftime(opened_at, '%Y-%m'), {made} FROM sdm.itsm GROUP BY 1")
    }
    assert by_priority == reference["made_sla_by_priority"]
    assert by_month == reference["made_sla_by_opened_month"]


def test_reassignments_and_reopens(ask: Ask, reference: dict[str, Any]) -> None:
    for column in ("reassignment_count", "reopen_count"):
        (found,) = ask(
            f"SELECT round(avg({column}), 6), median({column}), max({column}), sum({column}),"
            f" count(*) FILTER ({column} > 0) FROM sdm.itsm"
        )
        assert dict(zip(("mean", "median", "max", "sum", "nonzero"), found, strict=True)) == reference[column]


def test_the_cohort_of_resolved_tickets(ask: Ask) -> None:
    assert ask(
        "SELECT resolved_count, round(mttr_minutes, 6), median_minutes, round(p90_minutes, 6) FROM metrics.mttr"
        " WHERE grain = 'all' AND dimension = 'all'"
    ) == [(23_362, 10_690.294923, 1_326.0, 22_892.9)]
    assert ask(
        "SELECT resolved_count, round(mean_reassignments, 6), p90_reassignments, round(zero_share, 6),"
        " round(three_plus_share, 6) FROM metrics.reassignment WHERE grain = 'all' AND dimension = 'all'"
    ) == [(23_362, 1.001798, 3.0, 0.513783, 0.121907)]
    assert ask(
        "SELECT reopened_count, round(reopen_rate, 6) FROM metrics.reopen WHERE grain = 'all' AND dimension = 'all'"
    ) == [(274, 0.011728)]
    assert ask(
        "SELECT made_sla_count, round(made_sla_share, 6) FROM metrics.sla WHERE grain = 'all' AND dimension = 'all'"
    ) == [(14_432, 0.617755)]


def test_resolved_by_month(ask: Ask, reference: dict[str, Any]) -> None:
    found = ask(
        "SELECT strftime(period_start, '%Y-%m'), resolved_count FROM metrics.mttr"
        " WHERE grain = 'month' AND dimension = 'all'"
    )
    assert dict(found) == reference["resolved_by_month"]


def test_who_is_excluded_and_why(ask: Ask, reference: dict[str, Any]) -> None:
    found = dict(ask("SELECT reason, ticket_count FROM metrics.excluded WHERE ticket_count > 0"))
    assert found == {"not_resolved": reference["incidents"] - 23_362}


def test_the_backlog_of_past_days(ask: Ask) -> None:
    found = ask(
        "SELECT CAST(as_of AS VARCHAR), open_count, not_closed_count FROM metrics.backlog WHERE dimension = 'all'"
        " AND as_of IN ('2016-03-31', '2016-04-30', '2016-05-31', '2016-08-31') ORDER BY as_of"
    )
    assert found == [
        ("2016-03-31", 1_825, 3_353),
        ("2016-04-30", 1_340, 2_961),
        ("2016-05-31", 1_272, 2_044),
        ("2016-08-31", 184, 204),
    ]


def test_the_changes_of_the_assignment_group(ask: Ask) -> None:
    kinds = ask(
        "SELECT old_value IS NOT NULL, new_value IS NOT NULL, count(*) FROM sdm.itsm_history"
        " WHERE field = 'assignment_group' GROUP BY ALL"
    )
    assert {(old, new): count for old, new, count in kinds} == {
        (True, True): 17_914,
        (False, True): 2_078,
        (True, False): 3_329,
    }


def test_the_paths_between_groups(ask: Ask) -> None:
    assert ask("SELECT sum(moves) FROM metrics.reassignment_paths") == [(19_087,)]


@pytest.fixture(scope="module")
def recounted(files: dict[str, Path]) -> Instance:
    """The log as one of the rhythms left it; the others are the same."""
    return read(files["uneven"], files["uneven"].with_name("warehouse.duckdb"), "default")


def test_the_tickets_are_the_raw_ones(recounted: Instance) -> None:
    assert_tickets_agree(recounted)


@pytest.mark.parametrize("table", RECOUNTS)
def test_a_metric_equals_its_recount(files: dict[str, Path], recounted: Instance, table: str) -> None:
    rows = assert_agrees(files["uneven"], table, recounted)
    # Of changes the log has nothing but the ids that incidents name.
    assert (rows > 0) == (table != "change_failure")


def test_the_history_ends_at_the_counters_of_the_source(recounted: Instance) -> None:
    assert assert_history_counts_reassignments(recounted) > 24_000


@pytest.mark.parametrize("schema", ["sdm", "metrics"])
def test_the_three_rhythms_give_the_same_tables(files: dict[str, Path], schema: str) -> None:
    with duckdb.connect() as connection:
        for name, path in files.items():
            connection.execute(f"ATTACH '{path.resolve()}' AS {name} (READ_ONLY)")
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'at_once' AND schema_name = ?", [schema]
        ).fetchall()
        assert tables
        for (table,) in tables:
            for other in RHYTHMS[1:]:
                for one, two in (("at_once", other), (other, "at_once")):
                    extra = connection.execute(
                        f"SELECT * FROM {one}.{schema}.{table} EXCEPT ALL SELECT * FROM {two}.{schema}.{table} LIMIT 3"
                    ).fetchall()
                    assert extra == [], f"{schema}.{table}: in {one} but not in {two}"


def test_nothing_was_lost_on_the_way(files: dict[str, Path]) -> None:
    """No run of any rhythm failed, and every tick is accounted for."""
    for path in files.values():
        with duckdb.connect(str(path), read_only=True) as connection:
            statuses = connection.execute("SELECT DISTINCT status FROM meta.sync_runs").fetchall()
            assert statuses == [("succeeded",)]
