"""`ticketlake api`: the connector API, until it is stopped."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ingestion.errors import ConfigurationError
from ingestion.settings import LOOPBACK, load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.listening import bound, serve


@answering
def api(
    port: Annotated[int, typer.Option(help="Port; 0 takes any free one.", min=0, max=65535)] = 8080,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
    port_file: Annotated[Path | None, typer.Option(help="File the port is written to.")] = None,
    public_url: Annotated[
        str | None, typer.Option(help="How others reach it, for links; behind a proxy that is not its own address.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM file: serve https.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of the certificate's key.")] = None,
    config: options.Config = None,
    debug: options.Debug = False,
) -> Answer:
    """Serve the connector API until stopped. Its OpenAPI document is at /openapi.json."""
    settings = load_settings(config)
    for name, file in (("--certificate", certificate), ("--key", key)):
        if file is not None and not file.is_file():
            raise ConfigurationError(f"{name} {file}: no such file")
    if key is not None and certificate is None:
        raise ConfigurationError("--key needs --certificate")

    import uvicorn

    from ingestion.warehouse import prepare_data_dir
    from orchestration.api import create_app

    prepare_data_dir(settings)
    if host not in LOOPBACK and certificate is None and not (public_url or "").startswith("https://"):
        print(
            f"warning: tokens and credentials cross {host} unencrypted; give --certificate and --key, or put a proxy "
            "with https before it and say --public-url",
            file=sys.stderr,
        )
    listening = bound(host, port)
    # Requests are not logged: the address of a link is a secret.
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, public_url=public_url),
            log_level="debug" if debug else "warning",
            access_log=False,
            server_header=False,
            # Anybody can say that he speaks for somebody else; a proxy is believed where one was announced.
            proxy_headers=public_url is not None,
            timeout_graceful_shutdown=10,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
    )
    serve(server, listening, host, port_file)
    return Answer()
