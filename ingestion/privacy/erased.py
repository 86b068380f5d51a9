"""Erased persons: recognised by keyed digests in whatever comes, and taken out of it.

A person's row of `sys_user` stays, as a name that stands for nobody: its sys_id is what tickets refer to, so all
counts stay right. Everything else in that row goes. In all other text the person's names, user name, addresses
and numbers are replaced by the same label. What a row of an erased person newly brings is learnt.
"""

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import ConfigurationError
from ingestion.privacy.columns import changed, is_text, nothing, where, with_columns
from ingestion.privacy.keys import PREFIX, PrivacyKey
from ingestion.privacy.phrases import Phrases, spellings
from ingestion.privacy.policy import AUDITED, CHANGES, STRUCTURE, family_of
from ingestion.warehouse import BOOKKEEPING, RAW

USERS = "sys_user"
LABEL = "erased-"
#: Columns of a user's row that name the person, and those that say nothing of them, the row's place in its table
#: (`_row`) included. All others are emptied.
NAMING = ("user_name", "name")
_KEPT = STRUCTURE | {
    "instance", "sys_created_by", "sys_updated_by", "active", "web_service_access_only", "internal_integration_user",
    "_dlt_load_id", "_row",
}  # fmt: skip
_NAMES = ("name",)
_OTHERS = ("user_name", "email", "employee_number", "phone", "mobile_phone", "home_phone")
#: Shorter texts are found everywhere and tell nothing.
LEAST_SIGNS = 3


class ErasedPersons:
    """Those of one instance; a name counts in the texts of every instance."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        instance: str,
        key: PrivacyKey | None,
        persons: Mapping[str, str],
        phrases: Iterable[tuple[str, int, str, str]],
        choices: Iterable[tuple[str, str]],
    ) -> None:
        self._connection, self._instance, self._key = connection, instance, key
        self._persons = dict(persons)
        self._labels = set(persons.values())
        self._choices: dict[str, set[str]] = {}
        for table, column in choices:
            self._choices.setdefault(table, set()).add(column)
        self._phrases = Phrases(key.digest if key else str)
        for entry in phrases:
            self._phrases.add_digests(*entry)
            self._labels.add(entry[-1])

    @classmethod
    def load(cls, connection: duckdb.DuckDBPyConnection, instance: str, key: PrivacyKey | None) -> "ErasedPersons":
        """As the warehouse knows them. Raises ConfigurationError where there are some and there is no key."""
        phrases = connection.execute(
            f"SELECT first_word, words, phrase, label FROM {BOOKKEEPING}.erased_phrases ORDER BY ALL"
        ).fetchall()
        persons = connection.execute(
            f"SELECT person, label FROM {BOOKKEEPING}.erased_persons WHERE instance = ?", [instance]
        ).fetchall()
        if (phrases or persons) and key is None:
            raise ConfigurationError(
                "persons were erased from this warehouse, and without the secret key they would come back: set "
                "TICKETLAKE_SECRET_KEY"
            )
        choices = connection.execute(
            f"SELECT DISTINCT name, element FROM {RAW}.sys_choice"
            " WHERE instance = ? AND name IS NOT NULL AND element IS NOT NULL",
            [instance],
        ).fetchall()
        return cls(connection, instance, key, dict(persons), phrases, choices)

    def __bool__(self) -> bool:
        return bool(self._persons or self._phrases)

    def is_label(self, value: str) -> bool:
        return value in self._labels

    def without(self, table: str, batch: pa.Table) -> pa.Table:
        """The batch without what tells of them."""
        if table == USERS:
            batch = self._emptied(batch)
        left, columns = STRUCTURE | self._codes(table) | {"instance"}, {}
        for name in batch.column_names:
            if name not in left and is_text(batch[name]):
                column = changed(batch[name], self._told)
                if column is not batch[name]:
                    columns[name] = self._but_codes(table, batch, name, column)
        return with_columns(batch, columns)

    def _codes(self, table: str) -> set[str]:
        """Columns that have choices: a code that happens to be somebody's name must stay a code."""
        return {name for relative in family_of(table) for name in self._choices.get(relative, ())}

    def _but_codes(self, table: str, batch: pa.Table, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The changed column; with the values as they were where they are those of a column with choices."""
        field, values = CHANGES.get(table, ("", ()))
        if name not in values or field not in batch.column_names:
            return column
        codes = pa.array(sorted(self._codes(AUDITED)), pa.string())
        return where(pc.is_in(batch[field], value_set=codes), batch[name], column)

    def add(self, sys_id: str, label: str, texts: Iterable[str]) -> None:
        """Erase a person from now on: the row of this instance with this id, and these texts everywhere."""
        assert self._key is not None
        person = self._person(sys_id)
        self._persons[person] = label
        self._connection.execute(
            f"INSERT OR REPLACE INTO {BOOKKEEPING}.erased_persons VALUES (?, ?, ?)", [self._instance, person, label]
        )
        self.learn(texts, label)

    def learn(self, texts: Iterable[str], label: str) -> None:
        """Texts that stand for a person from now on."""
        self._labels.add(label)
        for text in texts:
            if sum(map(str.isalnum, text)) >= LEAST_SIGNS and (entry := self._phrases.add(text, label)):
                self._connection.execute(
                    f"INSERT OR IGNORE INTO {BOOKKEEPING}.erased_phrases VALUES (?, ?, ?, ?)", [*entry, label]
                )

    def _person(self, sys_id: str) -> str:
        assert self._key is not None
        return self._key.digest(f"{self._instance} {sys_id}")

    def _told(self, value: str) -> str:
        # Most columns of text are references: no id has a name in it.
        if len(value) == 32 and value.isalnum():
            return value
        if not value.startswith(PREFIX) or self._key is None or (plain := self._key.value_of(value)) is None:
            return self._phrases.replace(value)
        after = self._phrases.replace(plain)
        return value if after == plain else after if after in self._labels else self._key.pseudonym(after)

    def _emptied(self, users: pa.Table) -> pa.Table:
        labels = [self._persons.get(self._person(key)) for key in users["sys_id"].to_pylist()]
        if not any(labels):
            return users
        for row, label in zip(users.to_pylist(), labels, strict=True):
            if label is not None:
                self.learn([text for text in texts_of(row, self._key) if text not in self._labels], label)
        named = pa.chunked_array([pa.array(labels, pa.string())])
        is_erased = pc.is_valid(named)
        columns = {}
        for name in users.column_names:
            if name in NAMING:
                columns[name] = where(is_erased, named, users[name])
            elif name not in _KEPT:
                columns[name] = where(is_erased, nothing(users[name]), users[name])
        return with_columns(users, columns)


def texts_of(user: Mapping[str, object], key: PrivacyKey | None) -> list[str]:
    """What names a person, of a row of `sys_user`, behind pseudonyms too: names in both orders, addresses, numbers."""

    def plain(column: str) -> str:
        value = user.get(column)
        text = value if isinstance(value, str) else ""
        return key.plain(text) if key and text else text

    full = " ".join(filter(None, (plain("first_name"), plain("last_name"))))
    names = [plain(column) for column in _NAMES] + ([full] if plain("first_name") and plain("last_name") else [])
    return [text for text in dict.fromkeys([*spellings(filter(None, names)), *map(plain, _OTHERS)]) if text]
