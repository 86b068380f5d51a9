"""Recurring titles on the labelled sample, through the models, in two loads.

Figures of the sample (printed by `pytest -s`): homogeneity says that a group is of one problem, completeness that a
problem is one group.
"""

import hashlib
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from sklearn.metrics import completeness_score, homogeneity_score

from tests.transform.labelled_titles import Labelled, labelled_titles
from tests.transform.warehouse import PROJECT, build, make_warehouse, query

# As `module_paths` of the dbt profile does.
sys.path.append(str(PROJECT / "python"))

from near_titles.groups import assign

SAMPLE = labelled_titles()
#: Tickets of the first load; the rest comes with the second one.
FIRST_LOAD = 4000
#: Beside the sample: what goes with its tickets, and what stays.
BESIDE = {"gone": "Elevator stuck", "first": "Coffee machine leaking", "later": "Cofee machine leaking"}

Keys = dict[str, str]


class Loads:
    """The groups after each of the two loads: key and template by signature, and signature by title."""

    def __init__(self, warehouse: Path) -> None:
        self.warehouse = warehouse
        make_warehouse(warehouse, {}, [])
        beside = [(f"x-{name}", title, datetime(2023, 1, 1 + day)) for day, (name, title) in enumerate(BESIDE.items())]
        self._load(SAMPLE[:FIRST_LOAD], beside)
        self.first = self._groups()
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("DELETE FROM raw_servicenow.incident WHERE sys_id IN ('x-gone', 'x-first')")
        self._load(SAMPLE[FIRST_LOAD:], [])
        self.second = self._groups()
        self.signatures: Keys = dict(query(warehouse, "SELECT title, signature FROM intermediate.int_title_masks"))
        self.keys: Keys = dict(query(warehouse, "SELECT title, recurring_key FROM intermediate.int_title_signatures"))

    def _load(self, tickets: Sequence[Labelled], beside: Iterable[tuple[str, str, datetime]]) -> None:
        rows = [(f"t-{ticket.opened_at:%Y%m%d%H%M}", ticket.title, ticket.opened_at) for ticket in tickets]
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO raw_servicenow.incident (instance, sys_id, short_description, opened_at)"
                " VALUES ('acme', ?, ?, ?)",
                [*rows, *beside],
            )
            connection.execute("COMMIT")
        build(self.warehouse, "--select", "+int_title_signatures", "--indirect-selection", "cautious")

    def _groups(self) -> dict[str, tuple[str, str]]:
        rows = query(self.warehouse, "SELECT signature, template, recurring_key FROM intermediate.int_title_groups")
        return {signature: (template, key) for signature, template, key in rows}


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> Loads:
    return Loads(tmp_path_factory.mktemp("recurring") / "warehouse.duckdb")


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def in_batches(tickets: Sequence[Labelled], signatures: Keys, size: int) -> Keys:
    """The key of every title, had the tickets come in loads of `size`."""
    template_of: Keys = {}
    for start in range(0, len(tickets), size):
        first_opened: dict[str, datetime] = {}
        for ticket in tickets[start : start + size]:
            signature = signatures[ticket.title]
            if signature not in template_of:
                first_opened.setdefault(signature, ticket.opened_at)
        new = sorted(first_opened, key=lambda signature: (first_opened[signature], signature))
        template_of.update(assign(new, set(template_of.values())))
    return {ticket.title: digest(template_of[signatures[ticket.title]]) for ticket in tickets}


def test_the_sample_is_large_and_varied() -> None:
    assert len({ticket.title for ticket in SAMPLE}) >= 3000
    assert {"m", "en", "de", "fr", "es", "it", "nl", "pt", "pl", "ja", "ru"} == {ticket.style for ticket in SAMPLE}


def test_groups_are_of_one_problem_and_problems_are_one_group(loads: Loads) -> None:
    problems = [ticket.problem for ticket in SAMPLE]
    measured = {}
    for name, groups in {
        "title": [ticket.title for ticket in SAMPLE],
        "signature": [loads.signatures[ticket.title] for ticket in SAMPLE],
        "group": [loads.keys[ticket.title] for ticket in SAMPLE],
    }.items():
        scores = homogeneity_score(problems, groups), completeness_score(problems, groups)
        measured[name] = scores
        print(f"{name}: homogeneity {scores[0]:.4f}, completeness {scores[1]:.4f}, {len(set(groups))} groups")
    homogeneity, completeness = measured["group"]
    assert homogeneity >= 0.98
    assert completeness >= 0.85
    assert completeness > measured["signature"][1]


