"""Every figure of resolved tickets as an aggregate over their rows: the formulas of the published metrics."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from dashboard.figures.conditions import is_filled

#: What the aggregates are made of, columns of a select from `sdm.itsm`. Whole seconds: their sums do not depend on the
#: order of the rows, those of minutes do.
INPUTS = f"""
    resolve_minutes,
    cast(round(resolve_minutes * 60) as bigint) as resolve_seconds,
    cast(round(business_minutes * 60) as bigint) as business_seconds,
    is_child, reassignment_count, reopen_count, is_noise, made_sla,
    {is_filled("close_code")} as has_close_code
"""


def quantile(expression: str, share: float) -> str:
    """A quantile by linear interpolation, to the ninth decimal: where engines and releases agree."""
    return f"round(quantile_cont(cast({expression} as double), {share}), 9)"


_QUANTILES = "quantile_cont(resolve_minutes, [0.5, 0.9])"


def _mean_minutes(seconds: str) -> str:
    return f"cast(sum({seconds}) as double) / nullif(count({seconds}), 0) / 60"


def _count(condition: str) -> str:
    return f"count(*) filter (where {condition})"


def _share(condition: str) -> str:
    return f"cast({_count(condition)} as double) / count(*)"


#: Published table: its columns, beside `resolved_count` that all have.
TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mttr": (
            "mttr_minutes",
            "median_minutes",
            "p90_minutes",
            "business_mttr_minutes",
            "child_count",
            "mttr_without_children_minutes",
        ),
        "reassignment": ("mean_reassignments", "p90_reassignments", "zero_share", "three_plus_share"),
        "noise": ("noise_count", "noise_share", "noise_by_code_count", "noise_untouched_count"),
        "reopen": ("reopened_count", "reopen_rate"),
        "sla": ("made_sla_count", "made_sla_share", "task_sla_count", "task_sla_met_share"),
    }
)
#: Figures of `sdm.task_slas`, a table of its own.
OF_TASK_SLAS = ("task_sla_count", "task_sla_met_share")

#: Figure: its aggregate over INPUTS. Shares are of all rows, means and quantiles of those that have the number.
AGGREGATES: Mapping[str, str] = MappingProxyType(
    {
        "resolved_count": "count(*)",
        "mttr_minutes": _mean_minutes("resolve_seconds"),
        # Both from one list: the engine sees that they are the same aggregate, and computes it once.
        "median_minutes": f"round({_QUANTILES}[1], 9)",
        "p90_minutes": f"round({_QUANTILES}[2], 9)",
        "business_mttr_minutes": _mean_minutes("business_seconds"),
        "child_count": _count("is_child"),
        "mttr_without_children_minutes": _mean_minutes("case when not is_child then resolve_seconds end"),
        "mean_reassignments": "cast(sum(reassignment_count) as double) / nullif(count(reassignment_count), 0)",
        "p90_reassignments": quantile("reassignment_count", 0.9),
        "zero_share": _share("reassignment_count = 0"),
        "three_plus_share": _share("reassignment_count >= 3"),
        "noise_count": _count("is_noise"),
        "noise_share": _share("is_noise"),
        "noise_by_code_count": _count("is_noise and has_close_code"),
        "noise_untouched_count": _count("is_noise and not has_close_code"),
        "reopened_count": _count("reopen_count > 0"),
        "reopen_rate": _share("reopen_count > 0"),
        "made_sla_count": _count("made_sla"),
        "made_sla_share": _share("made_sla"),
    }
)
#: All figures, in the order of the published tables.
FIGURES = ("resolved_count", *(column for columns in TABLES.values() for column in columns))


def chosen(only: Iterable[str] | None) -> tuple[str, ...]:
    """The figures asked for (None: all) in order, `resolved_count` always. Raises ValueError for an unknown one."""
    if only is None:
        return FIGURES
    asked = {"resolved_count", *only}
    if unknown := asked.difference(FIGURES):
        raise ValueError(f"no figure of resolved tickets is called {', '.join(sorted(unknown))}")
    return tuple(name for name in FIGURES if name in asked)


def aggregated(figures: Iterable[str]) -> str:
    """The select list of figures over INPUTS; those of task SLAs are not among them."""
    return ", ".join(f"{AGGREGATES[name]} as {name}" for name in figures if name not in OF_TASK_SLAS)
