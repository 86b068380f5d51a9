"""Taking a person out of the warehouse's rows, and keeping what recognises them in the next syncs.

All of it is one transaction with the proof: who asked when, and how many rows were changed where; never what was
there. The files are written anew by the run that follows, and until then `pending_rewrites` says so.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import duckdb

from ingestion.erasure.persons import Person, find_persons
from ingestion.errors import ConfigurationError
from ingestion.privacy.erased import LABEL, LEAST_SIGNS, ErasedPersons
from ingestion.privacy.filter import PrivacyFilter
from ingestion.privacy.keys import PrivacyKey, keep_key, open_key
from ingestion.privacy.phrases import Phrases, words_of
from ingestion.privacy.policy import Policy
from ingestion.privacy.stored import Changed, change_stored, want_rewrite
from ingestion.privacy.titles import forget_titles
from ingestion.settings import InstanceSettings, Settings
from ingestion.warehouse import BOOKKEEPING, RAW


@dataclass(frozen=True)
class ErasureRequest:
    """Who is to be erased. `also` are further texts that name the person, such as a nickname.

    `unlisted` erases the text of `user` where no user is known by it. `requested_by` and `reason` are kept.
    """

    user: str = field(repr=False)
    also: tuple[str, ...] = field(default=(), repr=False)
    unlisted: bool = False
    requested_by: str = "command"
    reason: str | None = None


@dataclass(frozen=True)
class Erasure:
    """What was done: the label that stands for the person now, and rows changed by place.

    `told` says of a text whether it names the person, for files that are searched afterwards.
    """

    erasure_id: str
    label: str
    persons: tuple[tuple[str, str], ...]
    changed: tuple[Changed, ...]
    told: Callable[[str], str] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "erasure_id": self.erasure_id,
            "label": self.label,
            "persons": [{"instance": instance, "sys_id": sys_id} for instance, sys_id in self.persons],
            "changed": [vars(line) for line in self.changed],
        }


def erase(
    connection: duckdb.DuckDBPyConnection, settings: Settings, request: ErasureRequest, *, dry_run: bool = False
) -> Erasure:
    """Erase a person from the rows of all instances; with `dry_run` the same, and nothing of it stays.

    Raises ConfigurationError where there is no key, or it is not clear who is meant.
    """
    key = open_key(connection, settings.secret_key)
    persons = _persons(connection, key, request)
    _check_texts(request, persons)
    connection.execute("BEGIN")
    try:
        erasure = _erase(connection, settings, key, request, persons)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("ROLLBACK" if dry_run else "COMMIT")
    return erasure


def _persons(connection: duckdb.DuckDBPyConnection, key: PrivacyKey, request: ErasureRequest) -> list[Person]:
    try:
        return find_persons(connection, key, request.user)
    except ConfigurationError:
        if not request.unlisted:
            raise
        return []


def _check_texts(request: ErasureRequest, persons: Sequence[Person]) -> None:
    """A text that is found everywhere would take more than a person out."""
    for option, text in (("--user", request.user), *(("--also", text) for text in request.also)):
        if (option == "--also" or not persons) and sum(map(len, words_of(text))) < LEAST_SIGNS:
            raise ConfigurationError(f"{option}: a text of fewer than {LEAST_SIGNS} letters and digits names nobody")


def _erase(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    key: PrivacyKey,
    request: ErasureRequest,
    persons: Sequence[Person],
) -> Erasure:
    keep_key(connection, key, settings.secret_key)
    texts = list(dict.fromkeys([text for person in persons for text in person.texts] + list(request.also)))
    if not persons:
        texts.insert(0, request.user)
    label = LABEL + key.digest(f"label {min(texts, default=request.user).casefold()}")[:12]
    of_instance = {person.instance: person.sys_id for person in persons}
    names = _instances(connection, settings)
    for name in names:
        erased = ErasedPersons.load(connection, name, key)
        if name in of_instance:
            erased.add(of_instance[name], label, texts)
        else:
            erased.learn(texts, label)
    changed: list[Changed] = []
    for name in names:
        # The policy has its own time; here only the person goes.
        instance = settings.instances.get(name) or InstanceSettings(name, "")
        changed += change_stored(connection, name, PrivacyFilter(connection, replace(instance, privacy=Policy()), key))
    phrases = _phrases(texts, label)
    groups = forget_titles(connection, phrases.replace)
    if groups:
        changed.append(Changed("", "int_title_groups", "template", groups))
    changed += _rewrite_errors(connection, phrases)
    erasure_id = str(uuid4())
    _record(connection, erasure_id, label, request, changed)
    want_rewrite(connection, f"erasure {erasure_id}")
    return Erasure(erasure_id, label, tuple(sorted(of_instance.items())), tuple(changed), phrases.replace)


def _rewrite_errors(connection: duckdb.DuckDBPyConnection, phrases: Phrases) -> list[Changed]:
    """Messages of earlier runs quote values. They come from `state.sqlite` with each version, but after a rewrite."""
    found = connection.execute(f"SELECT DISTINCT error FROM {BOOKKEEPING}.sync_runs WHERE error IS NOT NULL").fetchall()
    after = {error: text for (error,) in found if (text := phrases.replace(error)) != error}
    count = 0
    for error, text in after.items():
        count += len(
            connection.execute(
                f"UPDATE {BOOKKEEPING}.sync_runs SET error = ? WHERE error = ? RETURNING 1", [text, error]
            ).fetchall()
        )
    return [Changed("", "sync_runs", "error", count)] if count else []


def _phrases(texts: Iterable[str], label: str) -> Phrases:
    found = Phrases()
    for text in texts:
        if sum(map(len, words_of(text))) >= LEAST_SIGNS:
            found.add(text, label)
    return found


def _instances(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Instances that rows are held of, configured or not."""
    held = connection.execute(
        f"SELECT DISTINCT instance FROM {RAW}.sys_user UNION SELECT DISTINCT instance FROM {RAW}.task"
        f" UNION SELECT DISTINCT instance FROM {RAW}.sys_choice"
    ).fetchall()
    return sorted({name for (name,) in held} | set(settings.instances))


def _record(
    connection: duckdb.DuckDBPyConnection,
    erasure_id: str,
    label: str,
    request: ErasureRequest,
    changed: Iterable[Changed],
) -> None:
    connection.execute(
        f"INSERT INTO {BOOKKEEPING}.erasures VALUES (?, ?, ?, ?, ?)",
        [erasure_id, label, datetime.now(UTC).replace(tzinfo=None), request.requested_by, request.reason],
    )
    for line in changed:
        connection.execute(
            f"INSERT INTO {BOOKKEEPING}.erasure_changes VALUES (?, ?, ?, ?, ?)",
            [erasure_id, line.instance, line.table_name, line.column_name, line.rows],
        )
