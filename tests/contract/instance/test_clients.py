"""Public ServiceNow clients, unchanged, over real HTTP."""

from collections.abc import Iterator

import pysnc
import pysnow
import pytest

from ingestion.instance import EmbeddedInstance
from tests.contract.instance.conftest import NOW


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedInstance]:
    """An instance over https with 120 incidents of one caller. PySNC refuses plain http."""
    with EmbeddedInstance(now=NOW, tls=True) as instance:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(instance.certificate))
        manager = instance.platform.create("sys_user", {"name": "Maria Boss", "user_name": "maria"})
        ann = instance.platform.create("sys_user", {"name": "Ann Lee", "user_name": "ann", "manager": manager})
        for number in range(120):
            values = {
                "short_description": f"Job {number % 3} failed",
                "caller_id": ann,
                "priority": str(number % 5 + 1),
            }
            instance.platform.create("incident", values)
        yield instance


@pytest.fixture
def snc(instance: EmbeddedInstance) -> pysnc.ServiceNowClient:
    """PySNC with Basic authentication."""
    return pysnc.ServiceNowClient(instance.url, (instance.username, instance.password))


@pytest.fixture
def snow(instance: EmbeddedInstance) -> pysnow.Client:
    """pysnow with Basic authentication."""
    client = pysnow.Client(
        host=instance.url.removeprefix("https://"), user=instance.username, password=instance.password
    )
    return client


def test_pysnc_pages_through_a_query(snc: pysnc.ServiceNowClient) -> None:
    records = snc.GlideRecord("incident", batch_size=7)
    records.add_query("short_description", "Job 1 failed")
    records.order_by_desc("number")
    records.query()
    assert records.get_row_count() == 40
    numbers = [record.number.get_value() for record in records]
    assert len(set(numbers)) == 40
    assert numbers == sorted(numbers, reverse=True)


def test_pysnc_query_conditions(snc: pysnc.ServiceNowClient) -> None:
    records = snc.GlideRecord("incident")
    records.add_query("priority", "1").add_or_condition("priority", "2")
    records.add_query("short_description", "STARTSWITH", "Job 0")
    records.add_not_null_query("caller_id")
    records.query()
    assert len(records) == 16


def test_pysnc_gets_records_with_values_display_values_and_dot_walks(snc: pysnc.ServiceNowClient) -> None:
    record = snc.GlideRecord("incident")
    record.fields = ["number", "state", "caller_id", "caller_id.manager.name"]
    assert record.get("number", "INC0010007")
    assert (record.get_value("state"), record.get_display_value("state")) == ("1", "New")
    assert record.get_display_value("caller_id") == "Ann Lee"
    assert record.get_value("caller_id.manager.name") == "Maria Boss"
    assert not snc.GlideRecord("incident").get("0" * 32)


def test_pysnc_inserts_updates_and_deletes(snc: pysnc.ServiceNowClient, instance: EmbeddedInstance) -> None:
    record = snc.GlideRecord("incident")
    record.initialize()
    record.short_description = "Grüße & 漢字"
    sys_id = str(record.insert())
    assert sys_id
    again = snc.GlideRecord("incident")
    assert again.get(sys_id)
    assert again.get_value("short_description") == "Grüße & 漢字"
    again.state = "2"
    assert again.update() == sys_id
    stored = instance.store.get("incident", sys_id)
    assert stored is not None
    assert (stored["state"], stored["sys_mod_count"]) == ("2", "1")
    assert again.delete()
    assert instance.store.get("incident", sys_id) is None


def test_pysnc_changes_many_in_batches(snc: pysnc.ServiceNowClient, instance: EmbeddedInstance) -> None:
    records = snc.GlideRecord("incident")
    records.add_query("short_description", "Job 2 failed")
    records.query()
    for record in records:
        record.state = "6"
    assert records.update_multiple()
    assert sum(row["state"] == "6" for row in instance.store.rows("incident")) == 40
    records = snc.GlideRecord("incident")
    records.add_query("state", "6")
    records.query()
    assert records.delete_multiple()
    assert instance.store.count("incident") == 80


def test_pysnc_logs_in_by_oauth(instance: EmbeddedInstance) -> None:
    flow = pysnc.ServiceNowPasswordGrantFlow(
        instance.username, instance.password, instance.client_id, instance.client_secret
    )
    client = pysnc.ServiceNowClient(instance.url, flow)
    records = client.GlideRecord("sys_user")
    records.query()
    assert len(records) == 2


def test_pysnc_tells_wrong_credentials(instance: EmbeddedInstance) -> None:
    client = pysnc.ServiceNowClient(instance.url, (instance.username, "wrong"))
    with pytest.raises(pysnc.AuthenticationException):
        client.GlideRecord("incident").query()


def test_pysnow_reads_with_query_order_fields_limit_and_offset(snow: pysnow.Client) -> None:
    incidents = snow.resource(api_path="/table/incident")
    query = pysnow.QueryBuilder().field("priority").equals("1").AND().field("number").order_descending()
    response = incidents.get(query=query, fields=["number", "caller_id.name"], limit=5, offset=2)
    rows = response.all()
    assert [row["number"] for row in rows] == [f"INC00{number}" for number in range(10105, 10084, -5)]
    assert {row["caller_id.name"] for row in rows} == {"Ann Lee"}


def test_pysnow_streams_and_follows_pages(snow: pysnow.Client) -> None:
    incidents = snow.resource(api_path="/table/incident")
    seen = set()
    for offset in range(0, 120, 50):
        query = "ORDERBYsys_id"
        seen |= {row["sys_id"] for row in incidents.get(query=query, stream=True, limit=50, offset=offset).all()}
    assert len(seen) == 120


def test_pysnow_creates_updates_and_deletes(snow: pysnow.Client, instance: EmbeddedInstance) -> None:
    incidents = snow.resource(api_path="/table/incident")
    created = incidents.create(payload={"short_description": "New", "u_symptom": "None"}).one()
    assert created["number"] == "INC0010120"
    updated = incidents.update(query={"number": "INC0010120"}, payload={"state": "2"}).one()
    assert updated["state"] == "2"
    assert incidents.delete(query={"number": "INC0010120"}) == {"status": "record deleted"}
    assert instance.store.count("incident") == 120
    assert incidents.get(query={"number": "INC0010120"}).one_or_none() is None


def test_pysnow_logs_in_by_oauth(instance: EmbeddedInstance) -> None:
    client = pysnow.OAuthClient(
        client_id=instance.client_id,
        client_secret=instance.client_secret,
        host=instance.url.removeprefix("https://"),
        token_updater=lambda _: None,
    )
    client.set_token(client.generate_token(instance.username, instance.password))
    users = client.resource(api_path="/table/sys_user").get(query="ORDERBYname", fields=["name"])
    assert users.all() == [{"name": "Ann Lee"}, {"name": "Maria Boss"}]
