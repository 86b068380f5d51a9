"""A labelled sample: titles of tickets, with the problem each is about.

The families are hand-written (`title_families.py`), the rest is drawn with a fixed seed: what varies, prefixes, case,
and slips of the keyboard in 12 % of the titles by persons. Slips know nothing of what is taken for one: any letter of
any word of four letters or more is left out, doubled, swapped with the next, or hit one key beside.
"""

from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

from tests.transform.title_families import FAMILIES

_SEED = 20240301
_TICKETS = 6000
_SLIP_SHARE = 0.12
_USUAL_SHARE = 0.55
_START = datetime(2024, 1, 1)
_PREFIXES = ("Re: ", "FW: ", "AW: ", "[P2] ", "P3 - ", "URGENT: ", "[EXTERNAL] ", "WG: Re: ", "TR: ")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class Labelled(NamedTuple):
    opened_at: datetime
    title: str
    #: Index of the family.
    problem: int
    style: str


@cache
def labelled_titles() -> tuple[Labelled, ...]:
    """The sample, by the time the tickets were opened. The same at each call."""
    random = Random(_SEED)
    lines = [[part.strip() for part in line.split(" | ")] for line in FAMILIES.strip().splitlines()]
    drawn = []
    for number in range(_TICKETS):
        problem = number if number < len(lines) else random.randrange(len(lines))
        style, usual, *others = lines[problem]
        text = usual if not others or random.random() < _USUAL_SHARE else random.choice(others)
        title = text.format_map(_Values(random))
        if style != "m":
            title = _as_typed(title, random)
        drawn.append((title, problem, style))
    random.shuffle(drawn)
    return tuple(Labelled(_START + timedelta(minutes=30 * at), *one) for at, one in enumerate(drawn))


class _Values(dict[str, str]):
    """What stands for `{host}` and the like, drawn anew at each look-up."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, name: str) -> str:
        pick, between = self._random.choice, self._random.randint
        day = _START + timedelta(minutes=between(0, 500_000))
        digits = "0123456789abcdef"
        match name:
            case "n":
                return str(between(1, 999))
            case "ip":
                v4 = ".".join(str(between(1, 254)) for _ in range(4))
                return pick((v4, v4, f"2001:db8::{between(1, 9999):x}:{between(1, 9999):x}"))
            case "host":
                name = pick(("srv", "db", "web", "app", "mail", "sw")) + pick(("-", "", "-prd-", "-dc")) + "0"
                return f"{name}{between(1, 99)}" + pick(("", "", ".example.com", ".corp.local"))
            case "mail":
                return f"{pick(('ann.lee', 'b.stone', 'svc_backup', 'x12'))}@{pick(('example.com', 'mail.example.de'))}"
            case "date":
                return day.strftime(pick(("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %B %Y")))
            case "time":
                return day.strftime(pick(("%H:%M", "%H:%M:%S")))
            case "hex":
                return "0x" + "".join(pick(digits) for _ in range(8))
            case "guid":
                return "-".join("".join(pick(digits) for _ in range(size)) for size in (8, 4, 4, 4, 12))
            case "path":
                return pick((r"C:\Temp\in\{}.csv", "/var/data/in/{}.csv", r"\\nas\share\{}.csv")).format(
                    between(1, 999)
                )
        raise KeyError(name)


def _as_typed(title: str, random: Random) -> str:
    if random.random() < _SLIP_SHARE:
        title = _with_slip(title, random)
    title = random.choice((str, str, str, str.lower, str.upper))(title)
    if random.random() < 0.15:
        title = random.choice(_PREFIXES) + title
    return title + random.choice(("", "", "", "", "!", ".", " ", "!!"))


def _with_slip(title: str, random: Random) -> str:
    words = title.split(" ")
    places = [place for place, word in enumerate(words) if len(word) >= 4 and word.isalpha() and word.isascii()]
    if not places:
        return title
    place = random.choice(places)
    word = words[place]
    at = random.randrange(len(word))
    letter, rest = word[at], word[at + 1 :]
    match random.choice(("left out", "doubled", "swapped", "beside")):
        case "left out":
            slip = rest
        case "doubled":
            slip = letter + letter + rest
        case "swapped":
            slip = rest[:1] + letter + rest[1:]
        case _:
            slip = random.choice(_keys_beside(letter.lower())) + rest
    words[place] = word[:at] + slip
    return " ".join(words)


def _keys_beside(letter: str) -> str:
    (row,) = (row for row in _ROWS if letter in row)
    place = row.index(letter)
    return row[max(0, place - 1) : place] + row[place + 1 : place + 2]
