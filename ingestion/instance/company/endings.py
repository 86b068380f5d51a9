"""How tickets end, and what is written down then."""

from enum import Enum
from random import Random

from ingestion.instance.company import oddities
from ingestion.instance.company.births import Birth
from ingestion.instance.company.choosing import Weighted, one_of
from ingestion.instance.company.identity import Row

_CODES = Weighted(
    (
        "Solution provided", "Workaround provided", "Resolved by change", "Resolved by problem", "Resolved by request",
        "Known error", "User error", "Solved (Permanently)", "Solved (Work Around)", "Solved Remotely (Permanently)",
    ),
    (48.0, 16.0, 4.0, 3.0, 5.0, 4.0, 6.0, 7.0, 4.0, 3.0),
)  # fmt: skip
_NOISE_CODES = Weighted(
    (
        "No resolution provided", "Resolved by caller", "Not Solved (Not Reproducible)", "Closed/Resolved by Caller",
        "Not Solved (Too Costly)",
    ),
    (40.0, 25.0, 20.0, 10.0, 5.0),
)  # fmt: skip
_NOTES = (
    "Restarted the service.", "Password reset, user informed.", "Replaced the cable; link is up.",
    "Cleaned up old log files (12 GB).", "Configuration corrected, see change.", "Instructions sent by e-mail.",
    "Benutzer hat bestätigt: läuft wieder.", "Disk extended by 50 GB.\nMonitored for 2 h, no further alerts.",
)  # fmt: skip


class Ending(Enum):
    """Kinds of end."""

    SOLVED = "solved"
    NOISE = "noise"
    DUPLICATE = "duplicate"
    SELF_CLEARED = "self-cleared"
    UNTOUCHED = "untouched"
    CANCELLED = "cancelled"
    STUCK = "stuck"

    @property
    def is_unattended(self) -> bool:
        """Whether nobody ever looks at the ticket."""
        return self in (Ending.SELF_CLEARED, Ending.UNTOUCHED)

    def fields(self, birth: Birth, rng: Random) -> Row:
        """Close code and notes."""
        if self is Ending.UNTOUCHED:
            return {"close_code": "", "close_notes": ""}
        if self is Ending.DUPLICATE:
            code = "duplicate" if birth.oddity == oddities.LOWER_CASE_DUPLICATE else "Duplicate"
            return {"close_code": code, "close_notes": "Same trouble as the parent incident."}
        if self is Ending.SELF_CLEARED:
            return {"close_code": "No resolution provided", "close_notes": "Alert cleared by itself."}
        if self is Ending.NOISE:
            return {"close_code": _NOISE_CODES.pick(rng), "close_notes": ""}
        if birth.oddity == oddities.UNKNOWN_CLOSE_CODE:
            return {"close_code": "Closed - legacy import", "close_notes": one_of(_NOTES, rng)}
        cause = {"u_root_cause": "Configuration error"} if rng.random() < 0.1 else {}
        return {"close_code": _CODES.pick(rng), "close_notes": one_of(_NOTES, rng)} | cause


def ending_of(birth: Birth, rng: Random) -> Ending:
    """How this ticket will end."""
    roll = rng.random()
    if birth.oddity in (oddities.CLOSED_YET_OPEN, oddities.UNKNOWN_STATE):
        return Ending.STUCK
    if birth.oddity == oddities.LOWER_CASE_DUPLICATE:
        return Ending.DUPLICATE
    if birth.role.kind == "echo" and roll < 0.6:
        return Ending.DUPLICATE
    if birth.role.kind == "major":
        return Ending.SOLVED
    if birth.is_machine:
        return Ending.SELF_CLEARED if roll < 0.16 else Ending.UNTOUCHED if roll < 0.2 else _common(rng)
    return _common(rng)


def _common(rng: Random) -> Ending:
    roll = rng.random()
    if roll < 0.006:
        return Ending.STUCK
    if roll < 0.036:
        return Ending.CANCELLED
    return Ending.NOISE if roll < 0.1 else Ending.SOLVED
