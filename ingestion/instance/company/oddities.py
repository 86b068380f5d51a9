"""What real instances hold and invented data does not: every oddity befalls one ticket in 401.

Seen in demo records, API replies and event logs of real instances. None is an error of the embedded
one, and a pipeline must carry all of them.
"""

from collections.abc import Callable
from random import Random

from ingestion.instance.company.identity import Row
from ingestion.instance.timestamps import DAY, MINUTE, stamp
from ingestion.instance.titles import long_text

_EVERY = 401

NEVER_RESOLVED = "closed without resolving"
RESOLVED_BEFORE_OPENED = "resolved before opened"
UNKNOWN_CLOSE_CODE = "unknown close code"
STOPWATCH_OFF = "stopwatch off by two hours"
STALE_RESOLUTION = "reopened, resolved_at kept"
LOWER_CASE_DUPLICATE = "duplicate in lower case"
CLOSED_YET_OPEN = "closed_at set, still in progress"
NO_GROUP = "never given to a group"
UNKNOWN_STATE = "in a state that no choice explains"

#: Oddities that shape a ticket's course, the rest change its first row.
_OF_THE_COURSE = (
    NEVER_RESOLVED, NEVER_RESOLVED, RESOLVED_BEFORE_OPENED, UNKNOWN_CLOSE_CODE, STOPWATCH_OFF, STALE_RESOLUTION,
    LOWER_CASE_DUPLICATE, CLOSED_YET_OPEN, NO_GROUP,
    UNKNOWN_STATE,
)  # fmt: skip

_ODD_TITLES = (
    "Ünïcödé ✓ – «smart» “quotes” … and 日本語, العربية, עברית",
    "Zalgo t\u0338e\u0334x\u0335t\u0337 and a zero\u200bwidth\u200bspace",
    "👩\u200d💻 laptop 🔥🔥 ½ price € 1\u00a0000",
)

_Distortion = Callable[[Row, int, Random, int], None]


def _set(**fixed: str) -> _Distortion:
    def distort(values: Row, _index: int, _rng: Random, _at: int) -> None:
        values.update(fixed)

    return distort


def _same_number(values: Row, _index: int, _rng: Random, _at: int) -> None:
    values["number"] = f"{values['number'][:3]}{int(values['number'][3:]) - 1:07d}"


def _opened_in_the_future(values: Row, _index: int, _rng: Random, at: int) -> None:
    values["opened_at"] = stamp(at + 900 * DAY)


def _odd_letters(values: Row, index: int, _rng: Random, _at: int) -> None:
    values["short_description"] = _ODD_TITLES[index // _EVERY % len(_ODD_TITLES)]


def _longest_title(values: Row, _index: int, rng: Random, at: int) -> None:
    values["short_description"] = long_text(rng, 160, stamp(at))


def _longest_description(values: Row, _index: int, rng: Random, at: int) -> None:
    values["description"] = long_text(rng, 4000, stamp(at))


def _all_custom_columns(values: Row, _index: int, rng: Random, at: int) -> None:
    values.update(
        u_symptom='Slow\tresponse; "timeout"',
        u_vendor_ticket=f"V-{rng.getrandbits(32):08x}",
        u_affected_users=str(int(rng.random() * 5000)),
        u_estimated_cost=f"{rng.random() * 10_000:.2f}",
        u_acknowledged_at=stamp(at + 15 * MINUTE),
        u_first_response=stamp(int(rng.random() * 3 * DAY)),
        u_review_on=stamp(at + 30 * DAY)[:10],
        u_is_security="true",
    )


_AT_BIRTH: tuple[_Distortion, ...] = (
    _set(opened_by=""),
    _set(opened_by="glide.maint"),
    _set(cmdb_ci="0" * 32),
    _opened_in_the_future,
    _set(opened_at=""),
    _set(category="legacy_app", subcategory="mainframe"),
    _set(category="Hardware"),
    _set(category="Hardware"),
    _same_number,
    _set(short_description="NULL"),
    _set(short_description=""),
    _odd_letters,
    _set(short_description="\"Can't print\" says 'O''Brien'; DROP TABLE incident;--"),
    _set(short_description="Line one\nline two\r\n\tline three"),
    _set(short_description="a^b^ORc^NQd=e\\f"),
    _longest_title,
    _set(short_description="   blanks before and after   "),
    _longest_description,
    _longest_description,
    _set(contact_type="fax"),
    _all_custom_columns,
    _set(u_bigpanda_incident_id="old-bp-0001"),
)
#: 31 leaves small numbers plain; 11 keeps an odd ticket's neighbours plain.
_SLOTS = {31 + place * 11: oddity for place, oddity in enumerate((*_OF_THE_COURSE, *range(len(_AT_BIRTH))))}


def course_oddity(index: int) -> str:
    """The oddity in the course of ticket `index`; '' for nearly all."""
    oddity = _SLOTS.get(index % _EVERY)
    return oddity if isinstance(oddity, str) else ""


def distort(values: Row, index: int, rng: Random, at: int) -> None:
    """Gives the first row of ticket `index`, created at `at`, its oddity if it has one."""
    oddity = _SLOTS.get(index % _EVERY)
    if isinstance(oddity, int):
        _AT_BIRTH[oddity](values, index, rng, at)
