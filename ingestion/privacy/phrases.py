"""Finding the names of persons in text, by their words, or by keyed digests of their words."""

import re
import unicodedata
from collections.abc import Callable, Iterable

#: A run of letters and digits; scripts that do not part words are taken sign by sign.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
#: Digests of words that are remembered: texts repeat their words.
_REMEMBERED = 200_000


def words_of(text: str) -> list[str]:
    """The words of a text without case and accents."""
    return [_folded(word) for word in _WORD.findall(text)]


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


class Phrases:
    """Phrases of one or more words, each with what takes its place.

    `digest` is what stands for a word or a phrase: the text itself, or a keyed digest where the phrases
    themselves must not be known.
    """

    def __init__(self, digest: Callable[[str], str] = str) -> None:
        self._digest = digest
        self._lengths: dict[str, set[int]] = {}
        self._labels: dict[str, str] = {}
        self._known_words: dict[str, frozenset[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._labels)

    def add(self, text: str, label: str) -> tuple[str, int, str] | None:
        """Take up a phrase; the digest of its first word, its length and its own digest. None where it has no word."""
        words = words_of(text)
        if not words:
            return None
        entry = (self._digest(words[0]), len(words), self._digest(" ".join(words)))
        self.add_digests(*entry, label)
        return entry

    def add_digests(self, first: str, length: int, whole: str, label: str) -> None:
        """Take up a phrase by what `add` gave for it."""
        self._lengths.setdefault(first, set()).add(length)
        self._labels.setdefault(whole, label)
        self._known_words.clear()

    def label_of(self, text: str) -> str | None:
        """What takes the place of a text that is one of the phrases and nothing else."""
        return self._labels.get(self._digest(" ".join(words_of(text))))

    def replace(self, text: str) -> str:
        """The text with the longest phrase at each place replaced."""
        found = list(_WORD.finditer(text))
        folded = [_folded(match[0]) for match in found]
        parts: list[str] = []
        done = place = 0
        while place < len(found):
            length, label = self._at(folded, place)
            if not length:
                place += 1
                continue
            parts += [text[done : found[place].start()], label]
            place += length
            done = found[place - 1].end()
        return "".join([*parts, text[done:]]) if parts else text

    def _at(self, words: list[str], place: int) -> tuple[int, str]:
        for length in sorted(self._lengths_of(words[place]), reverse=True):
            if place + length <= len(words):
                label = self._labels.get(self._digest(" ".join(words[place : place + length])))
                if label is not None:
                    return length, label
        return 0, ""

    def _lengths_of(self, word: str) -> frozenset[int]:
        known = self._known_words.get(word)
        if known is None:
            if len(self._known_words) >= _REMEMBERED:
                self._known_words.clear()
            known = self._known_words[word] = frozenset(self._lengths.get(self._digest(word), ()))
        return known


def spellings(names: Iterable[str]) -> list[str]:
    """Names as texts may have them: as they are, and with the last word first."""
    found: list[str] = []
    for name in names:
        words = _WORD.findall(name)
        found.append(name)
        if len(words) > 1 and "@" not in name:
            found.append(" ".join([words[-1], *words[:-1]]))
    return list(dict.fromkeys(found))
