"""Uneven choice, the same for the same dice."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """A fixed set of things of which some are picked more often than others."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        if not items or len(items) != len(weights):
            raise ValueError(
                f"{len(items)} items with {len(weights)} weights: give one weight to each, and one at least"
            )
        self.items = tuple(items)
        self._bounds = list(accumulate(weights))

    @classmethod
    def by_rank(cls, items: Sequence[T], steepness: float = 0.8) -> "Weighted[T]":
        """Weights that fall with the place in the list (Zipf): the first is picked most."""
        return cls(items, [1 / (rank + 1) ** steepness for rank in range(len(items))])

    def pick(self, rng: Random) -> T:
        """One of the items."""
        return self.items[bisect_right(self._bounds, rng.random() * self._bounds[-1])]


def one_of(items: Sequence[T], rng: Random) -> T:
    """One of the items, all alike; cheaper than `Random.choice`."""
    return items[int(rng.random() * len(items))]
