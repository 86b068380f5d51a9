"""The bar of filters over every page."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import address
from dashboard.filters import Choices, Filters, from_address

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


def follow(choices_of: Callable[[str | None], Choices]) -> list[str]:
    """Take up what the address says; sentences on what was left out of it.

    `choices_of` gives the choices of an instance, of the first one for None.
    """
    asked = address.read()
    filters, remarks = from_address(asked, choices_of(next(iter(asked.get("instance", [])), None)))
    st.session_state.chosen_instance, st.session_state.bar_wanted = filters.instance, filters
    return remarks


def draw(choices: Choices, unused: Sequence[str] = ()) -> Filters:
    """Draw the bar; what is chosen. `unused` are filters that the page has no use for."""
    state = st.session_state
    _set_controls(choices)
    is_own = state.chosen_period == OWN_PERIOD
    widths = [1.1, 1.2, *([2.0] if is_own else []), 1.5, 1.8, 1.8, 0.8]
    with st.container(key="filters"):
        places = iter(st.columns(widths))
        next(places).selectbox("Instance", choices.instances, key="chosen_instance")
        offered = periods(choices)
        next(places).selectbox(
            "Period (UTC)",
            [*offered, *([OWN_PERIOD] if choices.last_day else [])],
            key="chosen_period",
            disabled="period" in unused,
        )
        days = offered.get(state.chosen_period, _UNBOUNDED)
        if is_own:
            days = _draw_days(next(places), disabled="period" in unused)
        names = dict(choices.priorities)
        next(places).multiselect(
            "Priority",
            list(names),
            format_func=lambda code: names.get(code, code),
            key="chosen_priority",
            placeholder="All priorities",
            wrap=True,
            disabled="priority" in unused,
        )
        for name, values in (("group", choices.groups), ("service", choices.services)):
            next(places).multiselect(
                name.capitalize(),
                values,
                key=f"chosen_{name}",
                placeholder=f"All {name}s",
                wrap=True,
                disabled=name in unused,
            )
        next(places).button("Clear", key="bar_clear", on_click=_clear, width="stretch", help="Show all tickets again.")
    if unused:
        st.caption(f":material/filter_alt_off: This page does not go by {_listed(unused)}.")
    filters = Filters(
        state.chosen_instance,
        *days,
        # In the order of the choices: equal filters are equal.
        tuple(code for code in names if code in state.chosen_priority),
        tuple(group for group in choices.groups if group in state.chosen_group),
        tuple(service for service in choices.services if service in state.chosen_service),
    )
    return filters


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _draw_days(place: DeltaGenerator, *, disabled: bool) -> _Days:
    state = st.session_state
    chosen = place.date_input("From, to", key="chosen_days", format="YYYY-MM-DD", disabled=disabled)
    if isinstance(chosen, tuple) and len(chosen) == 2:
        state.bar_own = (chosen[0], chosen[1] + timedelta(days=1))
    # Between the two clicks of a choice there is one day only: what was chosen before stays.
    own: _Days = state.bar_own
    return own


def _set_controls(choices: Choices) -> None:
    """Give the controls their state before they are drawn; drop what is no choice any more."""
    state = st.session_state
    if state.chosen_instance not in choices.instances:
        state.chosen_instance = choices.instances[0]
    wanted: Filters | None = state.pop("bar_wanted", None)
    if wanted is not None:
        state.chosen_priority = list(wanted.priorities)
        state.chosen_group, state.chosen_service = list(wanted.groups), list(wanted.services)
        _set_period((wanted.since, wanted.until), choices)
    known = {
        "chosen_priority": [code for code, _ in choices.priorities],
        "chosen_group": choices.groups,
        "chosen_service": choices.services,
    }
    for key, values in known.items():
        state[key] = [value for value in state.get(key, []) if value in values]
    if state.setdefault("chosen_period", ALL_DAYS) not in (*periods(choices), OWN_PERIOD):
        state.chosen_period = ALL_DAYS
    if state.chosen_period == OWN_PERIOD and "chosen_days" not in state:
        _set_own(state.get("bar_own", _UNBOUNDED), choices)


def _set_period(days: _Days, choices: Choices) -> None:
    for name, offered in periods(choices).items():
        if offered == days:
            st.session_state.chosen_period = name
            return
    st.session_state.chosen_period = OWN_PERIOD
    _set_own(days, choices)


def _set_own(days: _Days, choices: Choices) -> None:
    """An end that is missing is that of the history."""
    since = days[0] or min(choices.first_day or date.max, (days[1] or date.max) - timedelta(days=1))
    until = days[1] or max(choices.last_day or since, since) + timedelta(days=1)
    st.session_state.bar_own = (since, until)
    st.session_state.chosen_days = (since, until - timedelta(days=1))


def _clear() -> None:
    state = st.session_state
    state.chosen_priority, state.chosen_group, state.chosen_service, state.chosen_period = [], [], [], ALL_DAYS
