"""`ticketlake dashboard`: pages over the published file, until they are stopped."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from ingestion.errors import TicketlakeError
from ingestion.settings import LOOPBACK, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.environment import prepare_environment
from orchestration.listening import bound, serve

if TYPE_CHECKING:
    from ingestion.settings import Settings


@answering
def dashboard(
    port: Annotated[int, typer.Option(help="Port; 0 takes any free one.", min=0, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
    port_file: Annotated[Path | None, typer.Option(help="File the port is written to.")] = None,
    config: options.Config = None,
    debug: options.Debug = False,
) -> Answer:
    """Serve the dashboard over the published file until stopped. It reads and changes nothing."""
    settings = load_settings(config)
    prepare_environment(settings)
    listening = bound(host, port)

    import uvicorn

    from dashboard.handed_over import HandedOver
    from dashboard.server import create_app

    # Streamlit says at INFO that it has no secrets file, and warns of threads that it started itself.
    logging.getLogger("streamlit").setLevel(logging.DEBUG if debug else logging.ERROR)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(HandedOver(settings.data_dir, _instance_urls(settings))),
            log_level="debug" if debug else "warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    if host not in LOOPBACK:
        print(
            f"warning: whoever reaches {host} can read every published ticket; put a proxy with a login before it",
            file=sys.stderr,
        )
    serve(server, listening, host, port_file)
    return Answer()


def _instance_urls(settings: "Settings") -> dict[str, str]:
    """Addresses of all instances, registered or configured, whose forms a browser can open.

    One on this machine is an embedded instance: it has no forms, and is gone when its demo is.
    """
    from orchestration.connectors import with_registered
    from orchestration.state import StateDatabase

    known, database = settings, StateDatabase(settings.state_path)
    # To look is not to make: without a state there is nothing registered.
    if database.exists:
        try:
            known = with_registered(settings, database)
        except TicketlakeError as error:
            print(f"warning: tickets without links to their instance: {error}", file=sys.stderr)
    urls = {name: instance.url for name, instance in known.instances.items() if instance.url}
    return {name: url for name, url in urls.items() if urlsplit(url).hostname not in LOOPBACK}
