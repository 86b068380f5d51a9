"""The destination of all loads: DuckDB over a connection that is already open."""

from collections.abc import Callable
from typing import Any

import dlt
import duckdb
from dlt.common import validation
from dlt.destinations.impl.duckdb.duck import DuckDbClient
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient

from ingestion.warehouse import CATALOG


def work_out_types_once() -> None:
    """Let dlt remember what the types of its schemas consist of.

    It works that out anew for each column of each table whenever it reads or writes a schema: a seventh of
    the processor time of a sync without changes.
    """
    given: Callable[..., dict[str, Any]] = validation.get_type_hints
    known: dict[type, dict[str, Any]] = {}

    def hints(spec: type, **options: Any) -> dict[str, Any]:
        if spec not in known:
            known[spec] = given(spec, **options)
        return known[spec]

    validation.get_type_hints = hints


work_out_types_once()


class OpenDuckDB(dlt.destinations.duckdb):
    """dlt's DuckDB destination, whose abilities are looked up once.

    dlt resolves the whole configuration anew each time it asks what a destination can do, some thirty
    times a package, which was half of the processor time of a sync without changes.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._partial: Any = None

    @property
    def destination_type(self) -> str:
        """As dlt calls its own: the state of earlier loads belongs to it."""
        return "dlt.destinations.duckdb"

    def configuration(self, initial_config: Any, accept_partial: bool = False) -> Any:
        if not accept_partial:
            return super().configuration(initial_config)
        if self._partial is None:
            self._partial = super().configuration(initial_config, accept_partial=True)
        return self._partial

    @property
    def client_class(self) -> type[DuckDbClient]:
        return _Client


class _SqlClient(DuckDbSqlClient):
    """Names tables with their catalog: dlt's own connections, made of the open one, have not been told to use it."""

    def catalog_name(self, quote: bool = True, casefold: bool = True) -> str | None:  # noqa: ARG002  as dlt calls it
        return self.capabilities.escape_identifier(CATALOG) if quote else CATALOG


class _Client(DuckDbClient):
    def __init__(self, schema: Any, config: Any, capabilities: Any) -> None:
        super().__init__(schema, config, capabilities)
        raw, staging = self.create_dataset_names(schema, config)
        self.sql_client = _SqlClient(raw, staging, config.credentials, capabilities)
