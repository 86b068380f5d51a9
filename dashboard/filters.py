"""What a page is asked about: one instance, a period, priorities, groups, services; and the address that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

#: The value that stands for a missing one, as in the published tables.
NONE = "(none)"


@dataclass(frozen=True)
class Choices:
    """What may be chosen. Priorities are (code, label); `(none)` is among values that some ticket lacks.

    `first_day` and `last_day` bound the published history (UTC, both included); None where there is none.
    """

    instances: tuple[str, ...]
    priorities: tuple[tuple[str, str], ...] = ()
    groups: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Filters:
    """One choice. Days are UTC, `until` is the first day that is out; an empty tuple leaves all in.

    Priorities are codes, groups and services names; `(none)` stands for tickets without one.
    """

    instance: str
    since: date | None = None
    until: date | None = None
    priorities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether only the instance is chosen."""
        return self == Filters(self.instance)

    @property
    def one_value(self) -> tuple[str, str] | None:
        """The dimension and its value where a single one is chosen beside the instance, and no period."""
        chosen = [
            (dimension, value)
            for dimension, values in (
                ("priority", self.priorities),
                ("assignment_group", self.groups),
                ("service", self.services),
            )
            for value in values
        ]
        return chosen[0] if len(chosen) == 1 and not (self.since or self.until) else None

    def previous(self) -> "Filters | None":
        """The same for the period of equal length before; None where the period has no two ends."""
        if self.since is None or self.until is None:
            return None
        length = self.until - self.since
        return Filters(self.instance, self.since - length, self.since, self.priorities, self.groups, self.services)

    def to_address(self) -> dict[str, list[str]]:
        """The parameters of an address that `from_address` reads back; what is not chosen is not named."""
        days = {"since": self.since, "until": self.until}
        return {
            "instance": [self.instance],
            **{name: [day.isoformat()] for name, day in days.items() if day},
            **{
                name: list(values)
                for name, values in (
                    ("priority", self.priorities),
                    ("group", self.groups),
                    ("service", self.services),
                )
                if values
            },
        }


def from_address(params: Mapping[str, Sequence[str]], choices: Choices) -> tuple[Filters, list[str]]:
    """The filters that an address names, and a sentence for each part of it that was left out, and why.

    Parameters of other names are not looked at. An address without an instance means the first. Raises ValueError where
    `choices` has no instance.
    """
    if not choices.instances:
        raise ValueError("no instance has been published")
    remarks: list[str] = []
    instance = _known("instance", params, choices.instances, remarks)
    since, until = _day("since", params, remarks), _day("until", params, remarks)
    if since and until and since >= until:
        remarks.append(f"The period from {since} until before {until} holds no day: all days are shown.")
        since = until = None
    return (
        Filters(
            instance[0] if instance else choices.instances[0],
            since,
            until,
            _known("priority", params, [code for code, _ in choices.priorities], remarks),
            _known("group", params, choices.groups, remarks),
            _known("service", params, choices.services, remarks),
        ),
        remarks,
    )


def _known(name: str, params: Mapping[str, Sequence[str]], known: Sequence[str], remarks: list[str]) -> tuple[str, ...]:
    """In the order of the choices, so that equal filters are equal."""
    asked = params.get(name, ())
    remarks.extend(
        f"There is no {name} “{value}” in these data: it is left out of the filter."
        for value in dict.fromkeys(asked)
        if value not in known
    )
    return tuple(value for value in known if value in asked)


def _day(name: str, params: Mapping[str, Sequence[str]], remarks: list[str]) -> date | None:
    asked = params.get(name, ())
    if not asked:
        return None
    try:
        return date.fromisoformat(asked[0])
    except ValueError:
        remarks.append(f"“{asked[0]}” is no day for “{name}” (as in 2026-01-31): it is left out of the filter.")
        return None
