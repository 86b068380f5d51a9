"""The names of an instance's users, as free text may have them."""

import duckdb
import pyarrow as pa

from ingestion.privacy.keys import PrivacyKey
from ingestion.privacy.phrases import Phrases, spellings, words_of
from ingestion.privacy.scrubbing import NAME
from ingestion.warehouse import RAW

_COLUMNS = ("name", "user_name", "internal_integration_user", "web_service_access_only")
#: A user name of one word counts from this many letters on: shorter ones are found in any text.
_LEAST_LETTERS = 4


class KnownNames:
    """Full names, in both orders, and user names of persons; technical users are none.

    Those held are read when they are first asked for; `note` adds those that come.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, instance: str, key: PrivacyKey | None) -> None:
        self._key = key
        self.phrases = Phrases()
        columns = ", ".join(_COLUMNS)
        held = connection.execute(
            f"SELECT {columns} FROM {RAW}.sys_user WHERE instance = ?", [instance]
        ).to_arrow_table()
        self.note(held)

    def note(self, users: pa.Table) -> None:
        """Users as they are held or as they came; columns that are not there are passed over."""
        present = [name for name in _COLUMNS if name in users.column_names]
        for row in users.select(present).to_pylist():
            if any(str(row.get(flag)).lower() == "true" for flag in _COLUMNS[2:]):
                continue
            for column in ("name", "user_name"):
                self._add(row.get(column), is_full=column == "name")

    def _add(self, value: str | None, *, is_full: bool) -> None:
        if not value:
            return
        text = self._key.plain(value) if self._key else value
        words = words_of(text)
        if len(words) < 2 and (is_full or sum(map(len, words)) < _LEAST_LETTERS):
            return
        for spelling in spellings([text]) if is_full else [text]:
            self.phrases.add(spelling, NAME)
