"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file instead of ./ticketlake.toml.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
LogLevel = Annotated[
    str | None,
    typer.Option("--log-level", help="Log from here on: ERROR, WARN, INFO or DEBUG.", show_default=False),
]
Debug = Annotated[bool, typer.Option("--debug", help="Log everything; show tracebacks.")]
Instance = Annotated[
    list[str] | None, typer.Option("--instance", help="Only this instance. Can be repeated.", show_default=False)
]
#: The API starts jobs with it; what they do is on record as the token's doing.
ForToken = Annotated[str | None, typer.Option("--for-token", help="Id of the API token this is for.", hidden=True)]
Table = Annotated[
    list[str] | None, typer.Option("--table", help="Only this table. Can be repeated.", show_default=False)
]


def actor_of(for_token: str | None) -> str:
    """Who a command is on record as."""
    return "command" if for_token is None else f"api:{for_token}"
