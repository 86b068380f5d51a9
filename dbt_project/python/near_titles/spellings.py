"""Which words of a vocabulary may be misspellings of which."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from near_titles.typos import can_be_misspelt, collapsed, slips

#: Rows of one table of distances; its size bounds the memory.
_BLOCK_CELLS = 20_000_000


class Spellings(Mapping[str, Sequence[tuple[str, int]]]):
    """Of each of `words` the others of the vocabulary that are one or two slips away, with the slips, sorted."""

    def __init__(self, words: Iterable[str], vocabulary: Iterable[str]) -> None:
        found: dict[str, set[tuple[str, int]]] = defaultdict(set)
        for word, other in _candidates(words, vocabulary):
            if count := slips(word, other):
                found[word].add((other, count))
        self._found = {word: tuple(sorted(others)) for word, others in found.items()}

    def __getitem__(self, word: str) -> Sequence[tuple[str, int]]:
        return self._found[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _candidates(words: Iterable[str], vocabulary: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs with at most one edit between them once their doubled letters are single ones."""
    wanted = sorted(filter(can_be_misspelt, words))
    known = sorted(filter(can_be_misspelt, vocabulary))
    # A slip leaves the first two letters as they are, or the same letters in another order.
    for others, askers in _blocks(wanted, known, lambda word: "".join(sorted(collapsed(word)))):
        yield from ((word, other) for word in askers for other in others if word != other)
    for others, askers in _blocks(wanted, known, lambda word: collapsed(word)[:2]):
        yield from _near_pairs(askers, others)


def _blocks(
    wanted: Iterable[str], known: Iterable[str], key: Callable[[str], str]
) -> Iterator[tuple[list[str], list[str]]]:
    """The known words of each key that wanted words have, with these."""
    askers: dict[str, list[str]] = defaultdict(list)
    for word in wanted:
        askers[key(word)].append(word)
    others: dict[str, list[str]] = defaultdict(list)
    for word in known:
        block = key(word)
        if block in askers:
            others[block].append(word)
    for block, words in askers.items():
        yield others[block], words


def _near_pairs(words: list[str], others: list[str]) -> Iterator[tuple[str, str]]:
    # Imported late: most builds bring no new title.
    import numpy as np
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    columns = [collapsed(other) for other in others]
    step = max(1, _BLOCK_CELLS // max(1, len(columns)))
    for start in range(0, len(words), step):
        block = words[start : start + step]
        distances = cdist(
            [collapsed(word) for word in block], columns, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8
        )
        for row, column in zip(*np.nonzero(distances <= 1), strict=True):
            if block[row] != others[column]:
                yield block[row], others[column]
