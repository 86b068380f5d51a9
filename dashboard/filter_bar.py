"""The bar of filters over every page. What is chosen stands in the address, so that a view can be shared."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.filters import Choices, Filters, from_address

#: Parameters of the address that are the bar's; others are the pages'.
PARAMETERS = ("instance", "since", "until", "priority", "group", "service")
ALL_DAYS, OWN_PERIOD = "All days", "From … to"
_LAST_DAYS = {"Last 7 days": 7, "Last 28 days": 28, "Last 90 days": 90, "Last 365 days": 365}

_Days = tuple[date | None, date | None]
_UNBOUNDED: _Days = (None, None)


def periods(choices: Choices) -> dict[str, _Days]:
    """The periods on offer and their days (the second is the first that is out), counted back from the last day."""
    found: dict[str, _Days] = {ALL_DAYS: _UNBOUNDED}
    if choices.last_day is None:
        return found
    end = choices.last_day + timedelta(days=1)
    this_month = choices.last_day.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    return (
        found
        | {name: (end - timedelta(days=days), end) for name, days in _LAST_DAYS.items()}
        | {"This month": (this_month, end), "Last month": (last_month, this_month)}
    )


def restore(choices_of: Callable[[str | None], Choices]) -> list[str]:
    """Take up what the address says, where it is not what this visit has written there; sentences on what was left out.

    So it is at the beginning of a visit, and when somebody goes back in his browser. Where a control was changed since
    the last drawing, the control counts: its browser may not have the newest address yet. `choices_of` gives the
    choices of an instance, of the first one for None.
    """
    address, state = _address(), st.session_state
    begun = "bar_address" in state
    if begun and (not address or address == state.bar_address or _is_touched()):
        return []
    filters, remarks = from_address(address, choices_of(next(iter(address.get("instance", [])), None)))
    state.bar_instance, state.bar_wanted = filters.instance, filters
    return remarks


def draw(choices: Choices, unused: Sequence[str] = ()) -> Filters:
    """Draw the bar, and write into the address what it says. `unused` are filters that the page has no use for."""
    state = st.session_state
    _set_controls(choices)
    is_own = state.bar_period == OWN_PERIOD
    widths = [1.1, 1.2, *([2.0] if is_own else []), 1.5, 1.8, 1.8, 0.8]
    with st.container(key="filters"):
        places = iter(st.columns(widths, vertical_alignment="bottom"))
        next(places).selectbox("Instance", choices.instances, key="bar_instance")
        offered = periods(choices)
        next(places).selectbox(
            "Period (UTC)",
            [*offered, *([OWN_PERIOD] if choices.last_day else [])],
            key="bar_period",
            disabled="period" in unused,
        )
        days = offered.get(state.bar_period, _UNBOUNDED)
        if is_own:
            days = _draw_days(next(places), disabled="period" in unused)
        names = dict(choices.priorities)
        next(places).multiselect(
            "Priority",
            list(names),
            format_func=lambda code: names.get(code, code),
            key="bar_priority",
            placeholder="All priorities",
            disabled="priority" in unused,
        )
        for name, values in (("group", choices.groups), ("service", choices.services)):
            next(places).multiselect(
                name.capitalize(),
                values,
                key=f"bar_{name}",
                placeholder=f"All {name}s",
                disabled=name in unused,
            )
        next(places).button("Clear", key="bar_clear", on_click=_clear, width="stretch", help="Show all tickets again.")
    if unused:
        st.caption(f":material/filter_alt_off: This page does not go by {_listed(unused)}.")
    filters = Filters(
        state.bar_instance,
        *days,
        # In the order of the choices: equal filters are equal.
        tuple(code for code in names if code in state.bar_priority),
        tuple(group for group in choices.groups if group in state.bar_group),
        tuple(service for service in choices.services if service in state.bar_service),
    )
    _write(filters)
    return filters


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _draw_days(place: DeltaGenerator, *, disabled: bool) -> _Days:
    state = st.session_state
    chosen = place.date_input("From, to", key="bar_days", format="YYYY-MM-DD", disabled=disabled)
    if isinstance(chosen, tuple) and len(chosen) == 2:
        state.bar_own = (chosen[0], chosen[1] + timedelta(days=1))
    # Between the two clicks of a choice there is one day only: what was chosen before stays.
    own: _Days = state.bar_own
    return own


def _set_controls(choices: Choices) -> None:
    """Give the controls their state before they are drawn; drop what is no choice any more."""
    state = st.session_state
    wanted: Filters | None = state.pop("bar_wanted", None)
    if wanted is not None:
        state.bar_priority = list(wanted.priorities)
        state.bar_group, state.bar_service = list(wanted.groups), list(wanted.services)
        _set_period((wanted.since, wanted.until), choices)
    known = {
        "bar_priority": [code for code, _ in choices.priorities],
        "bar_group": choices.groups,
        "bar_service": choices.services,
    }
    for key, values in known.items():
        state[key] = [value for value in state.get(key, []) if value in values]
    if state.setdefault("bar_period", ALL_DAYS) not in (*periods(choices), OWN_PERIOD):
        state.bar_period = ALL_DAYS
    if state.bar_period == OWN_PERIOD and "bar_days" not in state:
        _set_own(state.get("bar_own", _UNBOUNDED), choices)


def _set_period(days: _Days, choices: Choices) -> None:
    for name, offered in periods(choices).items():
        if offered == days:
            st.session_state.bar_period = name
            return
    st.session_state.bar_period = OWN_PERIOD
    _set_own(days, choices)


def _set_own(days: _Days, choices: Choices) -> None:
    """An end that is missing is that of the history."""
    since = days[0] or min(choices.first_day or date.max, (days[1] or date.max) - timedelta(days=1))
    until = days[1] or max(choices.last_day or since, since) + timedelta(days=1)
    st.session_state.bar_own = (since, until)
    st.session_state.bar_days = (since, until - timedelta(days=1))


def _clear() -> None:
    state = st.session_state
    state.bar_priority, state.bar_group, state.bar_service, state.bar_period = [], [], [], ALL_DAYS


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in PARAMETERS if name in st.query_params}


def _write(filters: Filters) -> None:
    wanted = filters.to_address()
    for name in PARAMETERS:
        if name in wanted and st.query_params.get_all(name) != wanted[name]:
            st.query_params[name] = wanted[name]
        elif name not in wanted and name in st.query_params:
            del st.query_params[name]
    st.session_state.bar_address = wanted
    st.session_state.bar_drawn = _controls()


def _controls() -> tuple[object, ...]:
    return tuple(
        repr(st.session_state.get(f"bar_{name}"))
        for name in ("instance", "period", "days", "priority", "group", "service")
    )


def _is_touched() -> bool:
    """Whether a control was changed since the bar was last drawn."""
    return st.session_state.get("bar_drawn") != _controls()
