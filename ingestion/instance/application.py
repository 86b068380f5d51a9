"""An instance without its server: requests in, answers out, and a world that lives on as time passes."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ingestion.instance.auth import Authenticator
from ingestion.instance.batch_api import PATHS as BATCH_PATHS
from ingestion.instance.batch_api import answer_batch
from ingestion.instance.clock import Clock
from ingestion.instance.control import PREFIX, Control
from ingestion.instance.dictionary import install
from ingestion.instance.faults import Call, FaultRegistry
from ingestion.instance.headers import standing_headers
from ingestion.instance.messages import ApiError, Request, Response
from ingestion.instance.mutation import Mutator
from ingestion.instance.options import InstanceOptions
from ingestion.instance.platform import Platform
from ingestion.instance.records import Caller, Records
from ingestion.instance.request_log import RequestLog
from ingestion.instance.schema import Schema, build_schema
from ingestion.instance.stats_api import StatsApi
from ingestion.instance.store import Store, StoreError
from ingestion.instance.table_api import TableApi, split_path, write_error
from ingestion.instance.world import World


class Application:
    """One ServiceNow instance in memory. `handle` may be called from any thread."""

    def __init__(
        self,
        world: World | None = None,
        now: datetime | None = None,
        options: InstanceOptions | None = None,
        speed: float = 0.0,
        schema: Schema | None = None,
    ) -> None:
        self.options = options or InstanceOptions()
        self.clock = Clock(now, speed)
        self.store = Store(schema or build_schema())
        install(self.store)
        self.platform = Platform(self.store, self.clock)
        self.faults = FaultRegistry()
        self.log = RequestLog()
        self._world = world
        self._life = threading.RLock()
        if world is not None:
            world.populate(self.platform)
        self._lived_to = self.clock.now()
        records = Records(self.store, self.clock, self.options)
        self._authenticator = Authenticator(self.options, self.clock)
        self._table_api = TableApi(self.platform, records, self.options)
        self._stats_api = StatsApi(records)
        operations: Mapping[str, Callable[..., Any]] = getattr(world, "operations", {})
        self._control = Control(
            self,
            self.store,
            self.clock,
            self.options,
            self.faults,
            Mutator(self.platform, records, operations),
            self.log,
            self._authenticator,
        )

    def live_on(self, to: datetime) -> None:
        """Sets the clock and lets the world live up to it; raises ValueError for a step back."""
        with self._life:
            self.clock.set(to)
            self._catch_up()

    def pass_time(self, seconds: float) -> None:
        """Lets so many seconds pass, and the world live through them."""
        with self._life:
            self.clock.advance(seconds)
            self._catch_up()

    def _catch_up(self) -> None:
        with self._life:
            now = self.clock.now()
            if now > self._lived_to:
                if self._world is not None:
                    self._world.advance(now)
                self._lived_to = now

    def truth(self) -> dict[str, Any]:
        """The world's own figures; empty without a world."""
        with self._life:
            return self._world.truth() if self._world is not None else {}

    def handle(self, request: Request) -> Response:
        """Answers any request."""
        if request.path.startswith(PREFIX):
            try:
                response = self._control.answer(request)
            except ApiError as error:
                response = error.response()
            response.headers += standing_headers(request, self.clock.now(), logged_in=False)
            return response
        self._catch_up()
        logged_in, response = self._answer(request)
        now = self.clock.now()
        response.headers += standing_headers(request, now, logged_in=logged_in)
        self.log.add(request, response, now)
        return response

    def _answer(self, request: Request) -> tuple[bool, Response]:
        try:
            if len(request.target) > self.options.max_url_length:
                html = b"<html><head><title>414</title></head><body>Request-URI Too Large</body></html>"
                return False, Response(414, html, [("Content-Type", "text/html")])
            if request.path == "/oauth_token.do" and request.method == "POST":
                return False, self._authenticator.token(request)
            if request.path in BATCH_PATHS and request.method == "POST":
                self._authenticator.require_user(request)
                return True, answer_batch(request, self.handle)
            parts = split_path(request.path)
            if parts is None:
                self._authenticator.require_user(request)
                raise ApiError(400, "Requested URI does not represent any resource", request.path)
            return self._api(request, *parts)
        except StoreError as error:
            return True, write_error(error).response()
        except ApiError as error:
            return error.status != 401, error.response()

    def _api(self, request: Request, version: str, api: str, table: str, sys_id: str) -> tuple[bool, Response]:
        faults = self.faults.striking(table)
        unix = int(self.clock.now().replace(tzinfo=UTC).timestamp())
        call = Call(request, table, unix)
        for fault in faults:
            if early := fault.before_login(call):
                return False, early
        user = self._authenticator.require_user(request)
        response = next((early for fault in faults if (early := fault.before(call))), None)
        if response is None:
            response = self._served(request, version, api, table, sys_id, Caller(user, faults))
        for fault in faults:
            response = fault.after_answer(call, response)
        if self.options.per_request_seconds:
            self.pass_time(self.options.per_request_seconds)
        return True, response

    def _served(self, request: Request, version: str, api: str, table: str, sys_id: str, caller: Caller) -> Response:
        if not _accepts_json(request):
            raise ApiError(406, "Not acceptable", "This instance answers application/json only")
        if table not in self.store.schema:
            raise ApiError(400, f"Invalid table {table}")
        if api == "table":
            return self._table_api.answer(request, version, table, sys_id, caller)
        if request.method != "GET" or sys_id:
            raise ApiError(405, "Method not allowed", f"{request.method} is not supported here")
        return self._stats_api.answer(request, table, caller)


def _accepts_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "") or "*/*"
    return any(kind in accepted for kind in ("application/json", "*/*", "application/*"))
