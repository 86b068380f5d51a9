"""The cards of the static page: one headline figure each, with n, its course, and its change between two periods."""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from dashboard import svg, text
from dashboard.definitions import DEFINITIONS, SMALL_N, Definition
from dashboard.figures import Figure, Headline


def card(name: str, figure: Figure, headline: Headline, course: Sequence[float | None]) -> str:
    """One figure by its name in DEFINITIONS; `course` are its values in time, oldest first."""
    definition = DEFINITIONS[name]
    about = f"{definition.hover} {text.cases(figure.n)}."
    spark = svg.sparkline(f"Course of: {definition.label}", course)
    few = ' <span class="few">few</span>' if 0 < figure.n < SMALL_N else ""
    return (
        f'<div class="card" title="{escape(about)}" data-figure="{name}"><h4>{escape(definition.label)}</h4>'
        f'<div class="value">{escape(text.written(figure.value, definition.unit))}</div>'
        f'<div class="n">n = {text.count(figure.n)}{few}</div>{spark}'
        f'<div class="then">{_then(figure, definition, headline)}</div></div>'
    )


def period(days: tuple[date, date]) -> str:
    """A period, its end exclusive: `October 2026`, or its first and last day."""
    since, until = days
    if since.day == 1 and until == (since + timedelta(days=32)).replace(day=1):
        return f"{since:%B %Y}"
    return f"{since:%d %b %Y} to {until - timedelta(days=1):%d %b %Y}"


def _then(figure: Figure, definition: Definition, headline: Headline) -> str:
    if headline.after is None or headline.before is None or figure.after is None:
        return "nothing to compare yet"
    after = text.written(figure.after, definition.unit)
    few = ' <span class="few">few</span>' if min(figure.n_after, figure.n_before) < SMALL_N else ""
    if figure.before is None:
        return f"{escape(after)}{few}, nothing to compare"
    before = text.written(figure.before, definition.unit)
    numbers = f"n = {text.count(figure.n_after)} against {text.count(figure.n_before)}"
    return (
        f'<span title="{escape(numbers)}">{escape(after)} {_change(figure.after, figure.before, definition)}'
        f"<br>before {escape(before)}{few}</span>"
    )


def _change(after: float, before: float, definition: Definition) -> str:
    """An arrow, by how much, and in a word whether that is good."""
    moved = after - before
    if definition.unit == "share":
        shown = f"{abs(100 * moved):.1f} points"
    elif before:
        shown = f"{abs(100 * moved / before):.0f} %"
    else:
        shown = "from none"
    if not moved or shown in ("0 %", "0.0 points"):
        return "· unchanged"
    arrow = "▲" if moved > 0 else "▼"
    if definition.better is None:
        return f"{arrow} {shown}"
    tone = "better" if (moved > 0) == (definition.better == "higher") else "worse"
    return f'<span class="{tone}">{arrow} {shown} {tone}</span>'
