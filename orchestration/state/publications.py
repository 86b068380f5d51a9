"""What was published when, and when files were last rewritten."""

from dataclasses import dataclass
from datetime import date, datetime

from orchestration.state.database import StateDatabase, record, text_of


@dataclass(frozen=True)
class Publication:
    """A row of `meta.publications`, and the file it is about."""

    run_id: str
    published_at: datetime
    data_as_of: datetime
    ticketlake_version: str
    file: str


class Publications:
    def __init__(self, database: StateDatabase) -> None:
        self.database = database

    def record(self, publication: Publication) -> None:
        with self.database.transaction() as db:
            db.execute(
                "insert or replace into publications values (?, ?, ?, ?, ?)",
                (
                    publication.run_id,
                    text_of(publication.published_at),
                    text_of(publication.data_as_of),
                    publication.ticketlake_version,
                    publication.file,
                ),
            )

    def all(self) -> list[Publication]:
        """Oldest first."""
        rows = self.database.rows("select * from publications order by published_at, rowid")
        return [Publication(**record(row)) for row in rows]

    def last(self) -> Publication | None:
        found = self.all()
        return found[-1] if found else None

    def last_rewrite(self) -> date | None:
        """The day, by the settings' now, on which files were last rewritten."""
        rows = self.database.rows("select done_on from maintenance where task = 'rewrite'")
        return date.fromisoformat(rows[0]["done_on"]) if rows else None

    def rewritten(self, day: date) -> None:
        with self.database.transaction() as db:
            db.execute("insert or replace into maintenance values ('rewrite', ?)", (day.isoformat(),))
