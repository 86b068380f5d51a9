"""The data-quality report as one HTML page without scripts or outside resources."""

from collections.abc import Mapping
from html import escape
from itertools import groupby
from typing import Any

from orchestration.html_page import page_of
from orchestration.quality.report import number

_TITLES = {"raw": "Raw tables, as loaded from ServiceNow", "public": "Public tables, as published"}


def page(layers: Mapping[str, Mapping[str, Any]]) -> str:
    """The page for sections as `QualityReport.to_dict` makes them, by layer."""
    body = "".join(_section(layer, section) for layer, section in layers.items())
    return page_of("Data quality", body)


def _section(layer: str, section: Mapping[str, Any]) -> str:
    results = section["results"]
    failed = sorted((row for row in results if not row["success"]), key=lambda row: row["severity"])
    parts = [
        f"<h2>{escape(_TITLES[layer])}</h2>",
        f"<p>{len(results)} checks at {escape(section['checked_at'])} UTC, {section['seconds']:.1f} s: "
        f"{_count(section['failed_critical'], 'critical', 'critical failures')}, "
        f"{_count(section['failed_warnings'], 'warning', 'warnings')}.</p>",
    ]
    if failed:
        parts.append(_table(failed, with_table=True))
    for table, rows in groupby(results, key=lambda row: row["table"]):
        checks = list(rows)
        passed = sum(row["success"] for row in checks)
        count = section["row_counts"].get(table)
        size = "missing" if count is None else f"{count:,} rows"
        parts.append(
            f"<details><summary><code>{escape(table)}</code>: {size}, {passed} of {len(checks)} checks hold</summary>"
            f"{_table(checks, with_table=False)}</details>"
        )
    return "".join(parts)


def _count(count: int, style: str, text: str) -> str:
    return f'<span class="{style if count else "ok"}">{count} {text}</span>'


def _table(rows: list[Mapping[str, Any]], *, with_table: bool) -> str:
    head = "<th>Table</th>" if with_table else ""
    return (
        f'<table><tr><th>Result</th>{head}<th>Check</th><th>What it counts</th><th class="number">Found</th>'
        '<th class="number">Limit</th><th>Keys</th></tr>' + "".join(_row(row, with_table) for row in rows) + "</table>"
    )


def _row(row: Mapping[str, Any], with_table: bool) -> str:
    style = "ok" if row["success"] else row["severity"]
    table = f"<td><code>{escape(row['table'])}</code></td>" if with_table else ""
    keys = "<br>".join(f"<code>{escape(key)}</code>" for key in row["sample_keys"])
    return (
        f'<tr><td class="{style}">{style}</td>{table}<td><code>{escape(row["name"])}</code></td>'
        f"<td>{escape(row['description'])}</td>"
        f'<td class="number">{number(row["observed"])}</td><td class="number">{number(row["limit"])}</td>'
        f"<td>{keys}</td></tr>"
    )
