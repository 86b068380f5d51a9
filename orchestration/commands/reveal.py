"""`ticketlake reveal`: what stands behind pseudonyms, for who has the key."""

from typing import Annotated

import typer

from ingestion.errors import ConfigurationError
from ingestion.settings import load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.commands.maintenance import with_warehouse


@answering
def reveal(
    pseudonyms: Annotated[list[str], typer.Argument(help="As they stand in the tables: pn-...", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="Kept in the audit log: a case number, no name.")],
    config: options.Config = None,
) -> Answer:
    """Say what stands behind pseudonyms. Needs the secret key; the audit log keeps who asked, and why."""
    settings = with_warehouse(load_settings(config))

    from ingestion import warehouse
    from ingestion.privacy.keys import open_key
    from orchestration.erasure import with_key
    from orchestration.state import StateDatabase
    from orchestration.state.audit_log import AuditLog, os_user

    if not reason.strip():
        raise ConfigurationError("--reason is empty; say why, such as a case number")
    settings = with_key(settings)
    with warehouse.data_directory_lock(settings, "reveal"), warehouse.connect(settings, read_only=True) as connection:
        key = open_key(connection, settings.secret_key)
    found = {pseudonym: key.value_of(pseudonym) for pseudonym in pseudonyms}
    if unknown := [pseudonym for pseudonym, value in found.items() if value is None]:
        raise ConfigurationError(f"{', '.join(unknown)}: no pseudonym that this data directory's key has made")
    audit_log = AuditLog(StateDatabase(settings.state_path))
    for pseudonym in found:
        audit_log.record("reveal", pseudonym, actor=f"command ({os_user()})", detail={"reason": reason})
    return Answer({"values": found}, [f"{pseudonym}  {value}" for pseudonym, value in found.items()])
