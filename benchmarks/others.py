"""What our first sync is held against: fetching and parsing alone, dlt's `rest_api_source`, pysnc."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import httpx
import msgspec
import orjson

from benchmarks.measuring import PAGE, USER, Stopwatch, peak_mib, rehearse_dlt

_AUTH = (USER.username, USER.password)
_PARAMETERS = {
    "sysparm_display_value": "false",
    "sysparm_exclude_reference_link": "true",
    "sysparm_no_count": "true",
    "sysparm_suppress_pagination_header": "true",
    "sysparm_limit": str(PAGE),
}
#: JSON to Python objects, by name: dictionaries twice, and structs, whose keys are known beforehand.
PARSERS = ("orjson", "msgspec", "msgspec structs")


def fetch(url: str, parser: str) -> dict[str, Any]:
    """Fetch and parse all incidents by keyset, one thread, and keep nothing: what no extractor can beat."""
    with httpx.Client(base_url=url, auth=_AUTH, trust_env=False, timeout=60) as client:
        fields = _columns(client)
        parse, last_key = _parser(parser, fields)
        stopwatch = Stopwatch()
        last, rows, size = "", 0, 0
        while True:
            query = f"sys_id>{last}^ORDERBYsys_id"
            response = client.get(
                "/api/now/table/incident",
                params={**_PARAMETERS, "sysparm_fields": ",".join(fields), "sysparm_query": query},
            )
            page = parse(response.content)
            if not page:
                break
            rows, size, last = rows + len(page), size + len(response.content), last_key(page)
        return {**stopwatch.read(), "rows": rows, "bytes": size, "columns": len(fields)}


def _parser(name: str, fields: list[str]) -> tuple[Callable[[bytes], list[Any]], Callable[[list[Any]], str]]:
    """Bytes of a page to its rows, and rows to the last one's key."""
    if name == "orjson":
        return lambda content: orjson.loads(content)["result"], lambda page: page[-1]["sys_id"]
    if name == "msgspec":
        return lambda content: msgspec.json.decode(content)["result"], lambda page: page[-1]["sys_id"]
    row = msgspec.defstruct("Row", [(field, str, "") for field in fields])
    body = msgspec.defstruct("Body", [("result", list[row])])  # type: ignore[valid-type]
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(body).decode
    return lambda content: decode(content).result, lambda page: page[-1].sys_id


def _columns(client: httpx.Client) -> list[str]:
    row = client.get("/api/now/table/incident", params={"sysparm_limit": "1", "sysparm_exclude_reference_link": "true"})
    return sorted(row.json()["result"][0])


def rest_api(url: str, directory: str, rows: str) -> dict[str, Any]:
    """dlt's `rest_api_source` with merge, as its tutorial gives it, into DuckDB."""
    root = Path(directory)
    rehearse_dlt(root)
    import dlt
    from dlt.sources.rest_api import rest_api_source

    stopwatch = Stopwatch()
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/api/now/",
                "auth": {"type": "http_basic", "username": USER.username, "password": USER.password},
                "paginator": {
                    "type": "offset",
                    "limit": PAGE,
                    "limit_param": "sysparm_limit",
                    "offset_param": "sysparm_offset",
                    "total_path": None,
                    "maximum_offset": int(rows),
                },
            },
            "resource_defaults": {"primary_key": "sys_id", "write_disposition": "merge"},
            "resources": [
                {
                    "name": "incident",
                    "endpoint": {
                        "path": "table/incident",
                        "data_selector": "result",
                        "params": {
                            "sysparm_query": "ORDERBYsys_id",
                            "sysparm_exclude_reference_link": "true",
                            "sysparm_no_count": "true",
                        },
                    },
                }
            ],
        }
    )
    warehouse = root / "rest_api.duckdb"
    pipeline = dlt.pipeline(
        pipeline_name="rest_api",
        destination=dlt.destinations.duckdb(str(warehouse)),
        dataset_name="raw",
        pipelines_dir=str(root / "pipelines"),
    )
    pipeline.run(source)
    taken = stopwatch.read()
    with duckdb.connect(str(warehouse), read_only=True) as con:
        ((loaded,),) = con.execute("SELECT count(*) FROM raw.incident").fetchall()
    return {**taken, "rows": loaded, "peak_mib": peak_mib()}


def pysnc(url: str, batch_size: str, rows: str) -> dict[str, Any]:
    """Read incidents as raw values with pysnc's `GlideRecord` and keep nothing: offset pages, one thread."""
    import pysnc.client  # type: ignore[import-untyped]

    # It refuses plain http; with https both sides would also pay for encryption, which no other path does.
    pysnc.client.get_instance = lambda instance: instance
    client = pysnc.client.ServiceNowClient(url, _AUTH)
    record = client.GlideRecord("incident", batch_size=int(batch_size), rewindable=False)
    record.display_value, record.exclude_reference_link = False, True
    record.limit = int(rows)
    record.order_by("sys_id")
    stopwatch = Stopwatch()
    record.query()
    found = sum(1 for _ in record)
    return {**stopwatch.read(), "rows": found, "peak_mib": peak_mib()}
