"""Groups of near signatures: each new one joins the nearest group or opens one, and no group ever changes.

A group is known by its template, the signature that opened it. A signature is near a group where their units
(`units.py`) are the same but for at most two slips: misspelt words (`typos.py`), a word written apart or together.
It is compared with templates alone, never with other members, so that groups do not creep.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from near_titles.spellings import Spellings
from near_titles.units import tokens, units, with_word, word_of

_MOST_SLIPS = 2
#: A part of a word that is written apart has at least so many letters.
_SHORTEST_PART = 3
_DENIALS = frozenset(("not", "non", "nicht", "kein", "sin", "sans", "senza", "pas"))


class Assigned(NamedTuple):
    """A signature and the template of its group; its own where it opened the group."""

    signature: str
    template: str


def assign(signatures: Sequence[str], templates: Iterable[str]) -> list[Assigned]:
    """Assign signatures, in the order given, to the groups of `templates` and to groups that they open themselves.

    Signatures are distinct and not empty. The nearest group is the one with the fewest slips, and among those the
    one whose template sorts first.
    """
    groups = _Groups(templates, signatures)
    return [Assigned(signature, groups.template_of(signature)) for signature in signatures]


class _Groups:
    """All groups by their units, and how their words are misspelt."""

    def __init__(self, templates: Iterable[str], coming: Iterable[str]) -> None:
        self._templates: dict[tuple[str, ...], str] = {}
        self._words: set[str] = set()
        #: Sums of the hashes of units, one of each group: units that are not among them need not be made.
        self._sums: set[int] = set()
        for template in sorted(templates):
            self._open(template, units(tokens(template)))
        arriving = {word_of(unit) for signature in coming for unit in units(tokens(signature))}
        self._spellings: Mapping[str, Sequence[tuple[str, int]]] = Spellings(arriving, self._words | arriving)

    def template_of(self, signature: str) -> str:
        words = tokens(signature)
        own = units(words)
        if not own:
            # Punctuation alone: nothing that could be misspelt.
            return signature
        template = self._templates.get(own) or self._nearest(words, own)
        if template is None:
            self._open(signature, own)
            return signature
        return template

    def _open(self, template: str, own: tuple[str, ...]) -> None:
        if own and own not in self._templates:
            self._templates[own] = template
            self._words.update(map(word_of, own))
            self._sums.add(sum(map(hash, own)))

    def _nearest(self, words: list[str], own: tuple[str, ...]) -> str | None:
        found = [
            (slips, template)
            for slips, other in (*self._apart(words), *self._misspelt(own))
            if (template := self._templates.get(other)) is not None
        ]
        return min(found)[1] if found else None

    def _misspelt(self, own: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """All units with one or two words spelt otherwise, as words of groups are spelt, and the slips."""
        total = sum(map(hash, own))
        options = [
            (place, slips, other, hash(other) - hash(unit))
            for place, unit in enumerate(own)
            for word, slips in self._spellings.get(word_of(unit), ())
            if word in self._words
            for other in (with_word(unit, word),)
        ]
        for index, (place, slips, other, change) in enumerate(options):
            if total + change in self._sums:
                yield slips, _replaced(own, {place: other})
            for second_place, second_slips, second, second_change in options[index + 1 :]:
                # The sum first, as there may be thousands of pairs and hardly one that a group has.
                if (
                    total + change + second_change in self._sums
                    and second_place != place
                    and slips + second_slips <= _MOST_SLIPS
                ):
                    yield slips + second_slips, _replaced(own, {place: other, second_place: second})

    def _apart(self, words: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """All units with two words written as one, or one as two, where groups have such words."""
        for place, word in enumerate(words):
            joined = "".join(words[place : place + 2])
            if joined != word and joined in self._words:
                yield 1, units([*words[:place], joined, *words[place + 2 :]])
            for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
                parts = [word[:cut], word[cut:]]
                if self._words.issuperset(parts) and not _DENIALS.intersection(parts):
                    yield 1, units([*words[:place], *parts, *words[place + 1 :]])


def _replaced(own: tuple[str, ...], others: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted(others.get(place, unit) for place, unit in enumerate(own)))
