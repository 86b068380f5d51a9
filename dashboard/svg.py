"""Small charts as SVG text, for pages without scripts: lines over days, bars, sparklines.

Colours are CSS variables (`--series-1` ... `--series-3`, `--grid`, `--muted`, `--ink`) of the page that holds them, so
that one chart is right in light, in dark and in print. What a colour says is also said by a label or a dash pattern.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from dashboard import text
from dashboard.definitions import Unit

WIDTH, HEIGHT = 640, 232
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 96, 14, 26
_DASHES = ("", "6 4", "2 3")
#: Steps of an axis of durations, in minutes: parts of an hour, of a day, days.
_DURATIONS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, *(1440 * days for days in (1, 2, 3, 5, 7, 10, 14, 30, 60)))
_MOST_TICKS = 5
#: More would hide the line; from so many on they are smaller.
_MOST_POINTS, _MANY_POINTS = 60, 20
_LABEL_HEIGHT = 15.0


@dataclass(frozen=True)
class Series:
    """One line: a value per day of the chart, None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Bar:
    """One bar; `shown` is its value as it is read."""

    name: str
    value: float
    shown: str


def line_chart(
    title: str, days: Sequence[date], series: Sequence[Series], unit: Unit, partial: Sequence[bool] = ()
) -> str:
    """Up to three lines over days, from zero up; every point says its value on hover, partial periods are hollow.

    Values are in `unit`. Without a value it is a sentence.
    """
    known = [value for each in series for value in each.values if value is not None]
    if not known or not days:
        return '<p class="empty">There is nothing to draw yet.</p>'
    ticks = _ticks(max(known), unit)
    scale = _Scale(days[0], days[-1], ticks[-1])
    parts = [_grid(scale, ticks, unit), _day_axis(scale)]
    ends: list[tuple[float, str, int]] = []
    for place, each in enumerate(series):
        points = [
            (scale.x(day), scale.y(value), day, value)
            for day, value in zip(days, each.values, strict=True)
            if value is not None
        ]
        parts.append(_path([(scale.x(day), value) for day, value in zip(days, each.values, strict=True)], scale, place))
        if len(days) <= _MOST_POINTS:
            cut = {day for day, is_partial in zip(days, partial, strict=False) if is_partial}
            parts.append(_points(each.name, points, unit, place, cut))
        if points:
            ends.append((points[-1][1], each.name, place))
    parts.append(_end_labels(ends, scale))
    return _chart(title, "".join(parts))


def bar_chart(title: str, bars: Sequence[Bar]) -> str:
    """Horizontal bars, one a line, each with its name and value."""
    if not bars:
        return '<p class="empty">There is nothing to draw yet.</p>'
    most = max(bar.value for bar in bars) or 1.0
    left, line = 150, 30
    room = WIDTH - left - 130
    rows = "".join(
        f'<text class="tick" x="{left - 10}" y="{place * line + 20}" text-anchor="end">{escape(bar.name)}</text>'
        f'<rect class="bar" x="{left}" y="{place * line + 6}" height="{line - 10}" rx="2"'
        f' width="{max(1.0, room * bar.value / most):.1f}">'
        f"<title>{escape(bar.name)}: {escape(bar.shown)}</title></rect>"
        f'<text class="value" x="{left + room * bar.value / most + 8:.1f}" y="{place * line + 20}">'
        f"{escape(bar.shown)}</text>"
        for place, bar in enumerate(bars)
    )
    return _chart(title, rows, len(bars) * line + 6)