def test_a_group_keeps_its_key_when_tickets_arrive(loads: Loads) -> None:
    staying = loads.first.keys() & loads.second.keys()
    assert len(staying) > 500 and len(loads.second) > len(loads.first)
    assert {signature: loads.second[signature] for signature in staying} == {
        signature: loads.first[signature] for signature in staying
    }


def test_a_key_is_the_hash_of_the_signature_that_opened_the_group(loads: Loads) -> None:
    for template, key in loads.second.values():
        assert key == digest(template)
    signatures_of = defaultdict(set)
    for signature, (template, _) in loads.second.items():
        signatures_of[template].add(signature)
    assert max(map(len, signatures_of.values())) > 5


def test_a_group_goes_with_its_last_ticket_and_not_with_its_first(loads: Loads) -> None:
    first, later = BESIDE["first"].lower(), BESIDE["later"].lower()
    assert {"elevator stuck", first, later} <= loads.first.keys()
    assert "elevator stuck" not in loads.second and first not in loads.second
    assert loads.second[later] == (first, digest(first))


@pytest.mark.parametrize("size", [len(SAMPLE), 1000, 137, 10])
def test_other_batches_give_the_same_keys(loads: Loads, size: int) -> None:
    keys = in_batches(SAMPLE, loads.signatures, size)
    different = sum(keys[ticket.title] != loads.keys[ticket.title] for ticket in SAMPLE)
    print(f"loads of {size}: {different} of {len(SAMPLE)} tickets have another key")
    assert different <= math.floor(len(SAMPLE) / 1000)


def test_the_same_batches_give_the_same_keys(loads: Loads) -> None:
    again = in_batches(SAMPLE, loads.signatures, FIRST_LOAD)
    assert again == {ticket.title: loads.keys[ticket.title] for ticket in SAMPLE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("printer offline", "printer online"),
        ("cannot login to outlook", "cannot logout of outlook"),
        ("vpn down", "vps down"),
        ("sap mm posting error", "sap md posting error"),
        ("printer works", "printer does not work"),
        ("copy from sap to crm", "copy from crm to sap"),
        ("contract form missing", "contact form missing"),
        ("install visio", "uninstall visio"),
        ("konto anmelden", "konto abmelden"),
        ("light is on", "light is off"),
        ("team calendar missing", "teams calendar missing"),
        ("internal line dead", "external line dead"),
        ("disk <number>% full", "disk full"),
    ],
)
def test_what_differs_in_meaning_is_not_joined(one: str, other: str) -> None:
    assert assign([one, other], []) == [(one, one), (other, other)]
    assert assign([other, one], []) == [(other, other), (one, one)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("printer offline on floor <number>", "floor <number>: printer offline"),
        ("outlook crashes", "outlok crashes"),
        ("outlook crashes", "Outlook crashes!!!".lower()),
        ("accommodation booking", "acomodation bookign"),
        ("printer does not print", "the printer isn't printing"),
        ("unable to log in to sap", "cannot login to sap"),
        ("notebook broken", "note book broken"),
        ("storung telefonanlage", "stoerung telefonanlage"),
        ("l'imprimante est hors ligne", "imprimante hors ligne"),
        ("принтер не печатает", "принтер не печаатет"),
    ],
)
def test_typos_and_word_order_are_joined(one: str, other: str) -> None:
    assert assign([one, other], []) == [(one, one), (other, one)]
    assert assign([other, one], []) == [(other, other), (one, other)]


def test_the_nearest_group_is_joined_whatever_the_order_of_the_groups() -> None:
    templates = ["prinetr jammed", "printer jamed", "printer stuck"]
    for order in (templates, templates[::-1]):
        assert assign(["printer jammed"], order) == [("printer jammed", "prinetr jammed")]
