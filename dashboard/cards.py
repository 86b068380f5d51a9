"""Cards of headline figures: value, n, and how it moved between two periods; the definition on hover."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import text
from dashboard.definitions import DEFINITIONS, SMALL_N, Definition
from dashboard.figures import Figure, Headline

Days = tuple[date, date]


def draw(headline: Headline, names: Sequence[str]) -> None:
    """A row of cards; `names` are figures of the headline."""
    for place, name in zip(row(names[0], len(names)), names, strict=True):
        with place, st.container(border=True, height="stretch", key=f"card-{name}", gap="xxsmall"):
            _draw_one(headline, headline.figures[name], DEFINITIONS[name])


def row(key: str, count: int) -> list[DeltaGenerator]:
    """Places side by side that go below one another where a window is narrow; `key` is unique on the page."""
    with st.container(key=f"cards-{key}"):
        return st.columns(count)


def _draw_one(headline: Headline, figure: Figure, definition: Definition) -> None:
    moved = change(figure, definition)
    better = {"lower": "inverse", "higher": "normal"}
    color: Literal["normal", "inverse", "off"] = better.get(definition.better or "", "off")  # type: ignore[assignment]
    st.metric(
        definition.label,
        text.written(figure.value, definition.unit),
        delta=moved,
        delta_color=color,
        delta_description=_against(headline) if moved is not None else None,
        help=_hover(headline, figure, definition),
    )
    few = figure.n < SMALL_N
    st.caption(f":orange[:material/warning: {text.cases(figure.n)}]" if few else text.cases(figure.n))


def change(figure: Figure, definition: Definition) -> str | int | None:
    """How it moved, signed: points for shares, else percent; 0 where it did not; None where it cannot be said."""
    if figure.after is None or figure.before is None:
        return None
    if definition.unit == "share":
        points = round(100 * (figure.after - figure.before), 1)
        return f"{points:+.1f} points" if points else 0
    if not figure.before:
        return None
    percent = round(100 * (figure.after / figure.before - 1), 1)
    return f"{percent:+.1f} %" if percent else 0


def days(period: Days) -> str:
    """A period as people name it: `Oct 2026`, `3 Oct 2026 to 9 Oct 2026`."""
    first, last = period[0], period[1] - timedelta(days=1)
    if first.day == 1 and period[1].day == 1 and (last.year, last.month) == (first.year, first.month):
        return f"{first:%b %Y}"
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _against(headline: Headline) -> str | None:
    if headline.after is None or headline.before is None:
        return None
    after, before = days(headline.after), days(headline.before)
    is_months = " to " not in after + before
    return f"{headline.after[0]:%b} vs {headline.before[0]:%b}" if is_months else "vs before"


def _hover(headline: Headline, figure: Figure, definition: Definition) -> str:
    lines = [definition.hover, f"**Shown:** {text.written(figure.value, definition.unit)}, {text.cases(figure.n)}."]
    if headline.after and headline.before:
        lines += [
            f"**{days(period)}:** {text.written(value, definition.unit)}, {text.cases(n)}."
            for period, value, n in (
                (headline.after, figure.after, figure.n_after),
                (headline.before, figure.before, figure.n_before),
            )
        ]
    if figure.n < SMALL_N:
        lines.append(f"Fewer than {SMALL_N}: a single ticket moves it.")
    return "\n\n".join(lines)
