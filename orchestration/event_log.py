"""Dagster's SQLite event log without its start-up costs.

The log as it comes makes an engine, with an empty statement cache, and a connection for every event;
a cycle has some 750 of them, and the last connection to close a database also checkpoints it. Here an
engine and its connection are kept for each database. What is written then stays in the log beside it
for a while (`-wal`), which every reader reads; but the user interface follows a run by the changes of
the file itself, so that is touched after each event.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, QueuePool, create_engine
from sqlalchemy.event import listen

_BUSY_SECONDS = 60
#: Runs whose engines are kept; the user interface may look at any number of them.
_RUNS_KEPT = 8


def _write_ahead(connection: Any, _record: Any) -> None:
    """Dagster means to set the mode, but does it in a transaction, where it has no effect.

    A machine that loses power loses the last events and nothing else: not worth a wait for the disk each.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


class EventLog(SqliteEventLogStorage):
    """`SqliteEventLogStorage`, same files, engines kept."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "EventLog":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool,
                # The lock above lets one thread in at a time.
                connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            )
            listen(engine, "connect", _write_ahead)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        if len(self._engines) > _RUNS_KEPT:
            oldest = next(name for name in self._engines if name != INDEX_SHARD_NAME)
            self._engines.pop(oldest).dispose()
        return self._engines[shard]

    def store_event(self, event: EventLogEntry) -> None:
        super().store_event(event)
        os.utime(self.path_for_shard(event.run_id))

    def delete_events(self, run_id: str) -> None:
        """Also what Dagster would leave of a run: its own file, and what its checks said."""
        super().delete_events(run_id)
        with self.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
        with self._db_lock:
            self._initialized_dbs.discard(run_id)
            if engine := self._engines.pop(run_id, None):
                engine.dispose()
        Path(self.path_for_shard(run_id)).unlink(missing_ok=True)

    def dispose(self) -> None:
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
