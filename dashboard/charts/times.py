"""How resolve times are spread: beside one another, and in bins."""

import pandas as pd

from dashboard import text
from dashboard.charts.marks import (
    GREY,
    HEIGHT,
    LEGEND,
    Spec,
    faded_where_few,
    log_minutes,
    quantity,
    rows,
    series,
    tip,
    values,
)
from dashboard.definitions import SMALL_N

_ROW_PIXELS = 28
_STATISTICS = ("p10", "p25", "median", "p75", "p90", "mean")
_SAID = {
    "median": "Median",
    "mean": "Mean",
    "p10": "10 % within",
    "p25": "25 % within",
    "p75": "75 % within",
    "p90": "90 % within",
}


def spread(frame: pd.DataFrame, *, of: str = "label") -> Spec:
    """Resolve times of each row on a logarithmic axis: line from p10 to p90, bar from p25 to p75, median and mean.

    Columns `p10`, `p25`, `median`, `p75`, `p90`, `mean` (minutes) and `n`, as `figures.spread` gives them.
    """
    drawn = pd.DataFrame(
        {
            "of": frame[of].astype(str),
            "cases": frame["n"].map(text.cases),
            "few": frame["n"] < SMALL_N,
            # A logarithmic axis has no zero: what was resolved within a minute stands at one.
            **{name: frame[name].astype(float).clip(lower=1) for name in _STATISTICS},
            **{f"{name}_shown": frame[name].map(text.minutes) for name in _STATISTICS},
        }
    )
    domain = [float(drawn["p10"].min()) / 1.2, max(float(drawn["p90"].max()), float(drawn["mean"].max())) * 1.2]
    colors = series(["Median", "Mean"], LEGEND)

    def of_one(statistic: str, name: str, mark: Spec) -> Spec:
        return {
            "transform": [{"calculate": f"'{name}'", "as": "figure"}],
            "mark": mark,
            "encoding": {"x": log_minutes(statistic, domain), "color": colors},
        }

    return {
        "height": _ROW_PIXELS * len(drawn) + 90,
        "data": values(drawn),
        "encoding": {
            "y": rows("of", list(drawn["of"])),
            "opacity": faded_where_few(),
            "tooltip": [
                tip("of", "Of"),
                tip("cases", "Tickets"),
                *(tip(f"{name}_shown", title) for name, title in _SAID.items()),
            ],
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": GREY},
                "encoding": {"x": log_minutes("p10", domain), "x2": {"field": "p90"}},
            },
            {
                "mark": {"type": "bar", "height": 10, "color": GREY, "fillOpacity": 0.55, "cornerRadius": 2},
                "encoding": {"x": log_minutes("p25", domain), "x2": {"field": "p75"}},
            },
            of_one("median", "Median", {"type": "tick", "thickness": 3.5, "size": 18}),
            of_one("mean", "Mean", {"type": "point", "shape": "diamond", "filled": True, "size": 70}),
        ],
    }


def histogram(frame: pd.DataFrame, *, median: float | None = None, mean: float | None = None) -> Spec:
    """Tickets by resolve time in bins, as `figures.distribution` gives them; median and mean as lines."""
    total = float(frame["tickets"].sum())
    bins = [(float(low), float(high)) for low, high in zip(frame["from_minutes"], frame["to_minutes"], strict=True)]
    drawn = pd.DataFrame(
        {
            "figure": "Tickets",
            "bin": [f"{text.minutes(low)} to {text.minutes(high)}" for low, high in bins],
            # The first bin begins at zero, which a logarithmic axis has not.
            "left": [max(low, high / 2) for low, high in bins],
            "right": [high for _, high in bins],
            "tickets": frame["tickets"].astype(float),
            "shown": frame["tickets"].map(text.count),
            "share": (frame["tickets"] / total).map(text.share) if total else text.MISSING,
        }
    )
    domain = [float(drawn["left"].min()), float(drawn["right"].max())]
    colors = series(["Tickets", "Median", "Mean"])
    height = quantity("tickets", "count", drawn["tickets"], title="Tickets")
    # Room above for what the lines are called.
    height["scale"] = {"domain": [0, 1.15 * max(float(drawn["tickets"].max()), 1.0)], "nice": False}
    columns: Spec = {
        "data": values(drawn),
        "mark": {"type": "bar", "binSpacing": 1},
        "encoding": {
            "x": {**log_minutes("left", domain), "bin": "binned"},
            "x2": {"field": "right"},
            "y": height,
            "color": colors,
            "tooltip": [tip("bin", "Resolved within"), tip("shown", "Tickets"), tip("share", "Share")],
        },
    }
    return {"height": HEIGHT, "layer": [columns, *_lines({"Median": median, "Mean": mean}, domain, colors)]}


def _lines(at: dict[str, float | None], domain: list[float], colors: Spec) -> list[Spec]:
    """A line for each value with its name above; the smaller one's stands to its left, so that the two never meet."""
    shown = sorted((value, name) for name, value in at.items() if value and domain[0] <= value <= domain[1])
    layers: list[Spec] = []
    for place, (value, name) in enumerate(shown):
        is_left = place < len(shown) - 1
        data = {"values": [{"at": value, "figure": name, "shown": f"{name} {text.minutes(value)}"}]}
        x = log_minutes("at", domain)
        layers += [
            {
                "data": data,
                "mark": {"type": "rule", "strokeWidth": 2.5},
                "encoding": {"x": x, "color": colors, "tooltip": [tip("shown", "Line")]},
            },
            {
                "data": data,
                "mark": {
                    "type": "text",
                    "align": "right" if is_left else "left",
                    "dx": -6 if is_left else 6,
                    "dy": 3,
                    "baseline": "top",
                },
                "encoding": {"x": x, "y": {"value": 0}, "color": colors, "text": {"field": "shown"}},
            },
        ]
    return layers
