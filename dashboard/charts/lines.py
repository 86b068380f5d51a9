"""Figures over time."""

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard import text
from dashboard.charts.marks import HEIGHT, Spec, legend_of, quantity, series, tip, values
from dashboard.definitions import DEFINITIONS, Unit

#: Lines of more points are drawn without them.
_MOST_POINTS = 70
#: As many points have each a mark of their own at the axis.
_MOST_MARKED = 16
_MONTHS_FROM_DAYS = 80
#: Lines are told apart by them, too.
_DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3], [12, 4])
_POINT = {"type": "point", "size": 48, "strokeWidth": 1.75, "opacity": 1}


def lines(
    frame: pd.DataFrame,
    figures: Mapping[str, str] | Sequence[str],
    *,
    x: str = "period_start",
    n: str | None = None,
    height: int = HEIGHT,
    unit: Unit | None = None,
    zero: bool = True,
) -> Spec:
    """`figures` are columns of one unit, each with its name in the legend if a mapping.

    A column `is_partial` makes the points of such periods hollow; `n` is the column of counts said on hover. The axis
    begins at zero unless told otherwise.
    """
    names = dict(figures) if isinstance(figures, Mapping) else {name: DEFINITIONS[name].label for name in figures}
    kept = ["is_partial"] if "is_partial" in frame else []
    # A count may be drawn and said at once.
    long = frame.assign(cases=frame[n] if n else None).melt([x, "cases", *kept], list(names), "figure", "value")
    long["figure"] = long["figure"].map(names)
    unit = unit or DEFINITIONS[next(iter(names))].unit
    return _drawn(long, list(names.values()), x, unit, says_n=n is not None, height=height, zero=zero)


def lines_by(
    frame: pd.DataFrame,
    figure: str,
    *,
    by: str,
    names: Sequence[str],
    x: str = "period_start",
    n: str | None = None,
    height: int = HEIGHT,
) -> Spec:
    """One figure, a line for each of `names`, the values of the column `by` that are drawn, in order."""
    long = frame[frame[by].isin(names)].assign(figure=frame[by], value=frame[figure], cases=frame[n] if n else None)
    return _drawn(long, list(names), x, DEFINITIONS[figure].unit, says_n=n is not None, height=height, zero=True)


def _drawn(long: pd.DataFrame, names: list[str], x: str, unit: Unit, *, says_n: bool, height: int, zero: bool) -> Spec:
    """Columns `x`, `figure`, `value`, `cases` and perhaps `is_partial`."""
    long = long.dropna(subset=["value"])
    partial = long["is_partial"].astype(bool) if "is_partial" in long else pd.Series(False, index=long.index)
    drawn = pd.DataFrame(
        {
            # Milliseconds, so that a browser elsewhere shows the same day.
            "at": long[x].astype("datetime64[ms]").astype("int64"),
            "day": long[x].map(lambda day: f"{day.day} {day:%b %Y}"),
            "figure": long["figure"],
            "value": long["value"].astype(float),
            "shown": long["value"].map(lambda value: text.written(value, unit)),
            "is_partial": partial,
        }
    )
    tooltip = [tip("day", "From (UTC)"), tip("figure", "Line"), tip("shown", "Value")]
    if says_n:
        drawn["cases"] = long["cases"].map(text.cases)
        tooltip.append(tip("cases", "Tickets"))
    if partial.any():
        drawn["note"] = partial.map({True: "not a whole period", False: "whole period"})
        tooltip.append(tip("note", "Period"))
    legend = legend_of(names, symbolType="stroke", symbolStrokeWidth=3, symbolSize=260)
    colors = series(names, legend)
    dashes = {
        "field": "figure",
        "type": "nominal",
        "scale": {"domain": names, "range": [_DASHES[place % len(_DASHES)] for place in range(len(names))]},
        "legend": legend,
    }
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2.25}, "encoding": {"color": colors, "strokeDash": dashes}}
    ]
    if drawn["at"].nunique() <= _MOST_POINTS:
        layers += [
            {
                "mark": {**_POINT, "filled": filled},
                "encoding": {"color": colors},
                "transform": [{"filter": "!datum.is_partial" if filled else "datum.is_partial"}],
            }
            for filled in (True, False)
            if (partial != filled).any()
        ]
    # A wide mark that nobody sees, so that a reader need not hit a point of four pixels.
    layers.append({"mark": {"type": "circle", "size": 260, "opacity": 0}})
    return {
        "height": height,
        "data": values(drawn),
        "encoding": {
            "x": _time(long[x]),
            "y": quantity("value", unit, drawn["value"], zero=zero),
            "tooltip": tooltip,
        },
        "layer": layers,
    }


def _time(days: pd.Series) -> Spec:
    shown = sorted(map(pd.Timestamp, days.unique()))
    is_long = len(shown) > 1 and ((shown[-1] - shown[0]).days > _MONTHS_FROM_DAYS or all(day.day == 1 for day in shown))
    axis: Spec = {"format": "%b %Y" if is_long else "%-d %b", "grid": False, "labelOverlap": True, "tickCount": 8}
    if len(shown) <= _MOST_MARKED:
        # Each point has its mark; a browser's own choice would fall between them.
        axis["values"] = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in shown]
    return {"field": "at", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": axis}
