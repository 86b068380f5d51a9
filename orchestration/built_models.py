"""What the models were last built of, and so how much of them a build has to do.

Tables of incidents are built anew for the incidents that changed since (`int_incidents_to_build`) as long as what a row
means is the same: the project and its variables, the instances' settings, labels, the columns of the raw layer. Where
any of these changed, or the last build did not end well, everything is built in full. As long as none did, the views
stay as they are, too.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, RAW, columns_of, connect, forget_built_models
from orchestration.dbt_command import UNCHANGED
from orchestration.dbt_project import project_digest, project_variable

#: Of the rows of `ticketlake.settings`, those that move with every run; no row of an incident holds what they give.
_TIMES = "('now_at', 'history_start_at', 'retention_start_at')"
#: What gives codes and references their labels. A change of one may show in any row.
_LABELS = {
    "sys_choice": "true",
    "sys_db_object": "true",
    "sys_dictionary": "name IN ('incident', 'task')",
}


@contextmanager
def building(settings: Settings) -> Iterator[list[str]]:
    """Around one `dbt build`: gives its arguments; ends without an error only where all models were built.

    Call while holding the data directory. A build that fails, or whose process dies, is followed by a full one.
    """
    with connect(settings) as connection:
        found = connection.execute(f"SELECT fingerprint FROM {BOOKKEEPING}.built_models").fetchall()
        # What changes from here on is not in this build.
        fingerprint = _fingerprint(connection, settings)
        forget_built_models(connection)
        # dbt opens the file next, and its closing does the same: a checkpoint looks at all there is.
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    yield [UNCHANGED] if found == [(fingerprint,)] else ["--full-refresh"]
    with connect(settings) as connection:
        connection.execute("BEGIN")
        connection.execute(f"DELETE FROM {BOOKKEEPING}.built_loads")
        if "_dlt_loads" in columns_of(connection, RAW):
            # A load that was cut off brings more rows under the same id when it goes on.
            connection.execute(
                f"INSERT INTO {BOOKKEEPING}.built_loads SELECT DISTINCT load_id FROM {RAW}._dlt_loads WHERE status = 0"
            )
        connection.execute(f"INSERT INTO {BOOKKEEPING}.built_models VALUES (?)", [fingerprint])
        connection.execute("COMMIT")


def _fingerprint(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """A hash of all that rows are made of, but for the rows of the raw layer that have a load of their own."""
    raw = columns_of(connection, RAW)
    parts: list[object] = [project_digest(settings), duckdb.__version__, raw, columns_of(connection, BOOKKEEPING)]
    parts += _rows(connection, f"SELECT * FROM {BOOKKEEPING}.settings WHERE setting NOT IN {_TIMES}")
    parts += _rows(connection, f"SELECT * FROM {BOOKKEEPING}.known_columns")
    parts += _extra_dimensions(connection, settings, raw)
    for table, condition in _LABELS.items():
        columns = ", ".join(f'"{column}"' for column in raw[table] if not column.startswith("_dlt_"))
        parts += _rows(connection, f"SELECT {columns} FROM {RAW}.{table} WHERE {condition}")
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _extra_dimensions(
    connection: duckdb.DuckDBPyConnection, settings: Settings, raw: Mapping[str, Mapping[str, str]]
) -> list[object]:
    """Extra columns with few enough values to be a dimension of the metrics, whose tables have a column for each."""
    wanting: dict[str, list[str]] = defaultdict(list)
    for name, instance in settings.instances.items():
        for column in instance.extra_columns:
            wanting[column].append(name)
    limit = project_variable("extra_dimension_values")
    found: list[object] = []
    for column, instances in sorted(wanting.items()):
        if column in raw["incident"]:
            ((count,),) = connection.execute(
                f'SELECT count(DISTINCT "{column}") FROM {RAW}.incident WHERE list_contains(?, instance)', [instances]
            ).fetchall()
            found.append([column, count <= limit])
    return found


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[object]:
    """What rows come to, whatever their order."""
    found = connection.execute(f"SELECT count(*), CAST(sum(hash(t)) AS VARCHAR) FROM ({query}) AS t").fetchall()
    return list(found[0])
