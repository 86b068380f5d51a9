"""The app as Streamlit runs it, anew for every drawing: navigation, freshness, filters, and the page in their frame."""

from functools import partial
from pathlib import Path
from types import ModuleType

import streamlit as st

from dashboard import address, figures, filter_bar, freshness, text
from dashboard.frame import Page, guarded
from dashboard.handed_over import HandedOver, handed_over
from dashboard.pages import PAGES
from dashboard.snapshot import NothingPublished, Snapshots

_PICTURES = Path(__file__).parent / "pictures"
#: Streamlit leaves wide margins, which figures have a better use for, and squeezes columns until nothing can be read.
_STYLE = """<style>
.stMainBlockContainer { padding-left: 2.5rem; padding-right: 2.5rem; max-width: 1560px; }
[class*="st-key-below-"] { margin-top: -.75rem; }
:is(.st-key-filters, [class*="st-key-cards"]) [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
.st-key-filters [data-testid="stColumn"] { min-width: 7.5rem; }
.st-key-filters [data-testid="stColumn"]:last-child { min-width: 4.5rem; max-width: 7.5rem; }
.st-key-bar_clear { margin-top: 1.75rem; }
[class*="st-key-cards"] [data-testid="stColumn"] { min-width: 11.5rem; }
</style>"""


@st.cache_resource(show_spinner=False)
def _snapshots(data_dir: Path) -> Snapshots:
    """One for all visitors: a version is opened once."""
    return Snapshots(data_dir)


def main() -> None:
    handed = handed_over()
    # A file of ours: an icon by its name would be asked of a server elsewhere.
    st.set_page_config(page_title="Ticketlake", page_icon=str(_PICTURES / "icon.svg"), layout="wide")
    st.logo(_PICTURES / "logo.svg", size="large", icon_image=_PICTURES / "icon.svg")
    st.html(_STYLE)
    drawn: list[Page] = []
    by_path = {
        page.PATH: st.Page(
            partial(_render, page, drawn),
            title=page.TITLE,
            icon=page.ICON,
            url_path=page.PATH,
            default=page is PAGES[0],
        )
        for page in PAGES
    }
    chosen = st.navigation(list(by_path.values()), expanded=True)
    module = next(page for page in PAGES if by_path[page.PATH] == chosen)
    # What all pages share is drawn out here, so that it keeps its state from page to page.
    _draw_frame(module, handed, drawn)
    chosen.run()


def _draw_frame(module: ModuleType, handed: HandedOver, drawn: list[Page]) -> None:
    """Heading, freshness and filters; into `drawn` goes what the page is to be drawn of, if there is anything."""
    snapshots = _snapshots(handed.data_dir)
    try:
        snapshot = snapshots.newest()
        if not figures.choices(snapshot, None).instances:
            raise NothingPublished(handed.data_dir, "it holds no instance yet")
    except NothingPublished as nothing:
        _draw_nothing(module.TITLE, nothing, snapshots)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head"):
        st.title(module.TITLE, anchor=False, width="content")
        with st.container(width="content"):
            freshness.follow(snapshots, snapshot)
    with guarded("Filters"):
        is_following = address.begin()
        remarks = filter_bar.follow(partial(figures.choices, snapshot)) if is_following else []
        choices = figures.choices(snapshot, st.session_state.chosen_instance)
        filters = filter_bar.draw(choices, module.UNUSED_FILTERS)
        for remark in remarks:
            st.warning(text.plain(remark), icon=":material/filter_alt_off:")
        drawn.append(Page(snapshot, filters, choices, handed, is_following))


def _render(module: ModuleType, drawn: list[Page]) -> None:
    for page in drawn:
        with guarded(module.TITLE):
            module.render(page)
        address.write({**page.filters.to_address(), **page.chosen})


def _draw_nothing(title: str, nothing: NothingPublished, snapshots: Snapshots) -> None:
    st.title(title, anchor=False)
    st.info(
        f"**Nothing has been published yet.** {nothing}\n\n"
        "This page looks for it every few seconds and shows it by itself.",
        icon=":material/hourglass_empty:",
    )
    freshness.wait(snapshots)
