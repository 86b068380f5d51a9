"""Mixtures of faults over an instance that moves, each drawn from a seed, and what becomes of a warehouse in them."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.instance.faults import KINDS
from ingestion.instance.faults.bodies import FORMS
from ingestion.pipeline import Comparing
from ingestion.settings import Credentials
from tests.integration.lake import NOW, Lake
from tests.integration.truth import passed_over, shortcomings

Rule = dict[str, Any]
Draw = Callable[[random.Random], list[Rule]]

#: Required tables, and enough beside them for windows, references, a hierarchy, a growing table and deletes.
TABLES = (
    "sys_db_object", "sys_dictionary", "sys_choice", "sys_user", "sys_user_group", "cmdb_ci",
    "incident", "problem", "task", "task_sla", "sys_audit", "sys_audit_delete",
)  # fmt: skip
_SWEPT = ("incident", "task", "sys_user", "cmdb_ci", "problem")
_OPTIONAL = ("problem", "task_sla", "sys_audit_delete")
_LONG: tuple[Rule, ...] = ({}, {"status": 400, "html": True}, {"status": 400})
#: Faulty cycles before the quiet one.
CYCLES = 2


def _often(kind: str, *options: Rule) -> Draw:
    """One of the variants, at a rate that retries get over."""

    def draw(rng: random.Random) -> list[Rule]:
        return [{"kind": kind, "rate": rng.uniform(0.03, 0.1), "seed": rng.randrange(1000), **rng.choice(options)}]

    return draw


def _bad_bodies(rng: random.Random) -> list[Rule]:
    forms = rng.sample(sorted(FORMS.keys() - {"keyless_rows"}), 3)
    return [{"kind": "bad_body", "form": form, "rate": 0.04, "seed": rng.randrange(1000)} for form in forms]


def _late(rng: random.Random) -> list[Rule]:
    late = {"move": rng.choice(("insert", "update")), "seconds": rng.randrange(1, 850)}
    return [{"kind": "late_commit", "table": "incident", "rate": 0.2, **late}]


def _on(kind: str, tables: tuple[str, ...], more: Callable[[random.Random], Rule] | None = None) -> Draw:
    """A rule on one of the tables, in force throughout."""
    return lambda rng: [{"kind": kind, "table": rng.choice(tables), **(more(rng) if more else {})}]


def _once(kind: str, latest: int, **options: Any) -> Draw:
    """A single hit, somewhere among the first requests."""
    return lambda rng: [{"kind": kind, "times": 1, "after": rng.randrange(latest), **options}]


#: How each kind is drawn. Those that cannot pass end the cycle, which the next one makes good.
DRAWS: Mapping[str, Draw] = {
    "unauthorized": _once("unauthorized", 150),
    "token_expiry": lambda rng: _once("token_expiry", 60)(rng) + _once("token_expiry", 120, refresh=True)(rng),
    "rate_limit": _often(
        "rate_limit",
        {"retry_after": 0},
        {"retry_after": 0, "as_date": True},
        {"retry_after": -1, "rate_headers": False, "html": True},
    ),
    "hourly_limit": lambda rng: [{"kind": "hourly_limit", "limit": rng.randrange(60, 120)}],
    "server_error": _often(
        "server_error", {"status": 500}, {"status": 500, "html": True}, {"status": 502, "html": True}, {"status": 503}
    ),
    "accepted": _often("accepted", {}),
    "latency": _often("latency", {"seconds": 0.02}),
    "hibernating": _often("hibernating", {}, {"offline": True}, {"status": 503}),
    "forbidden": _on("forbidden", (*_OPTIONAL, "cmdb_ci")),
    "unknown_table": _on("unknown_table", _OPTIONAL),
    "long_url": _on("long_url", _SWEPT, lambda rng: {"above": rng.randrange(1100, 1500), **rng.choice(_LONG)}),
    "bad_body": _bad_bodies,
    "execution_time": _on(
        "execution_time",
        _SWEPT[:3],
        lambda rng: {"above": rng.randrange(12, 50), "status": rng.choice((200, 400, 500))},
    ),
    "connection_reset": _often("connection_reset", {}, {"head": False}, {"share": 0.99}),
    "short_body": _often("short_body", {}, {"chunked": True}),
    "slow_body": _often("slow_body", {"seconds": 0.05, "pieces": 5}),
    "stall": _once("stall", 60, seconds=1.5),
    "hidden_field": _on(
        "hidden_field",
        ("incident",),
        lambda rng: {"field": rng.choice(("close_notes", "description", "sys_updated_on"))},
    ),
    "hidden_rows": _on(
        "hidden_rows", _SWEPT, lambda rng: {"share": rng.uniform(0.05, 0.6), "seed": rng.randrange(1000)}
    ),
    "empty_page": _on("empty_page", _SWEPT[:4], lambda rng: {"pages": 2, "after": rng.randrange(2)}),
    "denied_query": _on(
        "denied_query",
        _SWEPT,
        lambda rng: {"field": rng.choice(("sys_updated_on", "sys_id")), "part": rng.choice(("both", "filter", "sort"))},
    ),
    # Orders of ours end with the key: only where the sort by it is denied are there ties at all.
    "unstable_ties": lambda rng: [
        {"kind": "unstable_ties", "seed": rng.randrange(1000)},
        {"kind": "denied_query", "table": "sys_user", "field": "sys_id", "part": "sort"},
    ],
    "late_commit": _late,
}


def _moves(rng: random.Random) -> list[Rule]:
    """What moves while it is read; some of it leaves no trace."""
    choices: list[Rule] = [
        {"move": "update"}, {"move": "insert"}, {"move": "delete"}, {"move": "delete", "audit": False},
        {"move": "reclass", "to": "problem", "times": 4}, {"move": "update", "touch": False},
    ]  # fmt: skip
    return [
        {
            "kind": "movement", "table": rng.choice(("incident", "task", "")), "target": "incident", "rate": 0.15,
            "seed": rng.randrange(1000), "advance_seconds": 3.0, **move,
        }
        for move in rng.sample(choices, 2)
    ]  # fmt: skip


@dataclass(frozen=True)
class Mixture:
    """Three kinds or more, movement always among them."""

    seed: int
    kinds: tuple[str, ...]
    rules: tuple[Rule, ...]


def mixtures(count: int) -> list[Mixture]:
    """The first `count`: the kinds are dealt like cards, so that each comes as often as any other."""
    assert {*DRAWS, "movement"} == {*KINDS}, "every kind of the instance is drawn"
    dealt, deck = [], list[str]()
    dealer = random.Random("deck")
    for seed in range(count):
        kinds: list[str] = []
        while len(kinds) < 3:
            deck = deck or dealer.sample(sorted(DRAWS), len(DRAWS))
            kinds.append(deck.pop())
        rng = random.Random(f"mixture {seed}")
        rules = [rule for kind in kinds for rule in DRAWS[kind](rng)] + _moves(rng)
        dealt.append(Mixture(seed, (*kinds, "movement"), tuple(rules)))
    return dealt


@dataclass
class Outcome:
    """What one mixture came to: hits by kind, how the faulty cycles ended, and what is wrong, if anything."""

    mixture: Mixture
    hits: Counter[str] = field(default_factory=Counter)
    ends: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def run(mixture: Mixture) -> Outcome:
    """First load and a tick under the faults, then a quiet cycle with a comparison; each is checked."""
    outcome = Outcome(mixture)
    oauth = Credentials("ticketlake", "ticketlake-demo", "ticketlake-client", "ticketlake-secret")
    options: dict[str, Any] = {"credentials": oauth} if "token_expiry" in mixture.kinds else {}
    with (
        tempfile.TemporaryDirectory(prefix="mixture-") as directory,
        EmbeddedInstance(Company(incidents=90, days=20, seed=mixture.seed), now=NOW) as servicenow,
    ):
        lake = Lake(
            servicenow, Path(directory) / "data", tables=TABLES, page_size=50, max_attempts=10, timeout_seconds=0.8,
            backoff_seconds=0.005, **options,
        )  # fmt: skip
        control = servicenow.control
        control.faults(*mixture.rules)
        control.pass_time_per_request(0.5)
        for cycle in range(CYCLES):
            report = lake.attempt()
            outcome.ends.append(type(report.error).__name__ if report.error else "")
            if lake.settings.warehouse_path.exists():
                outcome.wrong += [f"cycle {cycle}: {line}" for line in passed_over(lake)]
            # Beyond an hourly limit, into the overlap of the next sync.
            control.advance("1h")
        for rule in control.faults():
            outcome.hits[rule["kind"]] += rule["hits"]
        control.clear_faults()
        control.pass_time_per_request(0)
        silent = any(not rule.get("touch", True) for rule in mixture.rules)
        report = lake.attempt(comparison=Comparing(content=silent, allow_mass_delete=True))
        if "hidden_field" in mixture.kinds and not report.error:
            # A field that shows again is read for the rows that were held at the next sync.
            report = lake.attempt()
        if report.error:
            outcome.wrong.append(f"quiet cycle: {report.error}")
        outcome.wrong += [f"quiet cycle: {line}" for line in shortcomings(lake)]
    return outcome
