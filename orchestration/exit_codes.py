"""Exit codes of the command line (contract, section 2)."""

from collections.abc import Iterable

from ingestion.errors import TicketlakeError

#: The first that applies counts: wrong usage, refused, anything else, data quality, success.
PRECEDENCE = (2, 3, 1, 4, 0)


def worst(codes: Iterable[int]) -> int:
    """The code that a process ends with when its parts ended with these."""
    return min(codes, key=PRECEDENCE.index, default=0)


def exit_code_of(error: BaseException) -> int:
    return error.exit_code if isinstance(error, TicketlakeError) else 1
