"""What can go wrong, one class per kind, each with the exit code it means (contract, section 2)."""

from pathlib import Path


class TicketlakeError(Exception):
    """A failure whose message names what was asked, what came back and the way out."""

    exit_code = 1


class ConfigurationError(TicketlakeError):
    """Wrong usage or configuration."""

    exit_code = 2


class InvalidSettings(ConfigurationError):
    """The environment or `ticketlake.toml` is not valid. `state_path` is the `state.sqlite` of its data directory."""

    def __init__(self, message: str, state_path: Path) -> None:
        super().__init__(message)
        self.state_path = state_path


class RefusedError(TicketlakeError):
    """The instance refused the credentials or a required table."""

    exit_code = 3


class CredentialsRefused(RefusedError):
    """The instance did not accept the credentials."""


class TableRefused(RefusedError):
    """The instance does not let this user read a table, or does not know it."""


class SourceError(TicketlakeError):
    """The instance's answer cannot be used, and asking again will not help."""


class UnknownTable(SourceError):
    """The instance has no such table (400 `Invalid table`)."""


class TransientError(SourceError):
    """The instance failed in a way that passes; every retry was used up."""


class PageTooHeavy(TransientError):
    """The instance could not answer in time or in size; a smaller page may pass."""


class AddressTooLong(SourceError):
    """The request's address is longer than the instance, or what lies before it, takes."""


class Postponed(TransientError):
    """The instance asks to be left alone for longer than a run waits; the next run goes on from there."""


class HibernatingError(TransientError):
    """The instance is asleep: a developer instance answers an HTML page until it is woken."""


class WarehouseLocked(TicketlakeError):
    """Another process holds the data directory."""


class QualityError(TicketlakeError):
    """Data-quality checks failed; nothing was published."""

    exit_code = 4


class StateDamaged(TicketlakeError):
    """A file of ours cannot be read any more. It is left as it is."""
