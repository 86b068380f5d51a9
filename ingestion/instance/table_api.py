"""The Table API: lists, single records and writes (reference, section 1)."""

import re
from typing import Any, NamedTuple

from ingestion.instance.headers import link_header
from ingestion.instance.messages import JSON, ApiError, Request, Response
from ingestion.instance.options import InstanceOptions
from ingestion.instance.parameters import ListParameters, read_parameters
from ingestion.instance.platform import Platform
from ingestion.instance.projection import Shape
from ingestion.instance.records import Caller, Records
from ingestion.instance.store import StoreError

_NO_RECORD = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval")


class TableApi:
    """Answers `/api/now[/v1|/v2]/table/{table}[/{sys_id}]`."""

    def __init__(self, platform: Platform, records: Records, options: InstanceOptions) -> None:
        self._platform = platform
        self._records = records
        self._options = options

    def answer(self, request: Request, version: str, table: str, sys_id: str, caller: Caller) -> Response:
        """Any request on an existing table; raises ApiError. `version` is '', 'v1' or 'v2'."""
        shape_base = f"{request.base}/api/now{'/' + version if version else ''}"
        given = read_parameters(request)
        shape = Shape(given.mode, "" if given.exclude_links else shape_base)
        if request.method in ("GET", "HEAD"):
            if sys_id:
                return self._single(table, sys_id, given, shape, caller)
            return self._list(request, version, table, given, shape, caller)
        if request.method == "POST" and not sys_id:
            created = self._platform.create(table, self._values(table, request), by=caller.user)
            response = self._single(table, created, given, shape, caller, status=201)
            response.headers.append(("Location", f"{shape_base}/table/{table}/{created}"))
            return response
        if request.method in ("PUT", "PATCH", "DELETE") and sys_id:
            return self._change(request, table, sys_id, given, shape, caller)
        raise ApiError(405, "Method not allowed", f"{request.method} is not supported here")

    def _list(
        self, request: Request, version: str, table: str, given: ListParameters, shape: Shape, caller: Caller
    ) -> Response:
        chosen = self._records.filter(table, self._records.query(table, given.query, given.pairs), caller)
        headers = [("Content-Type", JSON)]
        if not given.no_count:
            total = self._records.count(table, chosen)
            headers.append(("X-Total-Count", str(total)))
            if not given.suppress_link_header:
                link = link_header(request, given, total, prev_quirk=self._options.prev_link_quirk)
                if len(request.target) > self._options.max_pagination_url_length and link:
                    raise ApiError(
                        400,
                        "Pagination not supported",
                        "The requested query is too long to build the response pagination header URLs. Please do one"
                        " of the following: shorten the sysparm_query, or query without pagination by setting the"
                        " parameter 'sysparm_suppress_pagination_header' to true, or set 'sysparm_limit' with a"
                        " higher value to bypass the need for pagination.",
                    )
                if link:
                    headers.append(("Link", link))
        rows = self._records.page(table, chosen, given.page, given.fields, shape, caller)
        if not rows and version == "v1":
            raise ApiError(404, *_NO_RECORD)
        return Response(200, b'{"result":[' + b",".join(rows) + b"]}", headers, len(rows))

    def _single(
        self, table: str, sys_id: str, given: ListParameters, shape: Shape, caller: Caller, status: int = 200
    ) -> Response:
        rows = []
        if self._platform.store.get(table, sys_id) is not None:
            rows = self._records.read(table, [sys_id], given.fields, shape, caller)
        if not rows:
            raise ApiError(404, *_NO_RECORD)
        return Response(status, b'{"result":' + rows[0] + b"}", [("Content-Type", JSON)], 1)

    def _change(
        self, request: Request, table: str, sys_id: str, given: ListParameters, shape: Shape, caller: Caller
    ) -> Response:
        if self._platform.store.get(table, sys_id) is None:
            raise ApiError(404, *_NO_RECORD)
        if request.method == "DELETE":
            self._platform.delete(table, sys_id, by=caller.user)
            return Response(204)
        self._platform.update(table, sys_id, self._values(table, request), by=caller.user)
        return self._single(table, sys_id, given, shape, caller)

    def _values(self, table: str, request: Request) -> dict[str, str]:
        """The record in a request's body as stored text; unknown fields are ignored, as the platform does."""
        content = request.json()
        if isinstance(content, list) and len(content) == 1:
            content = content[0]
        if not isinstance(content, dict):
            raise ApiError(400, "Exception while reading request", "The payload must be one JSON object")
        columns = self._platform.schema.columns(table)
        return {name: _text(value) for name, value in content.items() if name in columns}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return _text(value.get("value"))
    return str(value)


class TablePath(NamedTuple):
    """`version` is '', v1 or v2, `api` `table` or `stats`, `sys_id` '' where no single record is meant."""

    version: str
    api: str
    table: str
    sys_id: str


def split_path(path: str) -> TablePath | None:
    """What a path of the Table or Aggregate API names; None for any other path."""
    match = re.fullmatch(r"/api/now(?:/(v[12]))?/(table|stats)/([^/]+)(?:/([^/]+))?/?", path)
    return TablePath(match[1] or "", match[2], match[3], match[4] or "") if match else None


def write_error(error: StoreError) -> ApiError:
    """A write that the tables cannot take, as the API says it."""
    return ApiError(403, "Operation Failed", str(error))
