"""A table of millions of incidents at the cost of some thousand: rows of a small instance, over and over.

Each repetition has a sys_id and a number of its own; ids are random and spread as real ones are, so
neighbours in their order are different rows. Everything else (dictionary, other tables, credentials,
control) is answered by the instance itself. What cannot be answered rightly is refused, never guessed.
"""

import random
import threading
from base64 import b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import orjson

from ingestion.instance.application import Application
from ingestion.instance.headers import standing_headers
from ingestion.instance.messages import JSON, ApiError, Request, Response, json_response
from ingestion.instance.parameters import ListParameters, read_parameters
from ingestion.instance.query import Condition, EncodedQuery, parse
from ingestion.instance.table_api import split_path

_TABLE = "incident"
#: Base rows whose JSON is made at once.
_BLOCK = 1000


class RepeatingIncidents:
    """Answers lists and counts of `incident` with `rows` rows; hands all else to `application`.

    Row number j, in order of sys_id, is base row j modulo their number. Lists are sorted by sys_id and raw;
    a condition on anything but sys_id holds for a row where it holds for its base row. The base rows must
    stay as they are. `handle` may be called from any thread.
    """

    def __init__(self, application: Application, rows: int, seed: int = 2) -> None:
        self._application = application
        self._base = application.store.count(_TABLE)
        draw = random.Random(seed)
        self._keys = sorted({f"{draw.getrandbits(128):032x}" for _ in range(rows)})
        options = application.options
        self._login = "Basic " + b64encode(f"{options.username}:{options.password}".encode()).decode()
        self._tails: dict[str, dict[int, bytes]] = {}
        self._numbers: dict[str, int] = {}
        self._matches: dict[str, frozenset[int] | None] = {}
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        """Answers any request."""
        parts = split_path(request.path)
        ours = parts is not None and parts.table == _TABLE and request.method == "GET" and not parts.sys_id
        if parts is None or not ours or request.headers.get("authorization") != self._login:
            return self._application.handle(request)
        try:
            response = self._page(request) if parts.api == "table" else self._count(request)
        except ApiError as error:
            response = error.response()
        response.headers += standing_headers(request, self._application.clock.now(), logged_in=True)
        return response

    def _count(self, request: Request) -> Response:
        given = request.parameters
        if extra := given.keys() - {"sysparm_query", "sysparm_count"}:
            raise _refused(f"aggregates with {', '.join(sorted(extra))}")
        chosen = self._chosen(request, parse(given.get("sysparm_query", "")))
        return json_response({"result": {"stats": {"count": str(len(chosen))}}})

    def _page(self, request: Request) -> Response:
        given = read_parameters(request)
        query = parse(given.query)
        if given.mode != "false" or not given.exclude_links or given.pairs:
            raise _refused("display values, links and field=value pairs")
        chosen = self._chosen(request, query)
        if len(chosen) > 1 and [sort.field for sort in query.sorts] != ["sys_id"]:
            raise _refused("an order other than by sys_id")
        if query.sorts and query.sorts[0].descending:
            chosen = chosen[::-1]
        start = given.page.offset
        rows = [self._row(place, request, given) for place in chosen[start : start + given.page.limit]]
        headers = [("Content-Type", JSON)]
        if not given.no_count:
            headers.append(("X-Total-Count", str(len(chosen))))
        return Response(200, b'{"result":[' + b",".join(rows) + b"]}", headers, len(rows))

    def _chosen(self, request: Request, query: EncodedQuery) -> Sequence[int]:
        """Places in the order of sys_id that a query selects."""
        if query.invalid or len(query.groups) > 1:
            raise _refused("invalid terms and ^NQ")
        low, high, listed = 0, len(self._keys), None
        others = []
        for clause in query.groups[0] if query.groups else []:
            first = clause[0]
            if len(clause) > 1 and any(term.field == "sys_id" for term in clause):
                raise _refused("^OR with sys_id")
            if any(term.field == "number" for term in clause):
                raise _refused("conditions on number")
            if first.field != "sys_id":
                others.append("^OR".join(f"{each.field}{each.operator}{each.value}" for each in clause))
            elif first.operator == "IN":
                listed = self._places(first.value.split(","))
            else:
                above, below = self._bounds(first)
                low, high = max(low, above), min(high, below)
        within = range(low, max(low, high))
        places: Sequence[int] = within if listed is None else [place for place in listed if place in within]
        matching = self._matching("^".join(others), request)
        if matching is None:
            return places
        return [place for place in places if place % self._base in matching]

    def _bounds(self, term: Condition) -> tuple[int, int]:
        keys, end = self._keys, len(self._keys)
        match term.operator:
            case ">":
                return bisect_right(keys, term.value), end
            case ">=":
                return bisect_left(keys, term.value), end
            case "<":
                return 0, bisect_left(keys, term.value)
            case "<=":
                return 0, bisect_right(keys, term.value)
            case "=":
                return bisect_left(keys, term.value), bisect_right(keys, term.value)
        raise _refused(f"sys_id with {term.operator}")

    def _places(self, keys: Sequence[str]) -> list[int]:
        found = ((bisect_left(self._keys, key), key) for key in sorted(set(keys)))
        return [place for place, key in found if place < len(self._keys) and self._keys[place] == key]

    def _matching(self, query: str, request: Request) -> frozenset[int] | None:
        """Which base rows meet a condition that is not about sys_id; None where all do."""
        if not query:
            return None
        with self._lock:
            if query not in self._matches:
                asked = {"sysparm_fields": "sys_id", "sysparm_limit": str(self._base)}
                found = {row["sys_id"] for row in self._listed(request, f"{query}^ORDERBYsys_id", asked)}
                if not self._numbers:
                    every = self._listed(request, "ORDERBYsys_id", asked)
                    self._numbers = {row["sys_id"]: number for number, row in enumerate(every)}
                everything = len(found) == self._base
                self._matches[query] = None if everything else frozenset(self._numbers[key] for key in found)
            return self._matches[query]

    def _row(self, place: int, request: Request, given: ListParameters) -> bytes:
        wanted = given.fields.split(",") if given.fields else ["sys_id", "number"]
        own = {"sys_id": self._keys[place], "number": f"INC{place:07}"}
        head = orjson.dumps({name: value for name, value in own.items() if name in wanted})
        tail = self._tail(place % self._base, request, given.fields)
        return head[:-1] + (b"," if len(head) > 2 and len(tail) > 2 else b"") + tail[1:]

    def _tail(self, base: int, request: Request, fields: str) -> bytes:
        """A base row's JSON object without what is its own; made block by block, then kept."""
        with self._lock:
            tails = self._tails.setdefault(fields, {})
            if base not in tails:
                start = base // _BLOCK * _BLOCK
                asked = {
                    "sysparm_limit": str(_BLOCK),
                    "sysparm_offset": str(start),
                    "sysparm_fields": fields,
                }
                for number, row in enumerate(self._listed(request, "ORDERBYsys_id", asked), start):
                    kept = {name: value for name, value in row.items() if name not in ("sys_id", "number")}
                    tails[number] = orjson.dumps(kept)
            return tails[base]

    def _listed(self, request: Request, query: str, parameters: dict[str, str]) -> list[dict[str, str]]:
        """Base rows as the instance behind lists them, for the same caller."""
        asked = {
            **parameters,
            "sysparm_query": query,
            "sysparm_exclude_reference_link": "true",
            "sysparm_suppress_pagination_header": "true",
        }
        response = self._application.handle(replace(request, target=f"/api/now/table/{_TABLE}?{urlencode(asked)}"))
        if response.status != 200:
            raise ApiError(response.status, "The instance behind refused", response.body.decode())
        rows: list[dict[str, str]] = orjson.loads(response.body)["result"]
        return rows


def _refused(what: str) -> ApiError:
    return ApiError(400, f"The repeating instance does not serve {what}")
