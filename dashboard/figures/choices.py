"""What the filters may choose from."""

from dashboard.figures.dimensions import labels, value_of
from dashboard.filters import NONE, Choices
from dashboard.snapshot import Snapshot


def choices(snapshot: Snapshot, instance: str | None) -> Choices:
    """The instances, and for one of them (None: the first) its values, the most frequent groups and services first."""
    instances = snapshot.once("instances", lambda: _instances(snapshot))
    if not instances:
        return Choices(())
    chosen = instance if instance in instances else instances[0]
    return snapshot.once(("choices", chosen), lambda: _choices(snapshot, instances, chosen))


def _instances(snapshot: Snapshot) -> tuple[str, ...]:
    found = snapshot.frame("select instance from meta.coverage union select instance from sdm.itsm order by 1")
    return tuple(found["instance"])


def _choices(snapshot: Snapshot, instances: tuple[str, ...], instance: str) -> Choices:
    values = snapshot.frame(
        f"""
        select dimension, value, count(*) as tickets
        from (
            select unnest(['priority', 'assignment_group', 'service']) as dimension,
                unnest([{value_of("priority")}, {value_of("assignment_group")}, {value_of("service")}]) as value
            from sdm.itsm where instance = $instance
        )
        group by all order by tickets desc, value
        """,
        {"instance": instance},
    )
    days = snapshot.frame(
        """
        select min(first_day) as first_day, max(last_day) as last_day from (
            select min(as_of) as first_day, max(as_of) as last_day from metrics.backlog
            where instance = $instance and dimension = 'all'
            union all
            select min(period_start), max(period_start) from metrics.mttr
            where instance = $instance and dimension = 'all' and grain = 'day'
        )
        """,
        {"instance": instance},
    )
    first, last = (None if value is None or value != value else value for value in days.iloc[0])

    def of(dimension: str) -> tuple[str, ...]:
        found = tuple(values.loc[values["dimension"] == dimension, "value"])
        # Whoever looks for tickets without a value looks at the end.
        return tuple(sorted(found, key=lambda value: value == NONE))

    names = labels(snapshot, instance, "priority")
    codes = sorted(of("priority"), key=lambda code: (code == NONE, len(code), code))
    return Choices(
        instances,
        tuple((code, names.get(code, code)) for code in codes),
        of("assignment_group"),
        of("service"),
        first.date() if first is not None else None,
        last.date() if last is not None else None,
    )
