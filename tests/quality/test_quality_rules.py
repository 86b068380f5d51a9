"""Every rule holds in a healthy warehouse, and one deliberate fault makes it fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import pytest

from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import InstanceSettings, Settings
from ingestion.warehouse import BOOKKEEPING, RAW
from orchestration.quality import CheckResult
from orchestration.quality.layout import Columns, read_columns
from orchestration.quality.public_expectations import PUBLIC_TABLES
from orchestration.quality.public_rules import public_suites
from orchestration.quality.raw_expectations import EXPECTED
from orchestration.quality.raw_rules import raw_suites
from orchestration.quality.rules import Suite
from orchestration.quality.run import check_table
from orchestration.quality.validation import Validator
from tests.quality.breakages import break_public, break_raw
from tests.quality.healthy import INCIDENT, INSTANCE


@contextmanager
def rolled_back(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute("BEGIN")
    try:
        yield
    finally:
        con.execute("ROLLBACK")


def suite_of(suites: list[Suite], table: str) -> Suite:
    return next(suite for suite in suites if suite.table == table)


def result_of(con: duckdb.DuckDBPyConnection, suite: Suite, rule: str, validator: Validator) -> CheckResult:
    """The result of one rule, with no more of the suite than the check needs."""
    narrow = replace(
        suite,
        table_rules=tuple(each for each in suite.table_rules if each.name == rule) or suite.table_rules[:1],
        row_rules=tuple(each for each in suite.row_rules if each.name == rule),
    )
    return next(result for result in check_table(con, narrow, validator) if result.name == rule)


def rules_that_cannot_fail(
    con: duckdb.DuckDBPyConnection,
    suites: Callable[[Columns], list[Suite]],
    table: str,
    validator: Validator,
    breakage: Callable[[str], str],
) -> list[str]:
    """Break each rule of the table's suite in turn; the names of those that held, or named no key."""
    whole = suite_of(suites(read_columns(con)), table)
    held = []
    for rule in [*(each.name for each in whole.table_rules), *(each.name for each in whole.row_rules)]:
        with rolled_back(con):
            con.execute(breakage(rule))
            result = result_of(con, suite_of(suites(read_columns(con)), table), rule, validator)
        if result.success or not result.sample_keys:
            held.append(rule)
    return held


def test_a_healthy_warehouse_passes_every_rule(
    healthy: duckdb.DuckDBPyConnection, validator: Validator, settings: Settings
) -> None:
    columns = read_columns(healthy)
    suites = [*raw_suites(settings, columns, {}), *public_suites(columns)]
    results = [result for suite in suites for result in check_table(healthy, suite, validator)]
    assert [str(result) for result in results if not result.success] == []
    assert {result.table for result in results} == {f"{RAW}.{name}" for name in TABLES} | PUBLIC_TABLES.keys()


@pytest.mark.parametrize("name", TABLES)
def test_each_rule_of_a_raw_table_can_fail(
    name: str, healthy: duckdb.DuckDBPyConnection, validator: Validator, settings: Settings
) -> None:
    table = f"{RAW}.{name}"

    def suites(columns: Columns) -> list[Suite]:
        return raw_suites(settings, columns, {})

    assert rules_that_cannot_fail(healthy, suites, table, validator, lambda rule: break_raw(table, rule)) == []


@pytest.mark.parametrize("table", PUBLIC_TABLES)
def test_each_rule_of_a_public_table_can_fail(
    table: str, healthy: duckdb.DuckDBPyConnection, validator: Validator
) -> None:
    columns = dict(read_columns(healthy)[table])
    key = PUBLIC_TABLES[table].key

    def breakage(rule: str) -> str:
        return break_public(table, rule, key, columns)

    assert rules_that_cannot_fail(healthy, public_suites, table, validator, breakage) == []


