"""What the API answers: the objects of its OpenAPI document, and every error in one shape."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from ingestion.errors import TicketlakeError
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import check_url, instance_from
from orchestration.schedule import next_tick
from orchestration.state import Connector, ConnectorStatus, Run
from orchestration.state.jobs import Job

_EXAMPLE_URL = "https://example.service-now.com"
_PORT = r"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
#: What `check_url` lets through, as the document's readers and fuzzers can know it beforehand.
_URL = rf"^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:({_PORT}))?(/[A-Za-z0-9._~/-]*)?$"


class Problem(Exception):
    """An answer other than the one asked for."""

    def __init__(self, status: int, *errors: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(*errors)
        self.status = status
        self.errors = list(errors) or [HTTPStatus(status).phrase]
        self.headers = dict(headers or {})

    def answer(self) -> JSONResponse:
        return JSONResponse({"status": self.status, "errors": self.errors}, self.status, self.headers)


class ErrorAnswer(BaseModel):
    """Any error."""

    status: int = Field(description="The HTTP status", ge=400, le=599)
    errors: list[str] = Field(description="What is wrong, a sentence each", min_length=1)


#: Every operation may answer these. 405 is for other methods on its path.
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        400: "The body cannot be read",
        401: "No token, or none that works",
        403: "The token may only view",
        404: "No such connector",
        405: "Not this method",
        408: "The body did not come in time",
        409: "Not in this state, or not now",
        413: "The body is too large",
        422: "A value is not valid",
        429: "Too many requests; `Retry-After` says when to come back",
    }.items()
}


class NewConnector(BaseModel):
    """An instance to register."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"example": {"name": "acme", "url": _EXAMPLE_URL}}
    )

    name: str = Field(
        description="The value of `instance` in every table; unique, and never changed",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
    )
    url: str = Field(
        description=f"The instance's address, such as {_EXAMPLE_URL}; http is for loopback alone",
        pattern=_URL,
        max_length=500,
    )
    type: str = Field("servicenow", description="What it connects to", pattern="^servicenow$")

    def address(self) -> str:
        """Raises Problem 422; the address is not repeated, it may carry what it must not."""
        try:
            return check_url(self.url, "url")
        except TicketlakeError:
            raise Problem(
                422, f"url: must be an https address such as {_EXAMPLE_URL} without credentials; http is for loopback"
            ) from None


class ConnectorChange(BaseModel):
    """What to set for one connector alone. What is left out stays; null brings the settings' own value back."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"schedule": "0 */4 * * *", "tables": ["problem"], "paused": False}},
    )

    schedule: str | None = Field(
        None, description="Five-field cron expression, UTC, such as `0 */2 * * *`", max_length=100
    )
    tables: list[Annotated[str, Field(json_schema_extra={"enum": list(TABLES)})]] | None = Field(
        None, description="Tables beside the required ones, by their names in ServiceNow", max_length=100
    )
    paused: bool = Field(False, description="The schedule, and a sync that names nobody, leave it out")

    def applied_to(self, found: Connector) -> dict[str, Any]:
        """The options of the connector with these changes. Raises Problem 422."""
        given = self.model_fields_set
        try:
            if "schedule" in given and self.schedule is not None:
                next_tick(self.schedule)
            tables = found.tables
            if "tables" in given:
                tables = None
                if self.tables is not None:
                    tables = instance_from(found.name, "", {"tables": self.tables}).tables
        except TicketlakeError as error:
            raise Problem(422, str(error)) from None
        return {
            "sync_cron": self.schedule if "schedule" in given else found.sync_cron,
            "tables": tables,
            "is_paused": self.paused if "paused" in given else found.is_paused,
        }


class Initialization(BaseModel):
    """How to begin."""

    model_config = ConfigDict(extra="forbid", strict=True)

    override: str | None = Field(
        None, description="Begin though checks fail; the reason is kept on record", min_length=1, max_length=500
    )


class ConnectorObject(BaseModel):
    """A connector."""

    id: str
    status: ConnectorStatus
    name: str
    type: str
    rescheduled_for: datetime | None = Field(description="The next tick of its schedule, UTC")
    url: str
    schedule: str | None = Field(description="Its own schedule; null where it follows the settings'")
    tables: list[str] | None = Field(description="Its own tables; null where the settings name them")
    paused: bool

    @classmethod
    def of(cls, found: Connector) -> "ConnectorObject":
        return cls(
            id=found.id,
            status=found.status,
            name=found.name,
            type=found.type,
            rescheduled_for=as_utc(found.rescheduled_for),
            url=found.url,
            schedule=found.sync_cron,
            tables=None if found.tables is None else list(found.tables),
            paused=found.is_paused,
        )


class AuthUri(BaseModel):
    """Where credentials can be entered: once, and for a while."""

    uri: str
    expires_at: datetime


class AuthUriAnswer(BaseModel):
    data: AuthUri


class StartedJob(BaseModel):
    """Where to look for what was started."""

    job_id: str
    uri: str
    runs_uri: str


class StartedJobAnswer(BaseModel):
    data: StartedJob


class JobObject(BaseModel):
    """Work that was started over the API. `exit_code` is that of the command line, see its documentation."""

    id: str
    kind: str
    status: str = Field(description="running, succeeded or failed")
    exit_code: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, found: Job) -> "JobObject":
        return cls(
            id=found.id,
            kind=found.kind,
            status=found.status,
            exit_code=found.exit_code,
            error=found.error,
            started_at=found.started_at.replace(tzinfo=UTC),
            finished_at=as_utc(found.finished_at),
        )


class RunObject(BaseModel):
    """A run of a connector, as in `meta.sync_runs`, with what it read and changed."""

    run_id: str
    kind: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    exit_code: int | None
    rows_read: int
    inserted: int
    updated: int
    deleted: int

    @classmethod
    def of(cls, run: Run, tables: Sequence[Mapping[str, Any]]) -> "RunObject":
        counts = {
            name: sum(table[name] for table in tables) for name in ("rows_read", "inserted", "updated", "deleted")
        }
        return cls(
            run_id=run.run_id,
            kind=run.kind,
            status=run.status,
            started_at=run.started_at.replace(tzinfo=UTC),
            finished_at=as_utc(run.finished_at),
            error=run.error,
            exit_code=run.exit_code,
            **counts,
        )


class Health(BaseModel):
    """The API answers and can read its state."""

    status: str
    version: str


def as_utc(moment: datetime | None) -> datetime | None:
    """A time of ours, which is naive UTC, with its zone."""
    return None if moment is None else moment.replace(tzinfo=UTC)
