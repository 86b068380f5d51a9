"""Every table of `metrics` recounted from the published tickets, on the hand-made and on the random ones."""

from pathlib import Path

import pytest
import yaml

from tests.recount.agreement import RECOUNTS, assert_agrees
from tests.recount.published import read
from tests.recount.tickets import assert_tickets_agree

INSTANCES = ("acme", "beta", "cases", "mixed")
CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[1] / "contract.yml").read_text(encoding="utf-8"))


def test_every_table_of_the_metrics_has_a_recount() -> None:
    assert RECOUNTS.keys() == CONTRACT["metrics"].keys()


@pytest.mark.parametrize("name", INSTANCES)
def test_the_tickets(small_warehouse: Path, name: str) -> None:
    assert_tickets_agree(read(small_warehouse, small_warehouse, name))


@pytest.mark.parametrize("table", RECOUNTS)
def test_a_metric(small_warehouse: Path, table: str) -> None:
    rows = {
        name: assert_agrees(small_warehouse, table, read(small_warehouse, small_warehouse, name)) for name in INSTANCES
    }
    assert rows["mixed"] > 0
