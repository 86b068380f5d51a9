"""Charts: lines over time, bars, spreads, histograms and matrices, in colours that the colour-blind tell apart.

A chart takes a frame as `dashboard.figures` gives it and names its columns. Numbers that a reader points at are written
as everywhere (`3 h 20 min`), with n. Colours come from the theme, which has sets for light and dark; what matters is
told by shape or position too. Time runs to the right, in UTC.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard import text
from dashboard.definitions import DEFINITIONS, SMALL_N, Unit

HEIGHT = 260
_BAR = 22
_GREY = "#8a949e"
_LEGEND = alt.Legend(title=None, orient="top")
#: Where an axis of durations has its marks, in minutes.
_STEPS = (
    1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 7200, 10080, 14400, 20160, 43200, 86400, 172800,
)  # fmt: skip
_LOG_MARKS = (1, 5, 15, 60, 240, 1440, 4320, 10080, 43200, 129600, 525600)
_MARKS = 5
#: Lines of more points are drawn without them.
_MOST_POINTS = 70
_MONTHS_FROM_DAYS = 80
_DAYS_MARKED = 16

_LABELS: Mapping[Unit, str] = {
    "minutes": (
        "datum.value < 60 ? datum.value + ' min' : datum.value < 1440 ? format(datum.value / 60, '.3~r') + ' h'"
        " : format(datum.value / 1440, '.3~r') + ' d'"
    ),
    "share": "format(datum.value * 100, '.3~r') + ' %'",
    "count": "replace(format(datum.value, ',.3~r'), /,/g, '\u202f')",
    "number": "format(datum.value, '.3~r')",
    "days": "format(datum.value, '.3~r') + ' d'",
}


def lines(
    frame: pd.DataFrame,
    figures: Mapping[str, str] | Sequence[str],
    *,
    x: str = "period_start",
    n: str | None = None,
    height: int = HEIGHT,
    unit: Unit | None = None,
    zero: bool = True,
) -> alt.LayerChart:
    """Figures over time. `figures` are columns of one unit, each with its name in the legend if a mapping.

    A column `is_partial` makes the points of such periods hollow; `n` is the column of counts said on hover. The axis
    begins at zero unless told otherwise.
    """
    names = dict(figures) if isinstance(figures, Mapping) else {name: DEFINITIONS[name].label for name in figures}
    kept = [name for name in ("is_partial", n) if name and name in frame and name not in names]
    # A count may be drawn and said at once.
    long = frame.assign(cases=frame[n] if n else None).melt(
        [x, "cases", *(name for name in kept if name != n)], list(names), "figure", "value"
    )
    long["figure"] = long["figure"].map(names)
    return _lines(
        long, list(names.values()), x, unit or DEFINITIONS[next(iter(names))].unit, n is not None, height, zero
    )


def lines_by(
    frame: pd.DataFrame,
    figure: str,
    *,
    by: str,
    names: Sequence[str],
    x: str = "period_start",
    n: str | None = None,
    height: int = HEIGHT,
) -> alt.LayerChart:
    """One figure over time, a line for each of `names`, the values of the column `by` that are drawn, in order."""
    long = frame[frame[by].isin(names)].assign(figure=frame[by], value=frame[figure], cases=frame[n] if n else None)
    return _lines(long, list(names), x, DEFINITIONS[figure].unit, n is not None, height, zero=True)


def _lines(
    long: pd.DataFrame, names: list[str], x: str, unit: Unit, says_n: bool, height: int, zero: bool
) -> alt.LayerChart:
    """Columns `x`, `figure`, `value`, `cases` and perhaps `is_partial`."""
    wanted = [x, "figure", "value", "cases", *(["is_partial"] if "is_partial" in long else [])]
    long = long.dropna(subset=["value"])[wanted].assign(
        shown=lambda rows: rows["value"].map(lambda value: text.written(value, unit)),
        cases=lambda rows: rows["cases"].map(text.cases) if says_n else "",
        is_partial=lambda rows: rows.get("is_partial", False),
        note=lambda rows: rows["is_partial"].map({True: "not a whole period", False: "whole period"}),
    )
    # With its zone said, a browser elsewhere shows the same day.
    long[x] = long[x].dt.tz_localize("UTC")
    long["day"] = long[x].map(lambda day: f"{day.day} {day:%b %Y}")
    tooltip = [_tip("day", "From (UTC)"), _tip("figure", "Line"), _tip("shown", "Value")]
    if says_n:
        tooltip.append(_tip("cases", "Tickets"))
    if long["is_partial"].any():
        tooltip.append(_tip("note", "Period"))
    base = alt.Chart(long).encode(
        x=_time(long[x]),
        y=alt.Y("value:Q", title=None, axis=axis_of(unit, long["value"]), scale=_scale(unit, long["value"], zero)),
        tooltip=tooltip,
    )
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolStrokeWidth=3, symbolSize=260)
    series = _series(names, legend if len(names) > 1 else None)
    # Told apart without colours, too; its legend is that of the colours.
    dashes = alt.StrokeDash("figure:N", scale=alt.Scale(domain=names), legend=legend if len(names) > 1 else None)
    layers = [base.mark_line(strokeWidth=2.25).encode(color=series, strokeDash=dashes)]
    if long[x].nunique() <= _MOST_POINTS:
        layers += [
            base.mark_point(size=48, strokeWidth=1.75, filled=filled, opacity=1)
            .encode(color=series)
            .transform_filter("!datum.is_partial" if filled else "datum.is_partial")
            for filled in (True, False)
            if (long["is_partial"] != filled).any()
        ]
    # A wide mark that nobody sees, so that a reader need not hit a point of four pixels.
    layers.append(base.mark_circle(size=260, opacity=0))
    return _laid(alt.layer(*layers), height)


def columns(
    frame: pd.DataFrame, figures: Mapping[str, str], *, x: str, unit: Unit = "count", height: int = HEIGHT
) -> alt.Chart:
    """Columns side by side over ordered text, such as ages; `figures` are columns of one unit with their names."""
    long = frame.melt([x], list(figures), "figure", "value").dropna(subset=["value"])
    long["figure"] = long["figure"].map(figures)
    long["shown"] = long["value"].map(lambda value: text.written(value, unit))
    chart = (
        alt.Chart(long)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(f"{x}:N", title=None, sort=list(frame[x]), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("value:Q", title=None, axis=axis_of(unit, long["value"])),
            color=_series(figures.values(), _LEGEND if len(figures) > 1 else None),
            xOffset=alt.XOffset("figure:N", sort=list(figures.values())) if len(figures) > 1 else alt.Undefined,
            tooltip=[_tip(x, "Of"), _tip("figure", "Figure"), _tip("shown", "Value")],
        )
    )
    return _laid(chart, height)


def bars(
    frame: pd.DataFrame,
    figure: str,
    *,
    of: str,
    n: str | None = None,
    unit: Unit | None = None,
    title: str | None = None,
) -> alt.LayerChart:
    """Lying bars, one a row of `frame` in its order, their values written at their ends. `of` names them."""
    unit = unit or DEFINITIONS[figure].unit
    title = title or DEFINITIONS[figure].label
    shown = frame.assign(
        shown=frame[figure].map(lambda value: text.written(value, unit)),
        cases=frame[n].map(text.cases) if n else "",
        few=frame[n] < SMALL_N if n else False,
    )
    base = alt.Chart(shown).encode(
        y=_rows(frame, of),
        x=alt.X(f"{figure}:Q", title=None, axis=axis_of(unit, frame[figure]), scale=alt.Scale(nice=False, padding=40)),
        tooltip=[_tip(of, "Of"), _tip("shown", title), *([_tip("cases", "Tickets")] if n else [])],
    )
    return _laid(
        alt.layer(
            base.mark_bar(cornerRadiusEnd=2).encode(opacity=alt.condition("datum.few", alt.value(0.4), alt.value(1))),
            base.mark_text(align="left", dx=4, color=_GREY).encode(text="shown:N"),
        ),
        _BAR * len(frame) + 40,
    )


def spread(frame: pd.DataFrame, *, of: str = "label") -> alt.LayerChart:
    """Resolve times of each row on a logarithmic axis: line from p10 to p90, bar from p25 to p75, median and mean.

    Columns `p10`, `p25`, `median`, `p75`, `p90`, `mean` (minutes) and `n`, as `figures.spread` gives them.
    """
    written = {f"{name}_text": frame[name].map(text.minutes) for name in ("p10", "p25", "median", "p75", "p90", "mean")}
    # A logarithmic axis has no zero: what was resolved within a minute stands at one.
    placed = {name: frame[name].clip(lower=1) for name in ("p10", "p25", "median", "p75", "p90", "mean")}
    shown = frame.assign(**placed, **written, cases=frame["n"].map(text.cases), few=frame["n"] < SMALL_N)
    scale = alt.Scale(type="log", nice=False, domain=_log_domain(shown["p10"], shown[["p90", "mean"]].max(axis=1)))
    tooltip = [
        _tip(of, "Of"),
        _tip("cases", "Tickets"),
        _tip("median_text", "Median"),
        _tip("mean_text", "Mean"),
        _tip("p10_text", "10 % within"),
        _tip("p25_text", "25 % within"),
        _tip("p75_text", "75 % within"),
        _tip("p90_text", "90 % within"),
    ]
    faded = alt.condition("datum.few", alt.value(0.4), alt.value(1))
    base = alt.Chart(shown).encode(y=_rows(frame, of), tooltip=tooltip, opacity=faded)
    marks = _series(["Median", "Mean"], _LEGEND)

    def x_of(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title=None, scale=scale, axis=_log_axis(scale.domain))

    return _laid(
        alt.layer(
            base.mark_rule(strokeWidth=2, color=_GREY).encode(x=x_of("p10"), x2="p90:Q"),
            base.mark_bar(height=10, color=_GREY, fillOpacity=0.55, cornerRadius=2).encode(x=x_of("p25"), x2="p75:Q"),
            base.transform_calculate(figure="'Median'")
            .mark_tick(thickness=3.5, size=18)
            .encode(x=x_of("median"), color=marks),
            base.transform_calculate(figure="'Mean'")
            .mark_point(shape="diamond", filled=True, size=70)
            .encode(x=x_of("mean"), color=marks),
        ).resolve_scale(color="shared"),
        (_BAR + 6) * len(frame) + 90,
    )


def histogram(frame: pd.DataFrame, *, median: float | None = None, mean: float | None = None) -> alt.LayerChart:
    """Tickets by resolve time in bins that double, as `figures.distribution` gives them; median and mean as lines."""
    total = float(frame["tickets"].sum())
    names = [f"{text.minutes(low)} to {text.minutes(high)}" for low, high in _bins(frame)]
    shown = frame.assign(
        bin=names,
        # Without its zero the first bin is as wide as the others.
        left=[max(low, high / 2) for low, high in _bins(frame)],
        shown=frame["tickets"].map(text.count),
        share=(frame["tickets"] / total).map(text.share) if total else "",
    )
    domain = [float(shown["left"].min()), float(shown["to_minutes"].max())]
    scale = alt.Scale(type="log", domain=domain, nice=False)
    colors = _series(["Tickets", "Median", "Mean"], None)
    bars_ = (
        alt.Chart(shown.assign(figure="Tickets"))
        .mark_bar(stroke="transparent", binSpacing=1)
        .encode(
            x=alt.X("left:Q", bin="binned", title=None, scale=scale, axis=_log_axis(domain)),
            x2="to_minutes:Q",
            y=alt.Y(
                "tickets:Q",
                title="Tickets",
                axis=axis_of("count", frame["tickets"]),
                # Room above for what the lines are called.
                scale=alt.Scale(domainMax=1.15 * float(frame["tickets"].max()), nice=False),
            ),
            color=colors,
            tooltip=[_tip("bin", "Resolved within"), _tip("shown", "Tickets"), _tip("share", "Share")],
        )
    )
    marks = [(name, value) for name, value in (("Median", median), ("Mean", mean)) if value and value >= domain[0]]
    if not marks:
        return _laid(alt.layer(bars_), HEIGHT)
    at = pd.DataFrame({"at": [value for _, value in marks], "figure": [name for name, _ in marks]})
    at["shown"] = [f"{name} {text.minutes(value)}" for name, value in marks]
    rules = (
        alt.Chart(at)
        .mark_rule(strokeWidth=2.5)
        .encode(x=alt.X("at:Q", scale=scale), tooltip=[_tip("shown", "Line")], color=colors)
    )
    # The smaller one's words stand to its left, so that the two never meet.
    smaller = min(value for _, value in marks)
    words = [
        alt.Chart(at[(at["at"] == smaller) == is_smaller])
        .mark_text(align="right" if is_smaller else "left", dx=-6 if is_smaller else 6, dy=3, baseline="top")
        .encode(x=alt.X("at:Q", scale=scale), y=alt.value(0), text="shown:N", color=colors)
        for is_smaller in (True, False)
    ]
    return _laid(alt.layer(bars_, rules, *words), HEIGHT)


def matrix(
    frame: pd.DataFrame,
    value: str,
    *,
    row: str,
    column: str,
    row_title: str,
    column_title: str,
    unit: Unit = "count",
    extra: Mapping[str, str] | None = None,
) -> alt.LayerChart:
    """A heat map with its numbers written in. `extra` are columns of text for the hover, with their titles."""
    shown = frame.assign(shown=frame[value].map(lambda number: text.written(number, unit)))
    order_rows = list(frame.groupby(row)[value].sum().sort_values(ascending=False).index)
    order_columns = list(frame.groupby(column)[value].sum().sort_values(ascending=False).index)
    half = float(frame[value].max() or 0) * 0.55
    base = alt.Chart(shown).encode(
        x=alt.X(
            f"{column}:N",
            sort=order_columns,
            title=column_title,
            axis=alt.Axis(labelAngle=-40, labelLimit=150, orient="top", domain=False, ticks=False),
        ),
        y=alt.Y(f"{row}:N", sort=order_rows, title=row_title, axis=alt.Axis(labelLimit=220, domain=False, ticks=False)),
        tooltip=[
            _tip(row, row_title),
            _tip(column, column_title),
            _tip("shown", DEFINITIONS[value].label if value in DEFINITIONS else value),
            *(_tip(name, title) for name, title in (extra or {}).items()),
        ],
    )
    return _laid(
        alt.layer(
            base.mark_rect(cornerRadius=2).encode(
                color=alt.Color(f"{value}:Q", scale=alt.Scale(scheme="cividis"), legend=None)
            ),
            # Cividis runs from dark blue to yellow whatever the theme.
            base.mark_text(fontSize=11).encode(
                text="shown:N", color=alt.condition(f"datum['{value}'] > {half}", alt.value("#111"), alt.value("#fff"))
            ),
        ),
        26 * len(order_rows) + 150,
    )


def axis_of(unit: Unit, values: pd.Series) -> alt.Axis:
    """An axis from zero whose marks fall on round numbers of the unit, in its words."""
    given: dict[str, Any] = {"labelExpr": _LABELS[unit], "tickCount": _MARKS, "grid": True, "domain": False}
    if unit == "minutes":
        given["values"] = _marks_of_minutes(values)
    if unit == "count":
        given["tickMinStep"] = 1
    return alt.Axis(**given)


def _scale(unit: Unit, values: pd.Series, zero: bool) -> alt.Scale:
    if unit == "minutes" and zero:
        return alt.Scale(domain=[0, _marks_of_minutes(values)[-1]], nice=False)
    return alt.Scale(zero=zero, nice=True)


def _marks_of_minutes(values: pd.Series) -> list[int]:
    """Round durations from zero to just above the largest."""
    top = float(values.max()) if values.notna().any() else 1.0
    step = next((step for step in _STEPS if top / step <= _MARKS), _STEPS[-1])
    return [step * place for place in range(math.ceil(max(top, 1.0) / step) + 1)]


def _bins(frame: pd.DataFrame) -> list[tuple[float, float]]:
    return [(float(low), float(high)) for low, high in zip(frame["from_minutes"], frame["to_minutes"], strict=True)]


def _log_domain(low: pd.Series, high: pd.Series) -> list[float]:
    return [float(low.min()) / 1.2, float(high.max()) * 1.2]


def _log_axis(domain: Any) -> alt.Axis:
    marks = [mark for mark in _LOG_MARKS if domain[0] <= mark <= domain[1]]
    return alt.Axis(labelExpr=_LABELS["minutes"], values=marks, grid=True, domain=False)


def _time(moments: pd.Series) -> alt.X:
    days = sorted(moments.unique())
    is_long = len(days) > 1 and ((days[-1] - days[0]).days > _MONTHS_FROM_DAYS or all(day.day == 1 for day in days))
    axis = alt.Axis(format="%b %Y" if is_long else "%-d %b", grid=False, labelOverlap=True, tickCount=8)
    if len(days) <= _DAYS_MARKED:
        # Each point has its mark; a browser's own choice would fall between them.
        axis.values = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in days]
    return alt.X(f"{moments.name}:T", title=None, axis=axis, scale=alt.Scale(type="utc"))


def _rows(frame: pd.DataFrame, of: str) -> alt.Y:
    axis = alt.Axis(labelLimit=230, domain=False, ticks=False, labelPadding=8, labelOverlap=False)
    return alt.Y(f"{of}:N", title=None, sort=list(frame[of]), axis=axis)


def _series(names: Iterable[str], legend: alt.Legend | None) -> alt.Color:
    """Colours of the theme in the order of the names."""
    domain = list(names)
    return alt.Color("figure:N", scale=alt.Scale(domain=domain), sort=domain, legend=legend)


def _tip(column: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(f"{column}:N", title=title)


def _laid(chart: Any, height: int) -> Any:
    return chart.properties(height=height)
