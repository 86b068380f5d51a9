"""Companies to look at, and the rows of an instance by key."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.instance.store import Row, Store

NOW = datetime(2026, 3, 11, 14, 30)

Tables = dict[str, dict[str, Row]]


def tables_of(store: Store) -> Tables:
    """All rows of all tables by sys_id. A family's rows appear once, under their real class."""
    tables: Tables = {}
    for table in store.schema:
        rows = {row["sys_id"]: row for row in store.rows(table.name)}
        if store.schema.is_classed(table.name):
            rows = {key: row for key, row in rows.items() if row["sys_class_name"] == table.name}
        tables[table.name] = rows
    return tables


@pytest.fixture(scope="session")
def company() -> Iterator[EmbeddedInstance]:
    """A company of 2,000 incidents in 13 months; for reading only."""
    with EmbeddedInstance(Company(incidents=2000, days=396, seed=7), now=NOW) as instance:
        yield instance


@pytest.fixture(scope="session")
def incidents(company: EmbeddedInstance) -> dict[str, Row]:
    """The company's incidents by sys_id."""
    return {row["sys_id"]: row for row in company.store.rows("incident")}


@pytest.fixture(scope="session")
def audits(company: EmbeddedInstance) -> dict[str, list[Row]]:
    """The company's audit rows by record, oldest first."""
    by_record: dict[str, list[Row]] = {}
    for row in company.store.rows("sys_audit"):
        by_record.setdefault(row["documentkey"], []).append(row)
    for rows in by_record.values():
        rows.sort(key=lambda row: int(row["record_checkpoint"]))
    return by_record


@pytest.fixture
def small_company() -> Iterator[Callable[..., EmbeddedInstance]]:
    """Makes companies of 500 incidents in 40 days; `seed=` picks one."""
    made: list[EmbeddedInstance] = []

    def make(seed: int = 1) -> EmbeddedInstance:
        instance = EmbeddedInstance(Company(incidents=500, days=40, seed=seed), now=NOW).__enter__()
        made.append(instance)
        return instance

    yield make
    for instance in made:
        instance.__exit__()
