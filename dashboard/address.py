"""What is chosen, in the address and back: a view can be shared, and a browser steps back and forth through views.

Controls are Streamlit widgets with keys that begin with `PREFIX`. A drawing begins with `begin`, which says whether the
address is to be followed; controls take their state from `read` then. It ends with `write`, which puts all that is
chosen into the address in one step.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

#: Of the keys of all controls that stand in the address.
PREFIX = "chosen_"
_WRITTEN, _DRAWN, _OURS = "address_written", "address_drawn", "address_ours"


def begin() -> bool:
    """Whether controls are to follow the address: at the beginning of a visit, and after a step back or forth.

    Where a control was changed since the last drawing it counts, for its browser may not have the newest address yet.
    So it is where there is no address: a link of the navigation has none.
    """
    state = st.session_state
    if _WRITTEN not in state:
        return True
    address = read()
    return bool(address) and address != state[_WRITTEN] and state[_DRAWN] == _controls()


def read() -> dict[str, list[str]]:
    """All parameters of the address that are ours, or may be: every one at the beginning of a visit."""
    ours = st.session_state.get(_OURS)
    return {name: st.query_params.get_all(name) for name in st.query_params if ours is None or name in ours}


def write(wanted: Mapping[str, Sequence[str]]) -> None:
    """Make the address say `wanted` and no other parameter of ours."""
    state = st.session_state
    written = {name: list(values) for name, values in wanted.items()}
    state[_OURS] = state.get(_OURS, set()) | set(written)
    shown = read()
    if shown != written:
        if set(shown) == set(st.query_params):
            # One step, so that a browser's way back is one step, too.
            st.query_params.from_dict(written)
        else:
            st.query_params.update({name: values for name, values in written.items() if shown.get(name) != values})
            for name in set(shown) - set(written):
                del st.query_params[name]
    state[_WRITTEN], state[_DRAWN] = written, _controls()


def _controls() -> dict[str, str]:
    return {key: repr(value) for key, value in st.session_state.items() if str(key).startswith(PREFIX)}
