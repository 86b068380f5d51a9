"""The archive: a plain tar whose last member, `manifest.json`, says what the others must be.

The manifest comes last because checksums are known only when all is written; an archive that was cut
off has none. Members are `warehouse.duckdb`, `state.sqlite`, `published/<version>` and `ticketlake.toml`.
"""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from ingestion.errors import TicketlakeError
from orchestration.disk import sync_to_disk

FORMAT = 1
WAREHOUSE = "warehouse.duckdb"
STATE = "state.sqlite"
CONFIGURATION = "ticketlake.toml"
MANIFEST = "manifest.json"
_MEMBER = re.compile(r"warehouse\.duckdb|state\.sqlite|ticketlake\.toml|published/itsm-[0-9A-Za-z-]+\.duckdb")
_MANIFEST_BYTES = 1_000_000


class BackupError(TicketlakeError):
    """An archive cannot be written, or is not what it should be."""


@dataclass(frozen=True)
class Member:
    """A file in the archive: its size in bytes and the SHA-256 of its content in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the archive holds. `made_at` is UTC; layouts are those of the files, None where there is no such file."""

    ticketlake_version: str
    made_at: str
    state_layout: int | None
    warehouse_layout: int | None
    files: tuple[Member, ...] = ()
    format: int = field(default=FORMAT)

    def member(self, name: str) -> Member | None:
        return next((each for each in self.files if each.name == name), None)

    @property
    def published(self) -> Member | None:
        return next((each for each in self.files if each.name.startswith("published/")), None)


class _Hashed(io.RawIOBase):
    """A file that is read once, and the hash of what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.sha = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.sha.update(data)
        return data


class Writer:
    """Takes files, then the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members: list[Member] = []

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as handle:
            self._add(name, handle, path.stat().st_size)

    def add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> Manifest:
        """Add the manifest, with the members that were added; returns it."""
        whole = Manifest(
            manifest.ticketlake_version,
            manifest.made_at,
            manifest.state_layout,
            manifest.warehouse_layout,
            tuple(self._members),
        )
        self.add_bytes(MANIFEST, json.dumps(asdict(whole), indent=2).encode())
        return whole

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size = size
        info.mode = 0o600
        hashed = _Hashed(source)
        self._tar.addfile(info, hashed)
        self._members.append(Member(name, info.size, hashed.sha.hexdigest()))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """An archive that is at `path` once it is whole and on disk, readable by its owner alone.

    Raises BackupError where it cannot be written; nothing is left then.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with (
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle,
            tarfile.open(fileobj=handle, mode="w:", format=tarfile.PAX_FORMAT) as tar,
        ):
            yield Writer(tar)
            tar.close()
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(path)
        sync_to_disk(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest:
    """Raise BackupError where the file is no archive of ours, is cut off, or holds what it should not."""
    with _opened(path) as tar:
        names = [member.name for member in tar.getmembers()]
        if not names or names[-1] != MANIFEST:
            raise BackupError(f"{path} has no manifest: it is no backup of Ticketlake, or was cut off")
        manifest = _parsed(path, _content(tar, MANIFEST).read(_MANIFEST_BYTES))
        listed = [member.name for member in manifest.files]
        if strange := [name for name in names[:-1] if name not in listed or not _MEMBER.fullmatch(name)]:
            raise BackupError(f"{path} holds {strange[0]!r}, which is no part of a backup")
        if absent := [name for name in listed if name not in names]:
            raise BackupError(f"{path} is damaged: {absent[0]} is missing")
        return manifest


def unpack(path: Path, manifest: Manifest, into: Path) -> None:
    """Write the members into a directory, each on disk and as the manifest says. Raises BackupError otherwise."""
    with _opened(path) as tar:
        for member in manifest.files:
            target = into / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = _Hashed(_content(tar, member.name))
            with target.open("wb") as handle:
                shutil.copyfileobj(source, handle, 1 << 20)
                handle.flush()
                os.fsync(handle.fileno())
                size = handle.tell()
            if (size, source.sha.hexdigest()) != (member.size, member.sha256):
                raise BackupError(f"{path} is damaged: {member.name} is not what was backed up (checksum)")


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except tarfile.TarError as error:
        raise BackupError(f"{path} is no backup of Ticketlake, or is damaged: {error}") from error
    except OSError as error:
        raise BackupError(f"{error.filename or path}: {error.strerror or error}") from error


def _content(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise BackupError(f"{tar.name!r} is damaged: {name} is no file")
    return found


def _parsed(path: Path, text: bytes) -> Manifest:
    try:
        document: dict[str, Any] = json.loads(text)
        if document["format"] > FORMAT:
            raise BackupError(
                f"{path} was made by Ticketlake {document['ticketlake_version']} in format {document['format']}, and"
                f" this release reads up to {FORMAT}: restore it with that release"
            )
        return Manifest(**{**document, "files": tuple(Member(**each) for each in document["files"])})
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} is damaged: its manifest cannot be read ({error})") from error
