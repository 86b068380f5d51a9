"""Sealed credentials of connectors, by the connector's id. What is sealed stays so here."""

from collections.abc import Mapping

from orchestration.state.audit_log import record
from orchestration.state.database import StateDatabase, text_of, utc_now


class SealedCredentials:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def get(self, connector_id: str) -> bytes | None:
        rows = self.database.rows("select sealed from credentials where connector_id = ?", (connector_id,))
        return bytes(rows[0]["sealed"]) if rows else None

    def all(self) -> dict[str, bytes]:
        """By connector id."""
        rows = self.database.rows("select connector_id, sealed from credentials order by connector_id")
        return {row["connector_id"]: bytes(row["sealed"]) for row in rows}

    def put(self, connector_id: str, name: str, sealed: bytes, *, actor: str) -> None:
        """Keep them in the place of earlier ones."""
        with self.database.transaction() as db:
            db.execute(
                "insert or replace into credentials (connector_id, sealed, stored_at) values (?, ?, ?)",
                (connector_id, sealed, text_of(utc_now())),
            )
            record(db, "connector auth", name, actor=actor)

    def replace(self, before: Mapping[str, bytes], after: Mapping[str, bytes], *, actor: str) -> list[str]:
        """Seal anew, all rows in one transaction; rows that are no longer as `before` are left alone.

        Returns the ids of those that were left, or have come since.
        """
        with self.database.transaction() as db:
            for connector_id, sealed in after.items():
                db.execute(
                    "update credentials set sealed = ? where connector_id = ? and sealed = ?",
                    (sealed, connector_id, before[connector_id]),
                )
            left = [
                row["connector_id"]
                for row in db.execute("select connector_id, sealed from credentials").fetchall()
                if after.get(row["connector_id"]) != bytes(row["sealed"])
            ]
            record(db, "key rotation", "credentials", actor=actor, detail={"connectors": len(after) - len(left)})
        return left
