"""Rows as the policy and erasures want them stored: what every batch passes before it is compared or loaded.

Where an instance has no policy and nobody was erased, a batch goes on as it came. A filtered batch that is
filtered again stays what it is, so held values may be among those that come.
"""

from functools import partial

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import ConfigurationError
from ingestion.privacy.columns import changed, is_text, nothing, where, with_columns
from ingestion.privacy.erased import ErasedPersons
from ingestion.privacy.keys import PrivacyKey, keep_key, open_key
from ingestion.privacy.known_names import KnownNames
from ingestion.privacy.phrases import Phrases
from ingestion.privacy.policy import AUDITED, CHANGES, SEEN, STRUCTURE
from ingestion.privacy.scrubbing import Scrubber
from ingestion.settings import InstanceSettings, Settings

USERS = "sys_user"


class PrivacyFilter:
    """The filter of one instance. Raises ConfigurationError where a key is needed and is missing or another one."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, instance: InstanceSettings, key: PrivacyKey | None
    ) -> None:
        self.policy = instance.privacy
        self._key = key
        self.erased = ErasedPersons.load(connection, instance.name, key)
        if key is None and self.policy.needs_key:
            raise ConfigurationError(
                f"[instances.{instance.name}] privacy: pseudonyms need a secret key: set TICKETLAKE_SECRET_KEY"
            )
        # Asked for where there is something to scrub: it reads all users.
        self._names = KnownNames(connection, instance.name, key) if self.policy.scrubs else None
        self._scrub = Scrubber(self._names.phrases if self._names else Phrases())
        self._technical = {user.casefold() for user in instance.bigpanda_users}

    def __call__(self, table: str, batch: pa.Table) -> pa.Table:
        """The batch as it is stored; `table` is a raw table or `seen_changes`."""
        if not batch.num_rows or not (self.policy or self.erased):
            return batch
        if self._names and table == USERS:
            self._names.note(batch)
        if self.erased:
            batch = self.erased.without(table, batch)
        return self._by_policy(table, batch) if self.policy else batch

    def changes(self, table: str) -> bool:
        """Whether a row of this table could be changed at all."""
        return bool(self.erased or self._actions(table) or (table in CHANGES and self.policy.of(AUDITED)))

    def _actions(self, table: str) -> dict[str, str]:
        """Actions by column. Who changed a ticket stands in its own row where the change was seen from."""
        if table != SEEN:
            return self.policy.of(table)
        by = self.policy.of(AUDITED).get("sys_updated_by")
        return {"changed_by": by} if by else {}

    def _by_policy(self, table: str, batch: pa.Table) -> pa.Table:
        columns: dict[str, pa.ChunkedArray] = {}
        for name, action in self._actions(table).items():
            if name in batch.column_names and name not in STRUCTURE:
                columns[name] = self._acted(batch[name], action)
        return self._audited(table, with_columns(batch, columns))

    def _audited(self, table: str, batch: pa.Table) -> pa.Table:
        """Changes of fields have the values of those fields, which the policy of the field rules."""
        field, values = CHANGES.get(table, ("", ()))
        present = [name for name in values if name in batch.column_names]
        if not present:
            return batch
        by_action: dict[str, list[str]] = {}
        for name, action in self.policy.of(AUDITED).items():
            by_action.setdefault(action, []).append(name)
        for action, names in by_action.items():
            chosen = pc.is_in(batch[field], value_set=pa.array(names, pa.string()))
            if pc.any(chosen).as_py():
                columns = {name: where(chosen, self._acted(batch[name], action), batch[name]) for name in present}
                batch = with_columns(batch, columns)
        return batch

    def acted(self, value: str, action: str) -> str | None:
        """What an action other than `keep` makes of a value."""
        if action == "drop":
            return None
        return self._scrub(value) if action == "scrub" else self._pseudonym(value)

    def _acted(self, column: pa.ChunkedArray, action: str) -> pa.ChunkedArray:
        if action == "drop":
            return nothing(column)
        return changed(column, partial(self.acted, action=action)) if is_text(column) else column

    def _pseudonym(self, value: str) -> str:
        assert self._key is not None  # a policy that needs one was refused without
        # Technical users are no persons, and settings go by their names.
        if self.erased.is_label(value) or value.casefold() in self._technical:
            return value
        return self._key.pseudonym(value)


def filter_of(settings: Settings, connection: duckdb.DuckDBPyConnection, instance: InstanceSettings) -> PrivacyFilter:
    """The filter of an instance over an open warehouse.

    Raises ConfigurationError where the policy or an earlier erasure needs a key that is missing or another one.
    """
    key = open_key(connection, settings.secret_key) if settings.secret_key else None
    found = PrivacyFilter(connection, instance, key)
    if key is not None and found.policy.needs_key:
        keep_key(connection, key, settings.secret_key)
    return found
