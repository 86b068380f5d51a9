"""Similar tickets of instance `mixed`, compared once more in plain Python.

Signatures come from the warehouse: other tests say what they must be.
"""

import math
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.transform.warehouse import query


class Ticket(NamedTuple):
    sys_id: str
    key: str | None
    ci: str | None
    service: str | None
    is_open: bool
    is_resolved: bool
    resolved_at: Any


@pytest.fixture(scope="module")
def tickets(small_warehouse: Path) -> list[Ticket]:
    return [
        Ticket(*row)
        for row in query(
            small_warehouse,
            "SELECT sys_id, recurring_key, ci_id, service_id, is_open, NOT is_cancelled AND NOT is_open"
            " AND resolved_at IS NOT NULL AND NOT has_bad_clock, resolved_at FROM sdm.itsm WHERE instance = 'mixed'",
        )
    ]


class Titles:
    """Words of the signatures, as sets, and what each is worth."""

    def __init__(self, signatures: dict[str, str]) -> None:
        self.words = {key: set(re.findall(r"[^\W]+(?:[-_]\w+)*", text)) for key, text in signatures.items()}
        self.owners: dict[str, set[str]] = defaultdict(set)
        for key, words in self.words.items():
            for word in words:
                self.owners[word].add(key)
        self.weight = {
            word: round(1000 * math.log(1 + len(self.words) / len(keys))) for word, keys in self.owners.items()
        }

    def share(self, one: str | None, other: str | None) -> float:
        if one is None or other is None:
            return 0.0
        if one == other:
            return 1.0
        common = sum(self.weight[word] for word in self.words[one] & self.words[other])
        either = sum(self.weight[word] for word in self.words[one] | self.words[other])
        return common / either if either else 0.0

    def near(self, key: str) -> list[str]:
        """The ten titles that share most of its rare words."""
        found: dict[str, int] = defaultdict(int)
        for word in self.words[key]:
            if len(self.owners[word]) <= 50:
                for other in self.owners[word] - {key}:
                    found[other] += self.weight[word]
        return sorted(found, key=lambda other: (-found[other], other))[:10]


@pytest.fixture(scope="module")
def titles(small_warehouse: Path) -> Titles:
    return Titles(
        dict(query(small_warehouse, "SELECT recurring_key, signature FROM intermediate.int_title_signatures"))
    )


def latest(tickets: list[Ticket], count: int) -> list[Ticket]:
    return sorted(sorted(tickets, key=lambda one: one.sys_id), key=lambda one: one.resolved_at, reverse=True)[:count]


def test_the_five_most_similar_of_every_open_ticket(
    small_warehouse: Path, tickets: list[Ticket], titles: Titles
) -> None:
    by_key: dict[str | None, list[Ticket]] = defaultdict(list)
    by_ci: dict[str | None, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.is_resolved:
            by_key[ticket.key].append(ticket)
            by_ci[ticket.ci].append(ticket)
    expected = {}
    for ticket in tickets:
        if not ticket.is_open:
            continue
        candidates = set(latest(by_ci[ticket.ci], 20)) if ticket.ci else set()
        if ticket.key:
            candidates |= set(latest(by_key[ticket.key], 20))
            candidates |= {other for key in titles.near(ticket.key) for other in latest(by_key[key], 5)}
        scores = {}
        for other in candidates:
            about = 0.3 if ticket.ci and ticket.ci == other.ci else 0.0
            if not about and ticket.service and ticket.service == other.service:
                about = 0.1
            scores[other] = round(0.7 * titles.share(ticket.key, other.key) + about, 4)
        ranked = [other for other in latest(list(candidates), len(candidates)) if scores[other] >= 0.3]
        best = sorted(ranked, key=lambda other: -scores[other])[:5]
        expected.update(
            {
                (ticket.sys_id, other.sys_id): (rank, pytest.approx(scores[other], abs=1e-4))
                for rank, other in enumerate(best, start=1)
            }
        )
    found = query(
        small_warehouse,
        "SELECT incident_id, similar_incident_id, rank, score FROM sdm.similar_incidents WHERE instance = 'mixed'",
    )
    assert {row[:2]: row[2:] for row in found} == expected
    assert len(expected) > 100


def test_every_pair_says_why(small_warehouse: Path) -> None:
    reasons = {
        reason for (reason,) in query(small_warehouse, "SELECT reason FROM sdm.similar_incidents WHERE score < 1")
    }
    assert reasons >= {"same title", "same CI", "same title, same service"}
    assert all(re.fullmatch(r"(same title|\d+ % of the title)?(, )?(same (CI|service))?", reason) for reason in reasons)
    assert all(reasons)
