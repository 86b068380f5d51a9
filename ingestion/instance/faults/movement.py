"""A table that moves while it is read: each matching request finds it changed (reference, section 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.instance.faults.rule import Call, Fault
from ingestion.instance.messages import Response
from ingestion.instance.motion import Mover, check_move
from ingestion.instance.schema import Schema


@dataclass
class Movement(Fault):
    """Before it answers, `rows` rows make a `move`: `update`, `insert`, `delete` or `reclass`.

    They are rows of `target`, by default of `table`, chosen and changed by `seed`. `values` is what an
    update or insert writes, instead of something random; `to` the class a row changes to. `audit` false
    leaves no trace in `sys_audit` and `sys_audit_delete`, `touch` false leaves `sys_updated_on` of an
    updated row where it is. First the instance's clock goes on by `advance_seconds`.
    """

    kind = "movement"
    move: str = ""
    target: str = ""
    rows: int = 1
    values: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    audit: bool = True
    touch: bool = True
    advance_seconds: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._target = self.target or self.table
        if not self._target:
            raise ValueError(f"fault {self.kind} needs a table, or a target: the table whose rows move")
        self._mover = Mover(f"{self.kind} {self.move} {self.seed}", self._target, self.values, self.to)
        self._moved: list[str] = []

    def check(self, schema: Schema) -> None:
        """Raises ValueError or KeyError where the target's rows cannot make the move."""
        check_move(schema, self.move, self._target, self.values, self.to)

    def before(self, call: Call) -> Response | None:
        """Moves rows."""
        if self.advance_seconds:
            call.levers.pass_time(self.advance_seconds)
        platform = call.levers.platform
        with platform.store.transaction():
            if self.times and self.hits >= self.times:
                return None
            at = platform.clock.unix() - self._lateness()
            moves = (
                self._mover.move(platform, self.move, at, audit=self.audit, touch=self.touch) for _ in range(self.rows)
            )
            if moved := [sys_id for sys_id in moves if sys_id]:
                self.claim()
                self._moved += moved
        return None

    def _lateness(self) -> int:
        return 0

    def facts(self) -> dict[str, Any]:
        """The sys_ids of the rows that moved, in order."""
        return {"moved": list(self._moved)}


@dataclass
class LateCommit(Movement):
    """A write that was begun `seconds` ago and is committed only now.

    Its row shows up with a `sys_updated_on` that readers have passed already. `move` is `update` or
    `insert`.
    """

    kind = "late_commit"
    move: str = "insert"
    seconds: int = 300

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.move not in ("update", "insert") or self.seconds < 1:
            raise ValueError(f"fault {self.kind}: move is update or insert, seconds are 1 or more")

    def _lateness(self) -> int:
        return self.seconds
