"""What `ticketlake doctor` asks of an instance before anyone trusts it: one line a check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.errors import (
    ConfigurationError,
    HibernatingError,
    RefusedError,
    TableRefused,
    TicketlakeError,
    UnknownTable,
)
from ingestion.servicenow import fields
from ingestion.servicenow.catalogue import OPTIONAL_FIELDS, REQUIRED_FIELDS, TABLES
from ingestion.servicenow.client import Client
from ingestion.servicenow.dictionary import Dictionary, Layout, layout
from ingestion.servicenow.page_size import PageSize
from ingestion.servicenow.query import all_of, condition, order_by
from ingestion.servicenow.records import RowParser
from ingestion.servicenow.sweep import Sweep
from ingestion.settings import InstanceSettings, Settings

#: A source clock further off than this is reported (seconds).
_CLOCK_SKEW = 300


@dataclass(frozen=True)
class Check:
    """One line: what was checked, whether it holds, what was seen, and what to do where it does not.

    `required` checks make the instance unusable; the others degrade a part. `exit_code` is what a
    failure means (contract, section 2).
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    required: bool = True
    exit_code: int = 1


def check_instance(settings: Settings, instance: InstanceSettings) -> list[Check]:
    """All checks of one instance, in order; the later ones are left out where an earlier one rules them out."""
    with Client(instance, ca_bundle=settings.ca_bundle, proxy=settings.proxy) as client:
        return list(_Preflight(client, settings).checks())


def check_entry(settings: Settings, instance: InstanceSettings) -> list[Check]:
    """Reachable, awake, credentials: the first checks of `check_instance` alone, by one request."""
    with Client(instance, ca_bundle=settings.ca_bundle, proxy=settings.proxy) as client:
        return _Preflight(client, settings).entry()


