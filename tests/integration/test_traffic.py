"""A cycle reports every request and byte it cost, as the instance itself counts them."""

from datetime import timedelta
from pathlib import Path

from tests.integration.lake import NOW, Lake, empty_lake


def asked(lake: Lake) -> dict[str, tuple[int, int]]:
    """Requests and bytes by table, from the instance's own log, which starts anew."""
    found: dict[str, tuple[int, int]] = {}
    for request in lake.servicenow.control.requests():
        table = request["path"].rpartition("/")[2]
        requests, size = found.get(table, (0, 0))
        found[table] = requests + 1, size + request["bytes"]
    lake.servicenow.control.clear_requests()
    return found


def test_the_report_counts_pages_counts_probes_comparisons_and_retries(tmp_path: Path) -> None:
    with empty_lake(tmp_path / "data", backoff_seconds=0.01) as lake:
        rows = [{"number": f"INC{number}"} for number in range(1_500)]
        at = (NOW - timedelta(hours=1)).isoformat()
        lake.servicenow.control.mutate({"op": "insert", "table": "incident", "rows": rows, "at": at, "audit": False})
        for pause in (None, "2h", "1d"):  # the first sync, a tick, a comparison of keys
            if pause:
                lake.at(lake.servicenow.control.advance(pause))
                query = {"query": "numberSTARTSWITHINC1", "values": {"short_description": f"after {pause}"}}
                lake.servicenow.control.mutate({"op": "update", "table": "incident", **query})
            lake.servicenow.control.faults({"kind": "server_error", "table": "incident", "times": 1})
            tables = lake.sync()
            assert {name: (row.requests, row.bytes) for name, row in tables.items() if row.requests} == asked(lake)
            assert sum(row.retries for row in tables.values()) == tables["incident"].retries == 1
            lake.servicenow.control.clear_faults()
