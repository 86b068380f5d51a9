"""`/resources/v2.0/data-connectors`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.background import BackgroundTask

from ingestion.errors import ConfigurationError, WarehouseLocked
from ingestion.settings import Settings
from ingestion.warehouse import data_directory_lock
from orchestration.api.answers import (
    AuthUri,
    AuthUriAnswer,
    ConnectorChange,
    ConnectorObject,
    Initialization,
    JobObject,
    NewConnector,
    Problem,
    RunObject,
    StartedJob,
    StartedJobAnswer,
    as_utc,
)
from orchestration.api.jobs import JobRunner
from orchestration.connectors import deletion
from orchestration.credentials import Vault
from orchestration.schedule import next_tick
from orchestration.state import Connector, Connectors, ConnectorStatus, Runs, StateDatabase
from orchestration.state.auth_links import AuthLinks
from orchestration.state.connectors import NameTaken
from orchestration.state.jobs import JobRunning
from orchestration.state.tokens import ApiToken
from orchestration.state.transitions import ATTEMPTING

PREFIX = "/resources/v2.0/data-connectors"
#: Where links for credentials are served.
CONNECT = "/connect"
#: A deletion has to have the data directory to itself; nobody waits for a whole run here (seconds).
_LOCK_SECONDS = 1.0

_bearer = HTTPBearer(auto_error=False, description="From `ticketlake token create`: `view` reads, `full` does all")


def _token(request: Request, _shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> ApiToken:
    """Who asks, as the gate found out."""
    token: ApiToken = request.state.token
    return token


Token = Annotated[ApiToken, Depends(_token)]
ConnectorId = Annotated[str, Path(description="The connector's id", max_length=100)]
Limit = Annotated[int, Query(ge=1, le=100, description="How many, newest first")]


def router_of(settings: Settings, database: StateDatabase, public_url: str | None) -> APIRouter:
    """The routes. `public_url` is how others reach this server, where its own address does not say."""
    router = APIRouter(prefix=PREFIX, tags=["connectors"])
    connectors, runner = Connectors(database), JobRunner(settings, database)

    def found(connector_id: str) -> Connector:
        connector = connectors.by_id(connector_id)
        if connector is None:
            raise Problem(404, "no such connector")
        return connector

    def started(connector: Connector, kind: str, arguments: list[str], token: ApiToken) -> StartedJobAnswer:
        # A state that its process did not survive is put right by the run that is asked for.
        if connector.status in ATTEMPTING and _is_held(settings):
            raise Problem(409, f"the connector is {connector.status}; wait until that has ended")
        try:
            job_id = runner.start(connector, kind, arguments, token=token.id)
        except JobRunning:
            raise Problem(409, "something that was started for the connector has not ended yet") from None
        here = f"{PREFIX}/{connector.id}"
        return StartedJobAnswer(data=StartedJob(job_id=job_id, uri=f"{here}/jobs/{job_id}", runs_uri=f"{here}/runs"))

    @router.post("", status_code=201)
    def create(body: NewConnector, token: Token) -> ConnectorObject:
        """Register an instance. It then waits for credentials: `required_auth`."""
        try:
            return ConnectorObject.of(connectors.create(body.name, body.address(), actor=_actor(token)))
        except NameTaken as error:
            raise Problem(409, str(error)) from None

    @router.get("")
    def list_all(_: Token) -> list[ConnectorObject]:
        """All connectors, by name."""
        return [ConnectorObject.of(each) for each in connectors.all()]

    @router.get("/{connector_id}")
    def show(connector_id: ConnectorId, _: Token) -> ConnectorObject:
        """One connector."""
        return ConnectorObject.of(found(connector_id))

    @router.patch("/{connector_id}")
    def change(connector_id: ConnectorId, body: ConnectorChange, token: Token) -> ConnectorObject:
        """Set its own schedule and tables, pause it, let it go on."""
        connector = found(connector_id)
        changed = body.applied_to(connector)
        cron = changed["sync_cron"] or settings.sync_cron
        tick = None if changed["is_paused"] else next_tick(cron)
        connectors.change(connector.name, **changed, rescheduled_for=tick, actor=_actor(token))
        return ConnectorObject.of(found(connector_id))

    @router.delete("/{connector_id}", status_code=204)
    def delete(
        connector_id: ConnectorId,
        token: Token,
        purge: Annotated[bool, Query(description="Delete everything read from the instance, too")] = False,
    ) -> Response:
        """Forget a connector and its credentials. Its data is kept, unless purged."""
        connector = found(connector_id)
        try:
            deletion.delete_connector(
                settings, database, connector.name, purge=purge, actor=_actor(token), lock_seconds=_LOCK_SECONDS
            )
        except WarehouseLocked:
            raise Problem(409, "a run is under way; try again when it has ended") from None
        # Readers of earlier versions have half a minute to close them.
        afterwards = BackgroundTask(deletion.forget_published, settings) if purge else None
        return Response(status_code=204, background=afterwards)

    @router.post("/{connector_id}/auth-uri", status_code=201)
    def auth_uri(connector_id: ConnectorId, request: Request, token: Token) -> AuthUriAnswer:
        """A link to a page that takes the instance's credentials. It works once, and expires."""
        connector = found(connector_id)
        try:
            Vault(settings, database).ready()
        except ConfigurationError as error:
            raise Problem(409, str(error)) from None
        secret, expires_at = AuthLinks(database).create(connector.id, actor=_actor(token))
        base = (public_url or str(request.base_url)).rstrip("/")
        expires = as_utc(expires_at)
        assert expires is not None
        return AuthUriAnswer(data=AuthUri(uri=f"{base}{CONNECT}/{secret}", expires_at=expires))

    @router.post("/{connector_id}/initialize", status_code=202)
    def initialize(connector_id: ConnectorId, token: Token, body: Initialization | None = None) -> StartedJobAnswer:
        """Check the instance, then read it for the first time. Goes on by itself; the job says how it ended."""
        connector = found(connector_id)
        if connector.status is not ConnectorStatus.PENDING_INITIALIZATION:
            raise Problem(409, f"the connector is {connector.status}, not pending_initialization")
        arguments = ["connector", "init", connector.name]
        if body is not None and body.override is not None:
            arguments.append(f"--override={body.override}")
        return started(connector, "initialize", arguments, token)

    @router.post("/{connector_id}/sync", status_code=202)
    def sync(connector_id: ConnectorId, token: Token) -> StartedJobAnswer:
        """Sync now. Goes on by itself; the job says how it ended."""
        connector = found(connector_id)
        new = connector.initialized_at is None and connector.name != "default"
        if connector.status is ConnectorStatus.REQUIRED_AUTH or (new and connector.first_loaded_at is None):
            raise Problem(409, f"the connector is {connector.status}; it has to be initialized first")
        return started(connector, "sync", ["sync", f"--instance={connector.name}"], token)

    @router.get("/{connector_id}/runs")
    def runs(connector_id: ConnectorId, _: Token, limit: Limit = 20) -> list[RunObject]:
        """Its runs, newest first."""
        books = Runs(database)
        name = found(connector_id).name
        return [RunObject.of(run, books.tables(run.run_id, name)) for run in books.last(limit, name)]

    @router.get("/{connector_id}/jobs/{job_id}")
    def job(
        connector_id: ConnectorId, job_id: Annotated[str, Path(description="The job's id", max_length=100)], _: Token
    ) -> JobObject:
        """Work that was started by `initialize` or `sync`."""
        connector, known = found(connector_id), runner.find(job_id)
        if known is None or known.connector_id != connector.id:
            raise Problem(404, "no such job")
        return JobObject.of(known)

    return router


def _is_held(settings: Settings) -> bool:
    """Whether a run holds the data directory."""
    try:
        with data_directory_lock(settings, "a look whether it is free", 0.0):
            return False
    except WarehouseLocked:
        return True


def _actor(token: ApiToken) -> str:
    return f"api:{token.id}"
