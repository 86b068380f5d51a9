"""`ticketlake`, the command line. Heavy imports happen inside the commands that need them."""

import json
import sys
from types import TracebackType

import typer

from orchestration.commands import (
    api,
    backup,
    config,
    connector,
    dashboard,
    demo,
    doctor,
    export,
    lineage,
    maintenance,
    reveal,
    serve,
    status,
    sync,
    token,
)

app = typer.Typer(
    name="ticketlake",
    help="ServiceNow tickets in DuckDB: extracted without loss, modelled, checked, published for BI.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(sync.sync)
app.command()(sync.backfill)
app.command()(sync.reconcile)
app.command()(maintenance.check)
app.command()(doctor.doctor)
app.command()(maintenance.retention)
app.command()(maintenance.erase)
app.command()(reveal.reveal)
app.command()(lineage.lineage)
app.command()(export.export)
app.command()(dashboard.dashboard)
app.add_typer(connector.connector, name="connector")
app.add_typer(config.config, name="config")
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(token.token, name="token")
app.command()(status.status)
app.command()(serve.simulate)
app.command()(serve.up)
app.command()(api.api)


def main() -> None:
    """The console script. Ends with the exit codes of the contract, section 2."""
    if "--debug" not in sys.argv:
        sys.excepthook = _one_line
    try:
        code = app(prog_name="ticketlake", standalone_mode=False)
    except typer.TyperException as error:
        # Wrong usage: no command ran, so the document that `--json` promises is still owed.
        if "--json" in sys.argv:
            print(json.dumps({"error": error.format_message()}))
        if error.format_message():
            print(f"ticketlake: {error.format_message()} (see --help)", file=sys.stderr)
        code = 2
    raise SystemExit(code)


def _one_line(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """An error nobody foresaw, without its traceback."""
    print(f"ticketlake: {kind.__name__}: {error} (repeat with --debug for the traceback)", file=sys.stderr)
