"""An instance in a process of its own, and the pytest plugin."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest

from ingestion.instance import EmbeddedProcess, InstanceOptions, ServeOptions

pytest_plugins = ["pytester"]


def test_a_process_serves_until_its_context_ends(tmp_path: Path) -> None:
    options = InstanceOptions(username="robot", password="pass:wörd", api_key="k", time_zone="US/Pacific")
    serve = ServeOptions(incidents=0, now=datetime(2026, 1, 5), port_file=tmp_path / "port")
    with EmbeddedProcess(serve, instance_options=options) as process:
        assert process.control.now() == datetime(2026, 1, 5)
        response = httpx.get(f"{process.url}/api/now/table/incident", auth=("robot", "pass:wörd"), trust_env=False)
        assert response.json() == {"result": []}
        assert (tmp_path / "port").read_text().strip() == process.url.rpartition(":")[2]
        assert process.control.settings()["time_zone"] == "US/Pacific"
        process.control.mutate({"op": "insert", "table": "incident", "values": {}})
        assert process.control.truth()["counts"]["incident"] == 1
    with pytest.raises(httpx.TransportError):
        httpx.get(process.url, trust_env=False)


def test_a_process_that_does_not_come_up_says_why() -> None:
    with (
        pytest.raises(RuntimeError, match="No such file"),
        EmbeddedProcess(ServeOptions(event_log=Path("/nowhere/incidents.csv"))),
    ):
        pass


def test_the_plugin_gives_any_project_an_instance(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import httpx

        def test_incident(servicenow):
            servicenow.platform.create("incident", {"number": "INC1"})
            login = (servicenow.username, servicenow.password)
            rows = httpx.get(servicenow.url + "/api/now/table/incident", auth=login).json()["result"]
            assert [row["number"] for row in rows] == ["INC1"]
        """
    )
    pytester.runpytest("-p", "ingestion.instance.pytest_plugin").assert_outcomes(passed=1)
