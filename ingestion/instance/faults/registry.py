"""The kinds of faults, and the rules in force."""

import threading
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ingestion.instance.faults.access import DeniedQuery, EmptyPage, HiddenField, HiddenRows, UnstableTies
from ingestion.instance.faults.bodies import BadBody, ExecutionTime
from ingestion.instance.faults.deliveries import ConnectionReset, ShortBody, SlowBody, Stall
from ingestion.instance.faults.movement import LateCommit, Movement
from ingestion.instance.faults.rate_limits import HourlyLimit, RateLimit
from ingestion.instance.faults.refusals import (
    Accepted,
    Forbidden,
    Hibernating,
    Latency,
    LongAddress,
    ServerError,
    TokenExpiry,
    Unauthorized,
    UnknownTable,
)
from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.schema import Schema

#: A new kind is a subclass of Fault in this list.
KINDS: dict[str, type[Fault]] = {
    kind.kind: kind
    for kind in (
        Unauthorized, TokenExpiry, RateLimit, HourlyLimit, ServerError, Accepted, Latency, Hibernating, Forbidden,
        UnknownTable, LongAddress, BadBody, ExecutionTime, ConnectionReset, ShortBody, SlowBody, Stall, HiddenField,
        HiddenRows, EmptyPage, DeniedQuery, UnstableTies, Movement, LateCommit,
    )
}  # fmt: skip


class FaultRegistry:
    """The rules in force, in the order they were added."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *rules: Mapping[str, Any]) -> list[Fault]:
        """Adds rules given as `{"kind": ..., parameters}`, all or none. Raises ValueError for what no rule takes."""
        faults = [self._made(rule) for rule in rules]
        with self._lock:
            self._rules = [*self._rules, *faults]
        return faults

    def _made(self, rule: Mapping[str, Any]) -> Fault:
        if not isinstance(rule, Mapping):
            raise ValueError(f"a rule is an object with `kind`, not {rule!r}")
        options = dict(rule)
        kind = KINDS.get(options.pop("kind", ""))
        if kind is None:
            raise ValueError(f"no fault kind {rule.get('kind')!r}; there are {', '.join(KINDS)}")
        known = {item.name: item for item in fields(kind) if item.init}
        if unknown := options.keys() - known.keys():
            raise ValueError(
                f"fault {kind.kind} takes no {', '.join(sorted(unknown))}; it takes {', '.join(sorted(known))}"
            )
        for name, value in options.items():
            options[name] = _typed(kind, name, value)
        fault = kind(**options)
        fault.check(self._schema)
        return fault

    def clear(self) -> None:
        """Removes every rule."""
        with self._lock:
            self._rules = []

    def describe(self) -> list[dict[str, Any]]:
        """The rules with their parameters that are not the default, their hits, and what else they tell."""
        return [_described(rule) for rule in self._rules]

    def striking(self, call: Call) -> list[Fault]:
        """The rules whose hooks are called for this request."""
        return [rule for rule in self._rules if rule.strikes(call)]

    def hides(self, table: str, sys_id: str) -> bool:
        """Whether a row does not show when it is asked for by this table."""
        return any(rule.hides(sys_id) for rule in self._rules if rule.table in ("", table))


def _described(rule: Fault) -> dict[str, Any]:
    plain = type(rule)
    parameters = {item.name: getattr(rule, item.name) for item in fields(plain) if item.init}
    changed = {name: value for name, value in parameters.items() if value != _default(plain, name)}
    return {"kind": rule.kind, **changed, "hits": rule.hits, **rule.facts()}


def _typed(kind: type[Fault], name: str, value: Any) -> Any:
    """The value as the parameter takes it; raises ValueError where it is of another type."""
    wanted = type(_default(kind, name))
    if wanted is float and type(value) is int:
        return float(value)
    if wanted is tuple and isinstance(value, list):
        value = tuple(value)
    texts = value if wanted is tuple else value.values() if isinstance(value, dict) else ()
    if type(value) is not wanted or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"fault {kind.kind}: {name} takes a {wanted.__name__}, not {value!r}")
    return value


def _default(kind: type[Fault], name: str) -> Any:
    # A default that is made anew each time is an empty collection.
    return getattr(kind, name, {})
