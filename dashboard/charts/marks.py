"""What charts share: axes in the words of their units, colours, hovers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.definitions import Unit

#: A Vega-Lite specification, or a part of one.
Spec = dict[str, Any]

HEIGHT = 260
#: Readable on light and on dark.
GREY = "#8a949e"
#: Legends stand above their chart.
LEGEND: Spec = {"title": None, "orient": "top"}
#: Of few cases; others are opaque.
PALE = 0.4

#: Where an axis of durations may have its marks, in minutes.
_STEPS = (
    1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 7200, 10080, 14400, 20160, 43200, 86400, 172800,
)  # fmt: skip
_LOG_MARKS = (1, 5, 15, 60, 240, 1440, 4320, 10080, 43200, 129600, 525600)
_MARKS = 5

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


def values(frame: pd.DataFrame) -> Spec:
    """The rows as data of a specification; missing values are null."""
    return {"values": frame.astype(object).where(frame.notna(), None).to_dict("records")}


def tip(column: str, title: str) -> Spec:
    """A line of a hover: a column of text and what it is called."""
    return {"field": column, "type": "nominal", "title": title}


def series(names: Iterable[str], legend: Spec | None = None) -> Spec:
    """Colours of the theme for the column `figure`, in the order of the names."""
    domain = list(names)
    return {"field": "figure", "type": "nominal", "scale": {"domain": domain}, "sort": domain, "legend": legend}


def legend_of(names: Sequence[str], **more: Any) -> Spec | None:
    """A legend where there is more than one name."""
    return {**LEGEND, **more} if len(names) > 1 else None


def quantity(column: str, unit: Unit, shown: pd.Series, *, zero: bool = True, **more: Any) -> Spec:
    """An axis of numbers in the words of their unit, its marks round; from zero unless told otherwise."""
    axis: Spec = {"labelExpr": _LABELS[unit], "tickCount": _MARKS, "grid": True, "domain": False}
    scale: Spec = {"zero": zero, "nice": True}
    if unit == "minutes" and zero:
        axis["values"] = _marks_of_minutes(shown)
        scale = {"domain": [0, axis["values"][-1]], "nice": False}
    if unit == "count":
        axis["tickMinStep"] = 1
    return {"field": column, "type": "quantitative", "title": None, "axis": axis, "scale": scale, **more}


def log_minutes(column: str, domain: Sequence[float]) -> Spec:
    """A logarithmic axis of durations."""
    marks = [mark for mark in _LOG_MARKS if domain[0] <= mark <= domain[1]]
    return {
        "field": column,
        "type": "quantitative",
        "title": None,
        "scale": {"type": "log", "domain": list(domain), "nice": False},
        "axis": {"labelExpr": _LABELS["minutes"], "values": marks, "grid": True, "domain": False},
    }


def rows(column: str, order: Sequence[str]) -> Spec:
    """Names one below the other, all of them written."""
    axis = {"labelLimit": 230, "domain": False, "ticks": False, "labelPadding": 8}
    axis |= {"labelOverlap": False, "labelFlush": False}
    return {"field": column, "type": "nominal", "title": None, "sort": list(order), "axis": axis}


def faded_where_few() -> Spec:
    """Rows whose column `few` is true are pale."""
    return {"condition": {"test": "datum.few", "value": PALE}, "value": 1}


def _marks_of_minutes(shown: pd.Series) -> list[int]:
    """Round durations from zero to just above the largest."""
    top = max(float(shown.max()) if shown.notna().any() else 1.0, 1.0)
    step = next((step for step in _STEPS if top / step <= _MARKS), _STEPS[-1])
    return [step * place for place in range(math.ceil(top / step) + 1)]
