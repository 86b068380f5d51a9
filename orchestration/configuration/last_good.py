"""What to go back to where the present configuration is not valid."""

from ingestion.errors import TicketlakeError
from ingestion.settings import InvalidSettings
from orchestration.state.configuration import Configurations
from orchestration.state.database import StateDatabase


def explained(error: TicketlakeError) -> str:
    """The message of an error; where the settings are at fault, with the last version that was good."""
    if not isinstance(error, InvalidSettings):
        return str(error)
    try:
        good = Configurations(StateDatabase(error.state_path)).last_good()
    except TicketlakeError as unreadable:
        return f"{error}; {unreadable}"
    if good is None:
        return str(error)
    return (
        f"{error}; the last good configuration is version {good.version} of {good.recorded_at} UTC"
        f" (`ticketlake config rollback {good.version}` brings its file back)"
    )
