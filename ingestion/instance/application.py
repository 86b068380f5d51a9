"""An instance without its server: requests in, answers out, and a world that lives on as time passes."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingestion.instance.auth import Authenticator
from ingestion.instance.batch_api import PATHS as BATCH_PATHS
from ingestion.instance.batch_api import answer_batch
from ingestion.instance.clock import Clock
from ingestion.instance.control import PREFIX, Control
from ingestion.instance.dictionary import install
from ingestion.instance.faults import Call, Fault, FaultRegistry
from ingestion.instance.headers import front_end_headers, standing_headers
from ingestion.instance.messages import ApiError, Request, Response, html_response
from ingestion.instance.mutation import Mutator
from ingestion.instance.options import InstanceOptions
from ingestion.instance.platform import Platform
from ingestion.instance.records import Caller, Records
from ingestion.instance.request_log import RequestLog
from ingestion.instance.schema import Schema, build_schema
from ingestion.instance.stats_api import StatsApi
from ingestion.instance.store import Store, StoreError
from ingestion.instance.table_api import TableApi, TablePath, split_path, write_error
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
        self.faults = FaultRegistry(self.store.schema)
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

    def revoke_tokens(self, request: Request, *, refresh: bool) -> bool:
        """Makes all OAuth tokens invalid where the request bears one that is valid; says whether it did."""
        revokes = self._authenticator.bears_live_token(request)
        if revokes:
            self._authenticator.expire_tokens(refresh=refresh)
        return revokes

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
        if response.is_front_end:
            response.headers += front_end_headers(now)
        else:
            response.headers += standing_headers(request, now, logged_in=logged_in)
        self.log.add(request, response, now)
        return response

    def _answer(self, request: Request) -> tuple[bool, Response]:
        parts = split_path(request.path)
        call = Call(
            request,
            table=parts.table if parts else "",
            api=parts.api if parts else "",
            sys_id=parts.sys_id if parts else "",
            now=self.clock.unix(),
            levers=self,
        )
        faults = self.faults.striking(call)
        logged_in, response = self._guarded(call, parts, faults)
        for fault in faults:
            response = fault.after_answer(call, response)
        if parts is not None and self.options.per_request_seconds:
            self.pass_time(self.options.per_request_seconds)
        return logged_in, response

    def _guarded(self, call: Call, parts: TablePath | None, faults: list[Fault]) -> tuple[bool, Response]:
        """The answer, and whether the caller was let in; whatever is refused is an answer too."""
        try:
            for fault in faults:
                if early := fault.before_login(call):
                    return False, early
            if len(call.request.target) > self.options.max_url_length:
                return False, html_response(414, "414", "Request-URI Too Large")
            if parts is None:
                return self._other_path(call.request)
            user = self._authenticator.require_user(call.request)
            response = next((early for fault in faults if (early := fault.before(call))), None)
            return True, response or self._served(call.request, parts, Caller(user, faults))
        except StoreError as error:
            return True, write_error(error).response()
        except ApiError as error:
            return error.status != 401, error.response()

    def _other_path(self, request: Request) -> tuple[bool, Response]:
        if request.path == "/oauth_token.do" and request.method == "POST":
            return False, self._authenticator.token(request)
        self._authenticator.require_user(request)
        if request.path in BATCH_PATHS and request.method == "POST":
            return True, answer_batch(request, self.handle)
        raise ApiError(400, "Requested URI does not represent any resource", request.path)

    def _served(self, request: Request, parts: TablePath, caller: Caller) -> Response:
        version, api, table, sys_id = parts
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
