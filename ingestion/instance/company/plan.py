"""Which tickets belong together: storms of one alert, and major incidents with their children.

Planned for blocks of consecutive tickets, so that leader and follower each know of the other from
their own index alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

_BLOCK = 64
#: Shares of tickets that begin a storm, and of those that are major incidents.
_STORMS = 0.035
_MAJORS = 0.012


@dataclass(frozen=True, slots=True)
class Role:
    """A ticket's part. `leader` is the first of those it belongs with, by index; it may be the ticket itself.

    `parent` is the ticket it names as its parent incident, `children` are those that name it.
    """

    kind: str = "single"
    leader: int | None = None
    parent: int | None = None
    children: tuple[int, ...] = ()


_SINGLE = Role()


class Plan:
    """Roles of all tickets of a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._block = lru_cache(maxsize=64)(self._plan_block)

    def role(self, index: int) -> Role:
        """The part ticket `index` plays: `single`, `storm`, `echo` (of a storm), `major` or `child`."""
        return self._block(index // _BLOCK).get(index, _SINGLE)

    def _plan_block(self, block: int) -> dict[int, Role]:
        rng = Random(f"{self._seed}:plan:{block}")
        roles: dict[int, Role] = {}
        index, end = block * _BLOCK, (block + 1) * _BLOCK
        while index < end:
            roll = rng.random()
            size = 2 + int(rng.random() * 6)
            followers = tuple(range(index + 1, min(index + 1 + size, end)))
            if roll < _STORMS:
                # Somebody links every other alert of a storm with the first one.
                linked = followers[::2]
                roles[index] = Role("storm", leader=index, children=linked)
                for follower in followers:
                    roles[follower] = Role("echo", leader=index, parent=index if follower in linked else None)
                index += len(followers)
            elif roll < _STORMS + _MAJORS:
                roles[index] = Role("major", leader=index, children=followers)
                roles.update({follower: Role("child", leader=index, parent=index) for follower in followers})
                index += len(followers)
            index += 1
        return roles
