"""The ways from the instance to a place, one a process: `python -m benchmarks.paths NAME URL DIRECTORY`.

Each prints one JSON document. All ask for the same 1,000-row pages of all columns of `incident`, raw
values, links excluded, no count.
"""

import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import httpx
import msgspec
import orjson

from ingestion.instance import ControlClient, InstanceOptions
from ingestion.settings import Credentials, InstanceSettings, Settings

PAGE = 1000
_USER = InstanceOptions()
_AUTH = (_USER.username, _USER.password)
_PARAMETERS = {
    "sysparm_display_value": "false",
    "sysparm_exclude_reference_link": "true",
    "sysparm_no_count": "true",
    "sysparm_suppress_pagination_header": "true",
    "sysparm_limit": str(PAGE),
}


class Stopwatch:
    """Time since it was made: by the clock, and this process's own on all its threads."""

    def __init__(self) -> None:
        self._started, self._used = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {"seconds": time.perf_counter() - self._started, "cpu_seconds": time.process_time() - self._used}


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


#: JSON to Python objects, by name: dictionaries twice, and structs, whose keys are known beforehand.
PARSERS = ("orjson", "msgspec", "msgspec structs")


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


def sync(url: str, directory: str) -> dict[str, Any]:
    """Our first sync of `incident` into an empty raw layer, then a tick in which a thousandth changed."""
    from ingestion.pipeline import sync_instance
    from ingestion.warehouse import data_directory_lock

    instance = InstanceSettings("bench", url, Credentials(_USER.username, _USER.password), tables=("incident",))
    control = ControlClient(url)

    def cycle() -> dict[str, Any]:
        settings = Settings(Path(directory), fixed_now=control.now(), instances={"bench": instance})
        with data_directory_lock(settings, "benchmark"):
            stopwatch = Stopwatch()
            report = sync_instance(settings, instance, tables=("incident",))
            taken = stopwatch.read()
        if report.error:
            raise SystemExit(f"sync failed: {report.error}")
        row = next(row for row in report.tables if row.table_name == "incident")
        requests = sum(each.requests for each in report.tables)
        size = sum(each.bytes for each in report.tables)
        return {
            **taken,
            "rows": row.rows_read,
            "inserted": row.inserted,
            "updated": row.updated,
            "requests": requests,
            "bytes": size,
        }

    first = cycle()
    first["peak_mib"] = _peak_mib()
    control.advance("2h")
    tick = cycle()
    control.close()
    return {**first, "tick": tick}


def rest_api(url: str, directory: str, rows: str) -> dict[str, Any]:
    """dlt's `rest_api_source` with merge, as its tutorial gives it, into DuckDB."""
    import dlt
    from dlt.sources.rest_api import rest_api_source

    root = Path(directory)
    stopwatch = Stopwatch()
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/api/now/",
                "auth": {"type": "http_basic", "username": _USER.username, "password": _USER.password},
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
    return {**taken, "rows": loaded, "peak_mib": _peak_mib()}


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    logging.disable(logging.INFO)
    name, *arguments = sys.argv[1:]
    paths: dict[str, Callable[..., dict[str, Any]]] = {"fetch": fetch, "sync": sync, "rest_api": rest_api}
    print(json.dumps(paths[name](*arguments)))


if __name__ == "__main__":
    main()
