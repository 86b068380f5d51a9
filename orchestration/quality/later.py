"""Importing a library without what it imports and rarely needs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """In place of a module, which is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        # The import system looks at these of every module it meets.
        if name in ("__file__", "__path__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def left_for_later(*names: str) -> Iterator[None]:
    """Within it, importing a module of these names imports nothing yet; whoever imports it later gets it whole."""
    stand_ins = [_Later(name) for name in names if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in stand_ins})
    try:
        yield
    finally:
        for module in stand_ins:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]