def sparkline(title: str, values: Sequence[float | None]) -> str:
    """A line without axes from zero up, its last value marked; nothing where there are fewer than two values."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    width, height, edge = 240, 34, 4
    most = max(value for _, value in known) or 1.0
    points = [
        (edge + place * (width - 2 * edge) / (len(values) - 1), height - edge - value / most * (height - 2 * edge))
        for place, value in known
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f'<title>{escape(title)}</title><polyline class="line s0" points="{line}"/>'
        f'<circle class="point s0" cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )


@dataclass(frozen=True)
class _Scale:
    """Days and values to places in the drawing."""

    first: date
    last: date
    top: float

    def x(self, day: date) -> float:
        span = (self.last - self.first).days
        return _LEFT + ((day - self.first).days / span if span else 0.5) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _TOP + (1 - value / self.top) * (HEIGHT - _TOP - _BOTTOM)


def _chart(title: str, body: str, height: float = HEIGHT) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _grid(scale: _Scale, ticks: Sequence[float], unit: Unit) -> str:
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{scale.y(tick):.1f}" y2="{scale.y(tick):.1f}"/>'
        f'<text class="tick" x="{_LEFT - 8}" y="{scale.y(tick) + 4:.1f}" text-anchor="end">'
        f"{escape(_tick_text(tick, unit))}</text>"
        for tick in ticks
    )


def _tick_text(value: float, unit: Unit) -> str:
    if unit == "share":
        return f"{100 * value:g} %"
    return "0" if value == 0 else text.written(value, unit)


def _day_axis(scale: _Scale) -> str:
    """Months under the chart, so many that they do not touch; weeks or days where it spans few."""
    span = (scale.last - scale.first).days
    if span > 75:
        months = _months(scale.first, scale.last)
        step = math.ceil(len(months) / 7)
        marks = [(month, f"{month:%b %Y}" if place == 0 or month.month <= step else f"{month:%b}")
                 for place, month in enumerate(months[::step])]  # fmt: skip
    else:
        step = max(1, math.ceil(span / 6))
        days = [scale.first + timedelta(days=offset) for offset in range(0, span + 1, step)]
        marks = [(day, f"{day.day} {day:%b}") for day in days]
    return "".join(
        f'<text class="tick" x="{scale.x(day):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(shown)}</text>'
        for day, shown in marks
    )


def _months(first: date, last: date) -> list[date]:
    """First days of months within, both ends included."""
    found, day = [], first.replace(day=1)
    while day <= last:
        if day >= first:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _path(points: Sequence[tuple[float, float | None]], scale: _Scale, place: int) -> str:
    """A line that is broken where a value is missing."""
    commands, is_drawing = [], False
    for x, value in points:
        if value is None:
            is_drawing = False
            continue
        commands.append(f"{'L' if is_drawing else 'M'}{x:.1f} {scale.y(value):.1f}")
        is_drawing = True
    return f'<path class="line s{place}" stroke-dasharray="{_DASHES[place]}" d="{"".join(commands)}"/>'


def _points(
    name: str, points: Sequence[tuple[float, float, date, float]], unit: Unit, place: int, cut: set[date]
) -> str:
    radius = 2 if len(points) > _MANY_POINTS else 3
    return "".join(
        f'<circle class="point s{place}{" hollow" if day in cut else ""}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">'
        f"<title>{escape(name)}, {day:%d %b %Y}: {escape(text.written(value, unit))}"
        f"{' (part of the period)' if day in cut else ''}</title></circle>"
        for x, y, day, value in points
    )


def _end_labels(ends: Sequence[tuple[float, str, int]], scale: _Scale) -> str:
    """Names at the ends of their lines, moved apart where they would touch."""
    placed: list[tuple[float, str, int]] = []
    for y, name, place in sorted(ends):
        lowest = placed[-1][0] + _LABEL_HEIGHT if placed else 0.0
        placed.append((max(y, lowest), name, place))
    overflow = (placed[-1][0] - scale.y(0)) if placed else 0.0
    shift = max(0.0, overflow)
    return "".join(
        f'<text class="name s{place}" x="{WIDTH - _RIGHT + 8}" y="{y - shift + 4:.1f}">{escape(name)}</text>'
        for y, name, place in placed
    )


def _ticks(most: float, unit: Unit) -> list[float]:
    """From zero to at least `most`, at round values of the unit."""
    most = most or 1.0
    if unit == "minutes":
        step = float(next((size for size in _DURATIONS if most / size <= _MOST_TICKS), 0)) or _round_step(most)
    else:
        step = _round_step(most)
        if unit == "count":
            step = max(1.0, step)
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


def _round_step(most: float) -> float:
    """1, 2 or 5 times a power of ten, such that there are few enough."""
    power: float = 10 ** math.floor(math.log10(most / _MOST_TICKS))
    return next(factor * power for factor in (1, 2, 5, 10) if most / (factor * power) <= _MOST_TICKS)
