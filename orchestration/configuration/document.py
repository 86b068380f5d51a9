"""What settings decide, as JSON types: what is recorded as a version, and how two versions differ."""

import re
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from ingestion.settings import Credentials, Settings

#: Where the files are and what time it is taken to be decide nothing about what is in them.
_NOT_CONFIGURATION = frozenset({"data_dir", "fixed_now", "config_path"})
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")


def document_of(settings: Settings) -> dict[str, Any]:
    """Everything that the settings decide. Fields without a repr are secrets, and left out like credentials."""
    return _fields_of(settings, _NOT_CONFIGURATION)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Settings that differ, by dotted name: their value before and after; None where there was none."""
    old, new = _flat(before), _flat(after)
    return {name: (old.get(name), new.get(name)) for name in sorted({*old, *new}) if old.get(name) != new.get(name)}


def _fields_of(value: Any, without: Set[str] = frozenset()) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(value, field.name))
        for field in fields(value)
        if field.repr and field.name not in without and not isinstance(getattr(value, field.name), Credentials)
    }


def _plain(value: Any) -> Any:
    """A value as JSON types; addresses without the user that may stand in them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Set):
        return sorted(_plain(each) for each in value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if is_dataclass(value):
        return _fields_of(value)
    if isinstance(value, str):
        return _USERINFO.sub("", value)
    if isinstance(value, Path | datetime):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"a setting of type {type(value).__name__} has no form in a configuration version")


def _flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
