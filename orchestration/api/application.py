"""The application: its routes, its gate, and one shape for every error."""

import logging
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ingestion.errors import TicketlakeError
from ingestion.settings import Settings
from orchestration.api import auth_page, connectors
from orchestration.api.answers import ERRORS, ErrorAnswer, Health, Problem
from orchestration.api.gate import Gate, Limits
from orchestration.connectors import register_configured
from orchestration.state import Connectors, StateDatabase

log = logging.getLogger(__name__)


def create_app(settings: Settings, *, limits: Limits | None = None, public_url: str | None = None) -> FastAPI:
    """The API over a data directory, as an ASGI application."""
    database = StateDatabase(settings.state_path)
    register_configured(settings, database, "api")
    # FastAPI's pages of documentation load scripts from elsewhere; the document itself is enough.
    app = FastAPI(
        title="Ticketlake connectors",
        version=version("ticketlake"),
        description="ServiceNow instances, from their registration to their deletion. "
        "Every error is `{status, errors}`.",
        docs_url=None,
        redoc_url=None,
        responses=ERRORS,
        # Spans would carry addresses, and that of a link is a secret.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    routers = [connectors.router_of(settings, database, public_url), auth_page.router_of(settings, database)]
    for router in routers:
        app.include_router(router)
    app.state.routers = routers

    @app.get(
        "/health",
        tags=["health"],
        responses={503: {"model": ErrorAnswer, "description": "The state cannot be read"}},
    )
    def health() -> Health:
        """Whether the API answers and can read its state. Needs no token."""
        try:
            Connectors(database).all()
        except TicketlakeError as error:
            log.error("health: %s", error)
            raise Problem(503, "the state cannot be read; see the server's log") from None
        return Health(status="ok", version=version("ticketlake"))

    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(Gate, database=database, limits=limits or Limits())
    return app


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return error.answer()


async def _http(request: Request, error: Exception) -> JSONResponse:
    """Starlette's own: no such path, no such method, a body that cannot be read."""
    assert isinstance(error, HTTPException)
    said, headers = error.detail, dict(error.headers or {})
    if error.status_code == 400:
        said = "the body cannot be read"
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request))) or headers.get("Allow", "GET")
    return Problem(error.status_code, said, headers=headers).answer()


def _methods(request: Request) -> set[str]:
    """All methods of a path: each has a route of its own, and Starlette names those of the first alone."""
    found: set[str] = set()
    for router in request.app.state.routers:
        for route in router.routes:
            if route.matches(request.scope)[0] is not Match.NONE:
                found |= route.methods or set()
    return found


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Where and what, without the value: it may be a secret in the wrong place."""
    assert isinstance(error, RequestValidationError)
    lines = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"[:300] for each in error.errors()]
    return Problem(422, *lines).answer()


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s failed: %s", request.method, type(error).__name__)
    return Problem(500, "internal error; see the server's log").answer()
