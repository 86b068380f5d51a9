"""Tables: numbers with their units, definitions on hover, few cases marked, everything to be downloaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, get_args

import pandas as pd
import streamlit as st

from dashboard import text
from dashboard.definitions import DEFINITIONS, SMALL_N, Unit

#: Rows that are drawn; a download has all of them.
SHOWN_ROWS = 500
_ROW_PIXELS = 34
_MOST_PIXELS = 12 * _ROW_PIXELS + 3
_WRITERS: Mapping[str, Callable[[float | None], str]] = MappingProxyType(
    {unit: partial(text.written, unit=unit) for unit in get_args(Unit)}
)
_FEW = "color: #808a94; font-style: italic"


@dataclass(frozen=True)
class Column:
    """How a column is shown: its heading, its unit, and what a reader sees who points at the heading.

    `flag` is a column of yes and no, `weeks` one of lists of numbers, drawn as a small line.
    """

    label: str
    unit: Unit | Literal["text", "time", "day", "flag", "weeks"] = "text"
    help: str | None = None
    width: Literal["small", "medium", "large"] | None = None


#: A Column; a heading of a column of text; or None for a figure that `dashboard.definitions` knows.
ColumnSpec = Column | str | None


def column_of(name: str, spec: ColumnSpec) -> Column:
    """The column that a page means by `spec`."""
    if isinstance(spec, Column):
        return spec
    if isinstance(spec, str):
        return Column(spec)
    figure = DEFINITIONS[name]
    return Column(figure.label, figure.unit, figure.hover)


def show_table(
    frame: pd.DataFrame,
    columns: Mapping[str, ColumnSpec],
    *,
    name: str,
    n: str | None = None,
    links: Mapping[str, pd.Series] = MappingProxyType({}),
    height: int | None = None,
    alt: str | None = None,
) -> None:
    """See `dashboard.frame.Page.table`. Without `columns` all are shown; `links` are addresses to show instead of text,
    the text behind their `#`."""
    specs = {column: column_of(column, spec) for column, spec in columns.items()} or {
        column: column_of(column, None if column in DEFINITIONS else column.replace("_", " ").capitalize())
        for column in frame.columns
    }
    shown = frame.assign(**links).loc[:, list(specs)].head(SHOWN_ROWS)
    few = None if n is None else frame[n].head(SHOWN_ROWS) < SMALL_N
    st.dataframe(
        _styled(shown, specs, few),
        hide_index=True,
        width="stretch",
        height=height or min((len(shown) + 1) * _ROW_PIXELS + 3, _MOST_PIXELS),
        column_config={column: _config(column_spec, is_link=column in links) for column, column_spec in specs.items()},
        row_height=_ROW_PIXELS,
        key=f"table-{name}",
        alt=alt or name.replace("-", " "),
        placeholder=text.MISSING,
        lazy=False,
    )
    _below(frame, name, any_few=few is not None and bool(few.any()))


def _below(frame: pd.DataFrame, name: str, *, any_few: bool) -> None:
    notes = []
    if any_few:
        notes.append(f"Grey: fewer than {SMALL_N} tickets, a single one moves the figure.")
    if len(frame) > SHOWN_ROWS:
        notes.append(f"The first {SHOWN_ROWS} of {text.count(len(frame))} rows; the download has all.")
    side = "distribute" if notes else "right"
    with st.container(horizontal=True, horizontal_alignment=side, vertical_alignment="center", key=f"below-{name}"):
        if notes:
            st.caption(" ".join(notes), width="content")
        st.download_button(
            "CSV",
            data=partial(_csv, frame),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"download-{name}",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
            help=f"Download all {text.count(len(frame))} rows: raw numbers, durations in minutes, shares 0 to 1.",
        )


def _csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it."""
    return frame.to_csv(index=False).encode("utf-8-sig")


def _styled(frame: pd.DataFrame, specs: Mapping[str, Column], few: "pd.Series[bool] | None") -> Any:
    """The frame with its numbers written by their units; sorting in the page still goes by the numbers."""
    writers: dict[str, Any] = {name: _WRITERS[spec.unit] for name, spec in specs.items() if spec.unit in _WRITERS}
    style = frame.style.format(writers)
    if few is not None and few.any():
        grey = pd.DataFrame("", frame.index, frame.columns)
        grey[few] = _FEW
        # All cells at once: row by row takes three times as long.
        style = style.apply(lambda _: grey, axis=None)
    return style


def _config(spec: Column, *, is_link: bool) -> Any:
    given: dict[str, Any] = {"label": spec.label, "help": spec.help, "width": spec.width}
    if is_link:
        return st.column_config.LinkColumn(**given, display_text=r"#(.*)$")
    kinds: dict[str, Any] = {
        "text": st.column_config.TextColumn,
        "time": partial(st.column_config.DatetimeColumn, format="YYYY-MM-DD HH:mm"),
        "day": partial(st.column_config.DateColumn, format="YYYY-MM-DD"),
        "flag": st.column_config.CheckboxColumn,
        "weeks": partial(st.column_config.LineChartColumn, y_min=0),
    }
    return kinds.get(spec.unit, st.column_config.NumberColumn)(**given)
