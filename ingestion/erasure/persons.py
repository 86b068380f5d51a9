"""Who is to be erased: the rows of `sys_user`, in every instance, that a name, user name, e-mail or sys_id means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import duckdb

from ingestion.errors import ConfigurationError
from ingestion.privacy.erased import texts_of
from ingestion.privacy.keys import PrivacyKey
from ingestion.warehouse import RAW

_ASKED_BY = ("sys_id", "user_name", "email", "name")
#: Ids shown of those that may be meant.
_SHOWN = 10


@dataclass(frozen=True)
class Person:
    """One row of `sys_user`; `texts` name the person and are never shown."""

    instance: str
    sys_id: str
    texts: tuple[str, ...] = field(repr=False)


def find_persons(connection: duckdb.DuckDBPyConnection, key: PrivacyKey, asked: str) -> list[Person]:
    """The person's row in each instance that has one; rows of other instances count by the same e-mail address.

    Upper and lower case are the same. Raises ConfigurationError, with sys_ids and never a name, where nobody is
    meant or several rows of one instance are.
    """
    users = _users(connection, key)
    wanted = asked.strip().casefold()
    found = [user for user in users if wanted and wanted in {_text(user, column) for column in _ASKED_BY}]
    if not found:
        raise ConfigurationError(f"nobody is known by what --user says{_near(users, wanted)}; {_WAY_OUT}")
    mails = {mail for user in found if (mail := _text(user, "email"))}
    found += [
        user
        for user in users
        if _text(user, "email") in mails and user["instance"] not in {known["instance"] for known in found}
    ]
    for instance in {user["instance"] for user in found}:
        rows = [user["sys_id"] for user in found if user["instance"] == instance]
        if len(rows) > 1:
            shown = ", ".join(sorted(rows)[:_SHOWN])
            raise ConfigurationError(
                f"--user means {len(rows)} users of instance {instance!r}: give one of their sys_ids instead: {shown}"
            )
    return [Person(user["instance"], user["sys_id"], tuple(texts_of(user, key))) for user in found]


_WAY_OUT = "give the user_name, the e-mail address, the full name or the sys_id, or add --unlisted to erase that text"


def _users(connection: duckdb.DuckDBPyConnection, key: PrivacyKey) -> list[dict[str, Any]]:
    """All users, pseudonyms read."""
    rows = connection.execute(f"SELECT * FROM {RAW}.sys_user").to_arrow_table().to_pylist()
    return [
        {name: key.plain(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
    ]


def _text(user: Mapping[str, Any], column: str) -> str:
    return (user.get(column) or "").casefold()


def _near(users: list[dict[str, Any]], wanted: str) -> str:
    ids = {_text(user, column): user["sys_id"] for user in users for column in _ASKED_BY if _text(user, column)}
    near = list(dict.fromkeys(ids[text] for text in get_close_matches(wanted, ids, n=_SHOWN, cutoff=0.8)))
    return f"; nearly so are: {', '.join(near)}" if near else ""
