"""What every page is written in. A page is a module in `dashboard/pages` with

- `TITLE`, its name in the navigation and its heading; `PATH`, its part of the address; `ICON`, a Material symbol;
- `UNUSED_FILTERS`, names of filters (`period`, `priority`, `group`, `service`) that it has no use for;
- `render(page)`, which asks and draws and does nothing else:

    def render(page: Page) -> None:
        with page.section("Where tickets wait", help="What the section shows, in a sentence."):
            held = page.ask(figures.time_held, page.filters, limit=20)
            if page.is_empty(held):
                return
            page.chart(charts.bars(held, ...), alt="...", frame=held, columns={...}, name="time-held")
            page.table(held, {"from_group": "Group", "moves": None, "median_minutes_held": None}, name="time-held")

`ask` keeps answers by version and arguments. What fails inside a section is said there, and the rest of the page
stays. Columns, charts and cards take their labels, units and hovers from `dashboard.definitions`. A page is listed in
`dashboard.pages.PAGES`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from dashboard import address, text
from dashboard.charts import Spec
from dashboard.filters import Choices, Filters
from dashboard.handed_over import HandedOver
from dashboard.snapshot import Snapshot
from dashboard.tables import ColumnSpec, show_table

_LOGGER = logging.getLogger(__name__)
#: Answers that are kept, over all visitors; each is a small frame.
_KEPT_ANSWERS = 400

_NO_LINKS: Mapping[str, tuple[str, str]] = MappingProxyType({})

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Option = TypeVar("Option", bound=str)


@dataclass(frozen=True)
class Page:
    """One drawing of a page: the version it reads, what was chosen, and where the instances are."""

    snapshot: Snapshot
    filters: Filters
    choices: Choices
    handed: HandedOver
    #: Whether controls go by the address in this drawing.
    is_following: bool = False
    #: What the page's own controls put into the address.
    chosen: dict[str, list[str]] = field(default_factory=dict)

    def ask(
        self,
        figure: Callable[Concatenate[Snapshot, Arguments], Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Answer:
        """What `figure` says of the version shown; asked once for each version and arguments. Raises duckdb.Error."""
        answer: Answer = _asked(
            self.snapshot.version,
            f"{figure.__module__}.{figure.__qualname__}",
            repr((arguments, sorted(options.items()))),
            lambda: figure(self.snapshot, *arguments, **options),
        )
        return answer

    @contextmanager
    def section(self, title: str, help: str | None = None) -> Iterator[None]:
        """A part of the page under a heading. An exception inside is logged and said in its place."""
        with st.container():
            st.subheader(title, anchor=False, help=help)
            with guarded(title):
                yield

    def is_empty(self, frame: pd.DataFrame, what: str = "No ticket matches these filters.") -> bool:
        """Whether there is nothing to draw; says so where there is not."""
        if frame.empty:
            st.caption(f":material/info: {what}")
        return frame.empty

    def choose(
        self, label: str, options: Mapping[Option, str], *, key: str, help: str | None = None, listed: bool = False
    ) -> Option:
        """One of `options` (value: what people read), kept in the address as parameter `key`; the first unless chosen.

        They stand side by side, or in a list that can be searched where `listed`.
        """
        values = list(options)
        self._follow_address(values, key)
        control = st.selectbox if listed else partial(st.segmented_control, required=True)
        chosen: Option = control(
            label,
            values,
            format_func=lambda value: options[value],
            key=address.PREFIX + key,
            help=help,
            persist_state="session",
        )
        if chosen != values[0]:
            self.chosen[key] = [chosen]
        return chosen

    def _follow_address(self, values: list[Option], key: str) -> None:
        """Set the control by the address where that counts, and where it has nothing, or no choice any more."""
        state, name = st.session_state, address.PREFIX + key
        if self.is_following or state.get(name) not in values:
            asked = st.query_params.get_all(key) if self.is_following or name not in state else []
            state[name] = next((value for value in values if value in asked), values[0])

    def chart(
        self,
        chart: Spec,
        *,
        alt: str,
        name: str,
        frame: pd.DataFrame | None = None,
        columns: Mapping[str, ColumnSpec] | None = None,
    ) -> None:
        """Draw a chart; `alt` says in words what it shows. The numbers of `frame` can be read and downloaded below."""
        # One level down its data stay in it; Streamlit would send those of the top after it, and have it drawn twice.
        height = chart["height"]
        inner = {part: value for part, value in chart.items() if part != "height"}
        st.vega_lite_chart(None, {"height": height, "layer": [inner]}, width="stretch", alt=alt, key=f"chart-{name}")
        if frame is not None:
            numbers(frame, columns or {}, f"{name}-numbers", alt)

    def table(
        self,
        frame: pd.DataFrame,
        columns: Mapping[str, ColumnSpec],
        *,
        name: str,
        n: str | None = None,
        links: Mapping[str, tuple[str, str]] = _NO_LINKS,
        height: int | None = None,
    ) -> None:
        """A table of the `columns` of `frame`, and a button that downloads all of it as CSV, raw.

        `name` is unique on the page and names the file. `n` is the column of counts by which few are marked. `links`
        leads from a shown column to records in the instance: `{"number": ("incident", "sys_id")}`, the table and the
        column that holds the sys_id. Where the instance's address is not known the column is plain text.
        """
        show_table(
            frame,
            columns,
            name=name,
            n=n,
            height=height,
            links={
                shown: self._addresses(frame, shown, table, key)
                for shown, (table, key) in links.items()
                if self.handed.record_link(self.filters.instance, table, "")
            },
        )

    def _addresses(self, frame: pd.DataFrame, shown: str, table: str, key: str) -> pd.Series:
        """Addresses that end in `#` and the text to show."""
        return pd.Series(
            [
                f"{self.handed.record_link(self.filters.instance, table, sys_id)}#{words}" if words else None
                for sys_id, words in zip(frame[key], frame[shown], strict=True)
            ],
            index=frame.index,
            dtype=object,
        )


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Say in place what could not be computed, so that the rest is still drawn."""
    try:
        yield
    except Exception as error:
        _LOGGER.exception("%s could not be drawn", what)
        reason = str(error).strip().splitlines()
        st.error(
            f"“{what}” could not be computed ({type(error).__name__}{f': {text.plain(reason[0])}' if reason else ''}). "
            "The rest of the page is not affected. Load the page again; if it stays, the output of "
            "`ticketlake dashboard` has the details.",
            icon=":material/error:",
        )


@st.cache_data(show_spinner=False, max_entries=_KEPT_ANSWERS)
def _asked(version: str, figure: str, arguments: str, _make: Callable[[], Any]) -> Any:  # noqa: ARG001
    """The key is what is written without an underscore before it."""
    return _make()


@st.fragment
def numbers(frame: pd.DataFrame, columns: Mapping[str, ColumnSpec], name: str, alt: str) -> None:
    """The numbers behind a chart, folded away and sent only when somebody unfolds them."""
    folded = st.expander("Numbers", icon=":material/table_rows:", key=f"expand-{name}", on_change="rerun")
    if folded.open:
        with folded:
            show_table(frame, columns, name=name, alt=f"Numbers: {alt}")
