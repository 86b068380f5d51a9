"""A policy held against the instance's dictionary, before anything is changed."""

from difflib import get_close_matches

from ingestion.errors import ConfigurationError
from ingestion.privacy.policy import EVERY_TABLE
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.dictionary import Dictionary, is_text
from ingestion.settings import InstanceSettings


def check_policy(instance: InstanceSettings, dictionary: Dictionary) -> None:
    """Raise ConfigurationError where the settings name a column that is not there, or that cannot be treated so.

    Columns of the shipped policy that an instance does not have are passed over.
    """
    for table, column in sorted(instance.privacy.named):
        action = instance.privacy.actions.get(table, {}).get(column, "keep")
        if table == EVERY_TABLE or not dictionary.describes(table):
            continue
        where = f"[instances.{instance.name}] privacy.{table}.{column}={action!r}"
        known = dictionary.columns(table)
        if column not in known and column not in TABLES[table].columns:
            close = get_close_matches(column, sorted(known), n=3)
            like = f"; it has {', '.join(close)}" if close else ""
            raise ConfigurationError(f"{where}: the dictionary has no column {table}.{column}{like}")
        if column not in known or action not in ("scrub", "pseudonymise"):
            continue
        if not is_text(known[column].kind):
            raise ConfigurationError(f"{where}: the column is a {known[column].kind}, no text; drop it or keep it")
        target = known[column].reference
        if target in TABLES and TABLES[target].windowed:
            raise ConfigurationError(f"{where}: the column refers to {target}, which is no person; drop it or keep it")