def test_no_declared_rule_is_left_out_of_the_healthy_warehouse(
    healthy: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Rules whose columns are missing are not asked: such a one would be proven by nothing above."""
    columns = read_columns(healthy)
    for suite in raw_suites(settings, columns, {}):
        expected = EXPECTED[suite.table.partition(".")[2]]
        names = {rule.name for rule in (*suite.table_rules, *suite.row_rules)}
        assert names >= {
            "missing_columns", "mistyped_columns", "secret_columns", "key_nulls", "duplicate_keys", "hours_since_sync",
            "load_keys_unique", "load_sys_id_format",
            *(f"{column}_null_share" for column in expected.named),
            *(f"{later}_before_{earlier}" for earlier, later in expected.ordered),
            *(f"{column}_orphan_share" for column in expected.references),
            *(f"{column}_unknown_share" for column in expected.coded),
            *(f"load_{column}_range" for column in expected.ranged),
            *(f"{column}_negative" for column in expected.not_negative),
            *(["load_number_format"] if expected.numbered else []),
            *(["hours_since_change"] if expected.fresh else []),
            *([f"missing_in_{expected.part_of}"] if expected.part_of else []),
        }, suite.table  # fmt: skip


def test_row_counts_are_bounded_by_those_of_the_last_checks(
    healthy: duckdb.DuckDBPyConnection, validator: Validator, settings: Settings
) -> None:
    table = f"{RAW}.incident"
    counts = {"row_count_low", "row_count_high", "emptied"}

    def failed(*earlier: int, instance: str = INSTANCE) -> dict[str, tuple[str, ...]]:
        suites = raw_suites(settings, read_columns(healthy), {table: {instance: earlier}})
        suite = suite_of(suites, table)
        # Never none: Great Expectations wants something to judge.
        rules = tuple(rule for rule in suite.table_rules if rule.name in {*counts, "missing_columns"})
        results = check_table(healthy, replace(suite, table_rules=rules, row_rules=()), validator)
        return {each.name: each.sample_keys for each in results if not each.success}

    # Two incidents and 120 more.
    with rolled_back(healthy):
        healthy.execute(
            f"INSERT INTO {table} SELECT i.* REPLACE (md5(n::VARCHAR) AS sys_id) FROM {table} i, range(60) r(n)"
        )
        healthy.execute(f"UPDATE {table} SET sys_id = md5(rowid::VARCHAR)")
        assert not failed(122)
        assert not failed(122, 122, 300), "one odd count is no yardstick"
        assert failed(300, 300, 122).keys() == {"row_count_low"}
        assert failed(300)["row_count_low"] == (INSTANCE,)
        assert not failed(300, instance="purged")
        assert not failed(40), "few rows come and go"
        healthy.execute(f"DELETE FROM {table}")
        assert failed(122).keys() == {"row_count_low", "emptied"}
        assert failed(122)["emptied"] == (INSTANCE,)
    with rolled_back(healthy):
        healthy.execute(
            f"INSERT INTO {table} SELECT i.* REPLACE (md5(n::VARCHAR) AS sys_id) FROM {table} i, range(200) r(n)"
        )
        assert failed(100).keys() == {"row_count_high"}


def test_a_table_left_behind_is_named_where_its_instance_reads_it(
    healthy: duckdb.DuckDBPyConnection, validator: Validator, settings: Settings
) -> None:
    table = f"{RAW}.kb_category"

    def age(settings: Settings) -> CheckResult | None:
        suite = suite_of(raw_suites(settings, read_columns(healthy), {}), table)
        known = {rule.name for rule in suite.table_rules}
        return result_of(healthy, suite, "hours_since_sync", validator) if "hours_since_sync" in known else None

    with rolled_back(healthy):
        healthy.execute(f"UPDATE {BOOKKEEPING}.coverage SET last_synced_at = last_synced_at - INTERVAL 27 HOUR")
        late = age(settings)
        assert late and not late.success and late.sample_keys == (INSTANCE,)
        assert late.observed == pytest.approx(27, abs=0.5)
        daily = age(replace(settings, sync_cron="0 6 * * *"))
        assert daily and daily.success, "three ticks may be missed"
        narrow = InstanceSettings(INSTANCE, "https://example.service-now.com", tables=("incident",))
        assert age(replace(settings, instances={INSTANCE: narrow})) is None


def test_null_shares_go_by_the_field_map(
    healthy: duckdb.DuckDBPyConnection, validator: Validator, settings: Settings
) -> None:
    table = f"{RAW}.incident"
    mapped = InstanceSettings(INSTANCE, "https://example.service-now.com", field_map={"priority": "u_priority"})
    mapped_settings = replace(settings, instances={INSTANCE: mapped})

    def null_share() -> CheckResult:
        suites = raw_suites(mapped_settings, read_columns(healthy), {})
        return result_of(healthy, suite_of(suites, table), "priority_null_share", validator)

    with rolled_back(healthy):
        assert null_share().observed == 1, "a mapped column that the table lacks is NULL throughout"
        healthy.execute(f"ALTER TABLE {table} ADD COLUMN u_priority VARCHAR DEFAULT '1 - Critical'")
        healthy.execute(f"UPDATE {table} SET priority = NULL")
        assert null_share().success


def test_samples_name_keys_and_never_values(
    healthy: duckdb.DuckDBPyConnection, validator: Validator, settings: Settings
) -> None:
    table = f"{RAW}.incident"
    with rolled_back(healthy):
        healthy.execute(f"UPDATE {table} SET number = 'Ann Lee, ann@example.com' WHERE sys_id = '{INCIDENT}'")
        suite = suite_of(raw_suites(settings, read_columns(healthy), {}), table)
        result = result_of(healthy, suite, "load_number_format", validator)
    assert result.sample_keys == (f"{INSTANCE}/{INCIDENT}",)
    assert result.observed == pytest.approx(0.5)
