"""How fresh what is shown is; and the look, every few seconds, for a newer version."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import text
from dashboard.snapshot import NothingPublished, Snapshot, Snapshots

#: A look costs one `stat` of the link.
_LOOK_SECONDS = 5.0
#: The schedule is every two hours unless told otherwise: three ticks missed.
_STALE_MINUTES = 6 * 60.0


@st.fragment(run_every=_LOOK_SECONDS)
def follow(snapshots: Snapshots, shown: Snapshot) -> None:
    """Say as of when the data are and how old the last good sync is; draw the page anew when there is a newer one."""
    if snapshots.newest().version != shown.version:
        st.rerun()
    parts = [
        f"Data as of **{_moment(shown.data_as_of)}**",
        f"last good sync **{_age(shown.last_good_sync_at)}**",
    ]
    with st.container(key="freshness"):
        if _minutes_since(shown.last_good_sync_at) > _STALE_MINUTES:
            st.markdown(f":material/warning: :orange[{' · '.join(parts)}]", help=_EXPLAINED + _LATE, width="content")
        else:
            st.markdown(f":gray[{' · '.join(parts)}]", help=_EXPLAINED, width="content")


_EXPLAINED = (
    "Everything that changed in ServiceNow up to “data as of” is in these numbers. The last good sync is the last run "
    "that ended well. A newer version is shown by itself."
)
_LATE = " It is more than 6 hours ago: `ticketlake status` says what the last runs came to."


@st.fragment(run_every=_LOOK_SECONDS)
def wait(snapshots: Snapshots) -> None:
    """Draw the page anew as soon as something has been published."""
    try:
        snapshots.newest()
    except NothingPublished:
        return
    st.rerun()


def _moment(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC" if moment else "unknown"


def _age(moment: datetime | None) -> str:
    if moment is None:
        return "never"
    minutes = _minutes_since(moment)
    return "just now" if minutes < 1 else f"{text.minutes(minutes)} ago"


def _minutes_since(moment: datetime | None) -> float:
    """Minutes; a clock that runs ahead of ours is now. Infinite where there was none."""
    if moment is None:
        return float("inf")
    return max(0.0, (datetime.now(UTC).replace(tzinfo=None) - moment).total_seconds() / 60)
