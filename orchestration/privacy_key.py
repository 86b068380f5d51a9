"""The key of pseudonyms and erasures while the secret key is rotated: both secrets open it until that is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from ingestion import warehouse
from ingestion.privacy.keys import add_secret, leave_secret
from ingestion.settings import Settings
from orchestration.credentials.keys import known_keys, next_key


@contextmanager
def rotating(settings: Settings) -> Iterator[None]:
    """Around a rotation of stored credentials. One that is cut off leaves a key that both secrets open.

    Raises ConfigurationError where a secret is missing, or is not the one the key is sealed with, and
    WarehouseLocked where a run holds the data directory.
    """
    if not settings.warehouse_path.is_file():
        yield
        return
    present, following = known_keys(settings)[0], next_key(settings)
    with warehouse.data_directory_lock(settings, "rotate-key"):
        with warehouse.connect(settings) as connection:
            warehouse.ensure_schema(connection)
            add_secret(connection, present, following)
        yield
        with warehouse.connect(settings) as connection:
            leave_secret(connection, following)
