"""Bringing what was written to the disk, so that it is there after a crash."""

import os
from pathlib import Path


def sync_to_disk(path: Path) -> None:
    """The content of a file, or the names in a directory."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
