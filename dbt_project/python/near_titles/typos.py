"""Is a word a misspelling of another one?

Only slips that people make and that seldom turn a word into another word count (compare Pollock and Zamora 1984,
"Automatic spelling correction in scientific and scholarly text": most misspellings are one wrong, missing, extra or
swapped letter, seldom the first). Two words that are near but both of the language are the danger: `contact` and
`contract`, `online` and `offline`. So the first letter must be right, endings must be (they make another word of a
stem), short words and codes are never near, and the pairs of `CONFUSABLE` are not either.
"""

import re
from itertools import groupby, pairwise

from near_titles.confusable import CONFUSABLE

#: Scripts in which one letter is a sound and not a meaning. Signatures are in lower case.
_ALPHABETIC = re.compile(r"[a-z\u00df-\u024f\u0370-\u03ff\u0400-\u04ff]+")
_SHORTEST = 5
_NAMES = frozenset(("dynamics", "files", "forms", "insights", "lists", "notes", "sales", "teams", "windows"))
_VOWELS = frozenset("aeiouy")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbouring_keys() -> frozenset[tuple[str, str]]:
    """Pairs of letters side by side on a keyboard (QWERTY; QWERTZ and AZERTY move three keys)."""
    pairs = {pair for row in _ROWS for pair in pairwise(row)}
    return frozenset(pairs | {(right, left) for left, right in pairs})


_NEIGHBOURS = _neighbouring_keys()


def can_be_misspelt(word: str) -> bool:
    """Long enough, and of letters alone: codes, masks and words of other scripts are right or another word."""
    return len(word) >= _SHORTEST and _ALPHABETIC.fullmatch(word) is not None


def collapsed(word: str) -> str:
    """The word with its doubled letters once: `accommodation` -> `acomodation`."""
    return "".join(letter for letter, _ in groupby(word))


def slips(one: str, other: str) -> int:
    """How many slips (1 or 2) lie between two words that `can_be_misspelt`; 0 where they are different words."""
    if one == other or frozenset((_singular(one), _singular(other))) in CONFUSABLE or _is_tense(one, other):
        return 0
    one_once, other_once = collapsed(one), collapsed(other)
    if is_plural(one, other) or is_plural(other, one) or one_once == other_once or _is_slip(one, other):
        return 1
    return 2 if min(len(one_once), len(other_once)) >= 7 and _is_slip(one_once, other_once) else 0


def is_plural(one: str, other: str) -> bool:
    """`servers` of `server`. Not `teams` of `team`: what is also the name of a product has no plural here."""
    return one == other + "s" and not other.endswith("s") and one not in _NAMES


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _is_tense(one: str, other: str) -> bool:
    """`conectado`, connected, and `conectando`, connecting."""
    return {one[-3:], other[-3:]} == {"ado", "ndo"} and one[:-3] in (other[:-3] + "a", other[:-4])


def _is_slip(one: str, other: str) -> bool:
    """Whether one wrong, missing, extra or swapped letter is between two words, and likely a slip."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    length = min(_stem_length(one), _stem_length(other))
    if len(left) == len(right) == 2:
        return left == right[::-1] and length >= _SHORTEST
    if start < 2:
        # `anmelden` and `abmelden`; and few slips are at the beginning.
        return False
    if {len(left), len(right)} == {0, 1}:
        # At the end a letter more or less makes another word of the stem.
        return length >= 6 and end >= 2
    if len(left) == len(right) == 1:
        if left in _VOWELS and right in _VOWELS:
            return length >= 8 and end >= 1
        return length >= 6 and end >= 2 and (left, right) in _NEIGHBOURS
    return False


def _stem_length(word: str) -> int:
    """Letters before an ending: `stating` is as short as `state`, and as near to `starting` as that to `start`."""
    for ending in ("ing", "ed", "er"):
        if word.endswith(ending):
            # Of the ending itself one letter counts, as the last one of the bare word.
            return len(word) - len(ending) + 1
    return len(word)
