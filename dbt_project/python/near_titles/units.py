"""A signature as the units that tell what it is about, whatever their order and its small words.

A unit is a word or a mask (`<host>`). Word order carries meaning where a word belongs to the one before it: `from sap
to crm` is not `from crm to sap`, so a word of direction and what follows are one unit, `from~sap`. Words that say
nothing about the problem go. What is denied is denied in any tense: `does not print`, `not printing`, `won't print`.
"""

import re

_TOKEN = re.compile(r"<[a-z]+>|[^\W_]+(?:['’][^\W_]+)*[+#]*")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu)['’](?=.)")
_JOINT = "~"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOT = _words(
    "not cannot can't cant don't dont doesn't doesnt didn't didnt isn't isnt aren't arent wasn't wasnt won't wont"
    " couldn't couldnt hasn't hasnt"
)
_SILENT = _words(
    "a an the this that these is are was were am be been being has have had do does did can could will would i we my"
    " our me you your it its please pls plz help hi hello hey dear thanks thank again still and & just since"
    " der die das den dem ein eine einen einem ist sind war wird wurde kann konnen konnte ich wir mein meine bitte"
    " hallo danke und es wieder sich noch"
    " le la les l un une est sont je j me mon ma svp bonjour merci et n ne qu c s t m se ce"
    " el los las una uno esta estan es son puedo puede mi hola gracias favor y lo"
    " il lo gli uno e ho mio mia o os as um uma het een ik mijn graag"
)
#: Where something is. Gone before a further word; at the end (`light is on`) it says how something is.
_PLACE = _words("on in at for of im in am auf bei beim fur fuer ins sur en dans pour au por para su op voor nel nella")
_DIRECTION = _words(
    "to from into onto via by after before when while until between vs than as von vom nach zu zum zur aus wenn nachdem"
    " bevor durch de du des d di da dal del della vers depuis quand apres avant desde hacia cuando tras antes despues"
    " van naar uit al aux"
)
#: Verbs whose particle is half of their meaning: `log in`, `log out`.
_VERBS = {
    **{verb: verb for verb in _words("log sign plug check turn switch shut start boot power hang back time sync lock")},
    "logging": "log", "signing": "sign", "turning": "turn", "switching": "switch",
}  # fmt: skip
_PARTICLES = _words("in on off out up down")


def tokens(signature: str) -> list[str]:
    """The words and masks of a signature, in their order."""
    return [_ELISION.sub("", token, count=1).removesuffix("'s") for token in _TOKEN.findall(signature)]


def units(words: list[str]) -> tuple[str, ...]:
    """The units of a title of these words, sorted. Where all words are silent, the words themselves."""
    bare = _without_silence(_with_plain_denial(_with_particles(words)))
    found: list[str] = []
    direction = ""
    for word in bare:
        if word in _DIRECTION:
            direction += word + _JOINT
        else:
            found.append(direction + word)
            direction = ""
    return tuple(sorted(found)) if found else tuple(sorted(words))


def word_of(unit: str) -> str:
    """The word of a unit: `sap` of `from~sap`."""
    return unit.rpartition(_JOINT)[2]


def with_word(unit: str, word: str) -> str:
    """The unit with another word in its place."""
    return unit[: len(unit) - len(word_of(unit))] + word


def _with_particles(words: list[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        if found and word in _PARTICLES and found[-1] in _VERBS:
            found[-1] = _VERBS[found[-1]] + word
        else:
            found.append(word)
    return found


def _with_plain_denial(words: list[str]) -> list[str]:
    """Denials as `not`, and the bare verb after them."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _NOT:
            if found and found[-1] in ("user", "users"):
                found.pop()
            found.append("not")
        elif word == "to" and found[-2:] == ["not", "able"]:
            found.pop()
        elif word == "to" and found and found[-1] == "unable":
            found[-1] = "not"
        elif found and found[-1] == "not" and word not in _SILENT:
            found.append(_bare_verb(word))
        else:
            found.append(word)
    return found


def _bare_verb(word: str) -> str:
    """`print` of `printing`, `prints` and `printed`; `sav` of `save` and `saving`."""
    for ending in ("ing", "ed", "es", "s", "e"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and not (ending == "s" and stem.endswith("s")):
            return stem[:-1] if ending in ("ing", "ed") and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return word


def _without_silence(words: list[str]) -> list[str]:
    spoken = [word for word in words if word not in _SILENT]
    return [word for place, word in enumerate(spoken) if word not in _PLACE or place == len(spoken) - 1]
