"""Which tickets belong together: storms of one alert, and major incidents with their children.

Planned for blocks of consecutive tickets, so that leader and follower each know of the other from
their own index alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

BLOCK = 64


@dataclass(frozen=True, slots=True)
class Role:
    """A ticket's part. `leader` is another ticket's index, `children` those that name this one as parent."""

    kind: str = "single"
    leader: int | None = None
    children: tuple[int, ...] = ()


_SINGLE = Role()


class Plan:
    """Roles of all tickets of a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._block = lru_cache(maxsize=64)(self._plan_block)

    def role(self, index: int) -> Role:
        """The part ticket `index` plays: `single`, `storm`, `echo` (of a storm), `major` or `child`."""
        return self._block(index // BLOCK).get(index, _SINGLE)

    def _plan_block(self, block: int) -> dict[int, Role]:
        rng = Random(f"{self._seed}:plan:{block}")
        roles: dict[int, Role] = {}
        index, end = block * BLOCK, (block + 1) * BLOCK
        while index < end:
            roll = rng.random()
            size = 2 + int(rng.random() * 6)
            followers = tuple(range(index + 1, min(index + 1 + size, end)))
            if roll < 0.035:
                roles[index] = Role("storm", children=tuple(follower for follower in followers if follower % 2))
                roles.update({follower: Role("echo", leader=index) for follower in followers})
                index += len(followers)
            elif roll < 0.047:
                roles[index] = Role("major", children=followers)
                roles.update({follower: Role("child", leader=index) for follower in followers})
                index += len(followers)
            index += 1
        return roles
