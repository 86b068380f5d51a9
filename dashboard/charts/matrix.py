"""A heat map with its numbers written in."""

from collections.abc import Mapping

import pandas as pd

from dashboard import text
from dashboard.charts.marks import Spec, tip, values
from dashboard.definitions import DEFINITIONS, Unit

_ROW_PIXELS = 26
_HEADING_PIXELS = 150


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
    is_dark: bool = False,
) -> Spec:
    """One cell a row of `frame`, the largest rows and columns first. `extra` are columns of text said on hover, with
    their titles. Small values are near the ground that the page has: light, or dark where `is_dark`."""
    orders = [list(frame.groupby(by)[value].sum().sort_values(ascending=False).index) for by in (row, column)]
    drawn = pd.DataFrame(
        {
            "row": frame[row].astype(str),
            "column": frame[column].astype(str),
            "value": frame[value].astype(float),
            "shown": frame[value].map(lambda number: text.written(number, unit)),
            **{name: frame[name] for name in extra or {}},
        }
    )
    # Of the numbers in cells of large and of small values.
    large, small = ("#111", "#eee") if is_dark else ("#fff", "#111")
    half = 0.55 * float(drawn["value"].max() or 0)
    axis = {"labelLimit": 220, "domain": False, "ticks": False, "labelOverlap": False, "labelFlush": False}
    titles = {"type": "nominal"}
    return {
        "height": _ROW_PIXELS * len(orders[0]) + _HEADING_PIXELS,
        "data": values(drawn),
        "encoding": {
            "x": {
                "field": "column",
                **titles,
                "sort": orders[1],
                "title": column_title,
                "axis": {**axis, "labelAngle": -40, "labelLimit": 150, "orient": "top"},
            },
            "y": {"field": "row", **titles, "sort": orders[0], "title": row_title, "axis": axis},
            "tooltip": [
                tip("row", row_title),
                tip("column", column_title),
                tip("shown", DEFINITIONS[value].label if value in DEFINITIONS else value),
                *(tip(name, title) for name, title in (extra or {}).items()),
            ],
        },
        "layer": [
            {
                "mark": {"type": "rect", "cornerRadius": 2},
                "encoding": {
                    "color": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"scheme": "darkblue" if is_dark else "blues"},
                        "legend": None,
                    }
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "shown"},
                    "color": {"condition": {"test": f"datum.value > {half}", "value": large}, "value": small},
                },
            },
        ],
    }
