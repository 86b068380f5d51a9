"""Bars: lying ones for what has a name, standing ones for what has an order."""

from collections.abc import Mapping

import pandas as pd

from dashboard import text
from dashboard.charts.marks import GREY, HEIGHT, Spec, faded_where_few, legend_of, quantity, rows, series, tip, values
from dashboard.definitions import DEFINITIONS, SMALL_N, Unit

_ROW_PIXELS = 26


def bars(
    frame: pd.DataFrame,
    figure: str,
    *,
    of: str,
    n: str | None = None,
    unit: Unit | None = None,
    title: str | None = None,
) -> Spec:
    """Lying bars, one a row of `frame` in its order, their values written at their ends. `of` names them.

    `n` is the column of counts said on hover; bars of few are pale.
    """
    unit = unit or DEFINITIONS[figure].unit
    title = title or DEFINITIONS[figure].label
    drawn = pd.DataFrame(
        {
            "of": frame[of].astype(str),
            "value": frame[figure].astype(float),
            "shown": frame[figure].map(lambda value: text.written(value, unit)),
            "cases": frame[n].map(text.cases) if n else "",
            "few": frame[n] < SMALL_N if n else False,
        }
    )
    length = quantity("value", unit, drawn["value"])
    # Room for what is written at the end of the longest.
    length["scale"] = {"domain": [0, 1.18 * max(float(drawn["value"].max()), 1e-9)], "nice": False}
    return {
        "height": _ROW_PIXELS * len(drawn) + 40,
        "data": values(drawn),
        "encoding": {
            "y": rows("of", list(drawn["of"])),
            "x": length,
            "tooltip": [tip("of", "Of"), tip("shown", title), *([tip("cases", "Tickets")] if n else [])],
        },
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"opacity": faded_where_few()}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": GREY},
                "encoding": {"text": {"field": "shown"}},
            },
        ],
    }


def columns(
    frame: pd.DataFrame, figures: Mapping[str, str], *, x: str, unit: Unit = "count", height: int = HEIGHT
) -> Spec:
    """Columns side by side over ordered text, such as ages; `figures` are columns of one unit with their names."""
    names = list(figures.values())
    long = frame.melt([x], list(figures), "figure", "value").dropna(subset=["value"])
    drawn = pd.DataFrame(
        {
            "of": long[x].astype(str),
            "figure": long["figure"].map(figures),
            "value": long["value"].astype(float),
            "shown": long["value"].map(lambda value: text.written(value, unit)),
        }
    )
    beside = {"xOffset": {"field": "figure", "type": "nominal", "sort": names}} if len(names) > 1 else {}
    return {
        "height": height,
        "data": values(drawn),
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {
                "field": "of",
                "type": "nominal",
                "title": None,
                "sort": list(frame[x].astype(str)),
                "axis": {"labelAngle": 0, "labelOverlap": True},
            },
            "y": quantity("value", unit, drawn["value"]),
            "color": series(names, legend_of(names)),
            "tooltip": [tip("of", "Of"), tip("figure", "Figure"), tip("shown", "Value")],
            **beside,
        },
    }