class _Preflight:
    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._instance = client.instance

    def checks(self) -> Iterator[Check]:
        entry = self.entry()
        yield from entry
        if not all(check.ok for check in entry):
            return
        dictionary = self._dictionary()
        readable: set[str] = set()
        for name in self._instance.tables:
            check = self._table(name)
            if check.ok:
                readable.add(name)
            yield check
        yield from self._fields(dictionary)
        if "incident" in readable:
            yield self._cursor_rights()
            yield self._end_to_end(dictionary)
        yield self._clock()
        yield Check(
            "delete feed",
            "sys_audit_delete" in readable,
            "sys_audit_delete is readable" if "sys_audit_delete" in readable else "sys_audit_delete cannot be read",
            "grant read access to sys_audit_delete; without it deletes are found by comparing keys",
            required=False,
        )

    def entry(self) -> list[Check]:
        """Reachable, awake, credentials: one request answers all three."""
        try:
            self._page("sys_db_object", "", 1)
        except HibernatingError as error:
            return [
                Check("reachable", True, self._instance.url),
                Check("awake", False, str(error), "sign in to wake it"),
            ]
        except TableRefused:
            pass
        except RefusedError as error:
            return [
                Check("reachable", True, self._instance.url),
                Check("awake", True, "answers"),
                Check("credentials", False, str(error), "check the SERVICENOW_* settings", exit_code=3),
            ]
        except TicketlakeError as error:
            return [Check("reachable", False, str(error), "check the address, the network, proxy and CA bundle")]
        kind = self._instance.credentials.kind
        return [
            Check("reachable", True, self._instance.url),
            Check("awake", True, "answers"),
            Check("credentials", True, f"accepted ({kind})"),
        ]

    def _dictionary(self) -> Dictionary | None:
        """The columns of incident and what it extends; None where the dictionary cannot be read."""
        try:
            objects = self._rows("sys_db_object", "")
            chain = Dictionary(objects, ()).chain("incident")
            return Dictionary(objects, self._rows("sys_dictionary", f"nameIN{','.join(chain)}"))
        except TicketlakeError:
            return None

    def _table(self, name: str) -> Check:
        spec = TABLES[name]
        try:
            self._page(name, spec.base_query, 1)
        except (TableRefused, UnknownTable) as error:
            remedy = (
                f"grant read access to {name}" if isinstance(error, TableRefused) else f"activate what brings {name}"
            )
            return Check(f"table {name}", False, str(error), remedy, required=spec.required, exit_code=3)
        except TicketlakeError as error:
            return Check(f"table {name}", False, str(error), "see the message", required=spec.required)
        return Check(f"table {name}", True, "readable", required=spec.required)

    def _fields(self, dictionary: Dictionary | None) -> Iterator[Check]:
        """The standard fields, required ones with what depends on them; then the columns that the settings add."""
        known = fields.known_columns(dictionary) if dictionary else set()
        missing = fields.missing_required(self._instance, known)
        # Where the dictionary cannot be read, nobody knows whose mistake it is.
        wrong_setting = ConfigurationError.exit_code if dictionary else 1
        for standard in (*REQUIRED_FIELDS, *OPTIONAL_FIELDS):
            column = fields.source_column(self._instance, standard, known)
            absent = missing.get(standard, f"the dictionary does not know incident.{column}")
            yield Check(
                f"field {standard}",
                column in known,
                f"incident.{column}" if column in known else absent,
                f"name its column: [instances.{self._instance.name}] field_map.{standard}",
                required=standard in REQUIRED_FIELDS or standard in self._instance.field_map,
                exit_code=wrong_setting if standard in self._instance.field_map else 1,
            )
        for column in self._instance.extra_columns:
            yield Check(
                f"extra column {column}",
                column in known,
                f"incident.{column}" if column in known else f"the dictionary does not know incident.{column}",
                f"correct or remove it: [instances.{self._instance.name}] extra_columns",
                exit_code=wrong_setting,
            )

    def _cursor_rights(self) -> Check:
        """A query on the cursor that must find nothing: where the right is missing, the filter is dropped silently."""
        future = condition("sys_updated_on", ">", "2999-01-01 00:00:00")
        remedy = "grant read, query_match and query_range on sys_id, sys_updated_on and sys_created_on"
        rows = self._page("incident", future, 1)
        if rows:
            return Check("query rights", False, "a filter on incident.sys_updated_on is ignored", remedy)
        return Check("query rights", True, "filters on incident.sys_updated_on are obeyed", remedy)

    def _clock(self) -> Check:
        """The source's clock is the cursor's; one far from here is worth knowing, not an error."""
        there, here = self._client.server_time, datetime.now(UTC).replace(tzinfo=None)
        if there is None:
            return Check("clock", False, "answers carry no Date header", "a proxy may remove it")
        skew = abs(there - here)
        detail = f"the instance says {there:%Y-%m-%d %H:%M:%S} UTC"
        near = skew <= timedelta(seconds=_CLOCK_SKEW)
        return Check("clock", near, detail, "cursors follow the instance's clock all the same", required=False)

    def _end_to_end(self, dictionary: Dictionary | None) -> Check:
        """The newest incident, typed: proves that raw values come, in UTC."""
        spec = TABLES["incident"]
        asked = layout(spec, dictionary)
        try:
            now = self._client.server_time
            rows, parser = self._typed("incident", asked, all_of(order_by("sys_id")))
            if not rows:
                return Check("one row end to end", True, "there is no incident to read yet", required=False)
            batch = parser.batch(rows, self._instance.name).table
            updated = batch["sys_updated_on"][0].as_py()
        except TicketlakeError as error:
            return Check("one row end to end", False, str(error), "see the message")
        if now is not None and updated is not None and updated > now + timedelta(minutes=5):
            return Check(
                "time zone",
                False,
                f"incident {rows and parser.get(rows[0], 'sys_id')} was updated at {updated}, after the instance's own "
                f"clock {now}",
                "set the user's time zone to GMT",
            )
        return Check("one row end to end", True, f"incident {parser.get(rows[0], 'sys_id')}, updated {updated} UTC")

    def _page(self, table: str, query: str, limit: int) -> Any:
        parser = RowParser(Layout(table, {"sys_id": "GUID"}, None, {}))
        parameters: dict[str, str | int] = {
            "sysparm_query": query,
            "sysparm_fields": "sys_id",
            "sysparm_limit": limit,
            "sysparm_no_count": "true",
            "sysparm_exclude_reference_link": "true",
        }
        return self._client.table(table, parameters, parser.decoder).result

    def _typed(self, table: str, asked: Layout, query: str) -> tuple[Any, RowParser]:
        parser = RowParser(asked)
        parameters: dict[str, str | int] = {
            "sysparm_query": query,
            "sysparm_fields": ",".join(parser.names),
            "sysparm_limit": 1,
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_no_count": "true",
        }
        return self._client.table(table, parameters, parser.decoder).result, parser

    def _rows(self, table: str, query: str) -> list[dict[str, str | None]]:
        parser = RowParser(layout(TABLES[table], None))
        pages = Sweep(self._client, parser, PageSize(self._instance.page_size)).by_key(query)
        return [{name: parser.text(row, name) for name in parser.names} for page in pages for row in page]
