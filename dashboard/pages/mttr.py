"""Time to resolve: its distribution, and who and what is slow."""

from dashboard import cards, charts, figures, text
from dashboard.definitions import DEFINITIONS, SMALL_N
from dashboard.frame import Page, guarded
from dashboard.pages.overview import fitting_grain
from dashboard.tables import Column

TITLE = "Time to resolve"
PATH = "mttr"
ICON = ":material/timer:"
UNUSED_FILTERS: tuple[str, ...] = ()

_CARDS = ("resolved_count", "mttr_minutes", "median_minutes", "p90_minutes", "business_mttr_minutes")
_TABLE = (*_CARDS, "child_count", "mttr_without_children_minutes")
_TREND = ("resolved_count", "median_minutes", "mttr_minutes")
#: Dimensions in the order of the questions asked most; others follow.
_FIRST = ("priority", "assignment_group", "service", "category", "ci")
#: Lines of a trend that can still be told apart.
_MOST_LINES = 5
_MOST_SPREADS = 15
_STATISTICS = {"median_minutes": "Median", "mttr_minutes": "Mean"}


def render(page: Page) -> None:
    with guarded("The headline"):
        cards.draw(page.ask(figures.headline, page.filters, only=_CARDS), _CARDS)
    _distribution(page)
    dimensions = page.ask(figures.dimensions)
    names = {name: dimensions[name] for name in sorted(dimensions, key=_place)}
    by = page.choose("Split by", names, key="by")
    _spread(page, by, names[by])
    _trend(page, by, names[by])
    _table(page, by, names[by])


def _place(dimension: str) -> int:
    return _FIRST.index(dimension) if dimension in _FIRST else len(_FIRST)


def _distribution(page: Page) -> None:
    with page.section(
        "How long tickets take",
        "Resolved tickets by time from opening to resolution. The axis is logarithmic: bins widen to the right.",
    ):
        bins = page.ask(figures.distribution, page.filters)
        if page.is_empty(bins, "No ticket was resolved."):
            return
        whole = page.ask(figures.headline, page.filters, only=_CARDS).figures
        median, mean = whole["median_minutes"].value, whole["mttr_minutes"].value
        page.chart(
            charts.histogram(bins, median=median, mean=mean),
            alt=f"Histogram of the time to resolve of {text.count(bins['tickets'].sum())} tickets: median "
            f"{text.minutes(median)}, mean {text.minutes(mean)}.",
            name="distribution",
            frame=bins,
            columns={
                "from_minutes": Column("From", "minutes"),
                "to_minutes": Column("To below", "minutes"),
                "tickets": Column("Tickets", "count"),
            },
        )


def _spread(page: Page, by: str, name: str) -> None:
    with page.section(
        f"Spread by {name.lower()}",
        "Line: from the fastest tenth to the slowest tenth. Bar: the middle half. Tick: median. Diamond: mean. The "
        f"axis is logarithmic. Pale: fewer than {SMALL_N} tickets.",
    ):
        spread = page.ask(figures.spread, page.filters, by=by, limit=_MOST_SPREADS)
        if page.is_empty(spread, "No ticket was resolved."):
            return
        slowest = spread.sort_values("median").iloc[-1]
        page.chart(
            charts.spread(spread),
            alt=f"Spread of the time to resolve by {name.lower()}, the {len(spread)} with the most tickets; the "
            f"highest median is that of {slowest['label']}, {text.minutes(slowest['median'])}.",
            name="spread",
            frame=spread,
            columns={
                "label": name,
                "n": Column("Tickets", "count"),
                **{
                    column: Column(title, "minutes")
                    for column, title in (
                        ("p10", "10 % within"),
                        ("p25", "25 % within"),
                        ("median", "Median"),
                        ("p75", "75 % within"),
                        ("p90", "90 % within"),
                        ("mean", "Mean"),
                    )
                },
            },
        )


def _trend(page: Page, by: str, name: str) -> None:
    with page.section(
        f"Trend by {name.lower()}",
        f"The {_MOST_LINES} with the most resolved tickets, by the time of resolution (UTC).",
    ):
        figure = page.choose("Line shows", _STATISTICS, key="line")
        # A finer grain than weeks would show noise where tickets are split.
        grain = "week" if fitting_grain(page) == "day" else "month"
        trend = page.ask(figures.resolved, page.filters, by=by, grain=grain, only=_TREND)
        if page.is_empty(trend, "No ticket was resolved."):
            return
        most = trend.groupby("label")["resolved_count"].sum().nlargest(_MOST_LINES).index
        page.chart(
            charts.lines_by(trend, figure, by="label", names=list(most), n="resolved_count"),
            alt=f"{DEFINITIONS[figure].label} by {grain} of {', '.join(map(str, most))}.",
            name="trend",
            frame=trend,
            columns={
                "period_start": Column("From (UTC)", "day"),
                "label": name,
                **dict.fromkeys(_TREND),
            },
        )


def _table(page: Page, by: str, name: str) -> None:
    with page.section(f"All by {name.lower()}", DEFINITIONS["mttr_minutes"].hover):
        rows = page.ask(figures.resolved, page.filters, by=by, only=_TABLE)
        if page.is_empty(rows, "No ticket was resolved."):
            return
        page.table(
            rows,
            {"label": Column(name, width="medium"), **dict.fromkeys(_TABLE)},
            name=f"mttr-by-{by}",
            n="resolved_count",
        )
