"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file instead of ./ticketlake.toml.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log everything; show tracebacks.")]
Instance = Annotated[
    list[str] | None, typer.Option("--instance", help="Only this instance. Can be repeated.", show_default=False)
]
Table = Annotated[
    list[str] | None, typer.Option("--table", help="Only this table. Can be repeated.", show_default=False)
]
