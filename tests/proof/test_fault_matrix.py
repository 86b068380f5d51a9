"""Fifty mixtures of faults over an instance that moves: the warehouse ends at the truth, row by row."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from ingestion.instance.faults import KINDS
from tests.proof.mixtures import Mixture, Outcome, mixtures, run

MIXTURES = mixtures(50)


@pytest.fixture(scope="module")
def outcomes() -> Iterator[dict[int, Outcome]]:
    """Each mixture in a process of its own kind, two at a time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield {outcome.mixture.seed: outcome for outcome in pool.map(run, MIXTURES)}


@pytest.mark.parametrize("mixture", MIXTURES, ids=lambda mixture: f"{mixture.seed}-{'+'.join(mixture.kinds)}")
def test_the_warehouse_ends_at_the_truth(outcomes: dict[int, Outcome], mixture: Mixture) -> None:
    assert len(set(mixture.kinds)) >= 3
    assert outcomes[mixture.seed].wrong == []


def test_every_kind_struck(outcomes: dict[int, Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    hits, drawn, ends = Counter[str](), Counter[str](), dict[str, Counter[str]]()
    for outcome in outcomes.values():
        hits += outcome.hits
        for kind in set(outcome.mixture.kinds):
            drawn[kind] += 1
            ends.setdefault(kind, Counter()).update(end or "succeeded" for end in outcome.ends)
    with capsys.disabled():
        print(f"\n{'kind':<18}{'mixtures':>9}{'hits':>8}  ends of the faulty cycles")
        for kind in KINDS:
            told = ", ".join(f"{count} {end}" for end, count in ends.get(kind, Counter()).most_common())
            print(f"{kind:<18}{drawn[kind]:>9}{hits[kind]:>8}  {told}")
    assert [kind for kind in KINDS if not hits[kind]] == []
