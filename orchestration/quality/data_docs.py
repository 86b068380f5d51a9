"""Great Expectations' Data Docs of the newest check: a page a table under `reports/data-docs/`, and their index.

The library's own renderers make the content. Its page templates are replaced: they load styles and
scripts from half a dozen hosts, and these pages ask nobody for anything. Results are copied number
by number before they are rendered, because those the library makes also hold offending values.
"""

import shutil
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from orchestration.html_page import head_of, page_of
from orchestration.quality.report import CheckResult, QualityReport

FOLDER = "data-docs"
INDEX = "index.html"

#: Of a result; everything else in it may be, or quote, what a row holds.
_NUMBERS = (
    "observed_value", "element_count", "missing_count", "missing_percent",
    "unexpected_count", "unexpected_percent", "unexpected_percent_nonmissing", "unexpected_percent_total",
)  # fmt: skip

#: What the renderers mark with icons of a font from elsewhere.
_MARKS = """<style>
h5 { font-size: 1.1rem; margin: 1.5rem 0 0; } ul { padding-left: 1.2rem; margin: 0; } i { font-style: normal; }
.fa-check-circle::before { content: "holds"; color: #2e7d32; } .fa-times::before { content: "fails"; color: #c62828; }
.fa-exclamation-triangle::before { content: "error"; color: #b26a00; } .show-scrollbars { overflow-wrap: anywhere; }
</style>"""
_TEMPLATES = {
    "page.j2": head_of("{{ expectation_suite_name }}")
    + _MARKS
    + f'<p><a href="{INDEX}">All tables</a></p><h1>{{{{ expectation_suite_name }}}}</h1>'
    "<p>{{ page_title }} What is sampled are keys of rows, never their values.</p>"
    "{% for section in sections %}{% set section_loop = loop %}{% include 'section.j2' %}{% endfor %}</body></html>\n",
}


def write_data_docs(reports_dir: Path, report: QualityReport, outcomes: Mapping[str, Sequence[Any]]) -> Path:
    """Replace the pages of a layer's tables; `outcomes` are Great Expectations' results by table. Returns the index."""
    folder = reports_dir / FOLDER / report.layer
    fresh = folder.with_name(f".{report.layer}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    render = _renderer()
    keys = {(result.table, result.name): result.sample_keys for result in report.results}
    for table, results in outcomes.items():
        page = render(table, [_numbers_alone(result, keys) for result in results], report)
        (fresh / f"{table}.html").write_text(page, encoding="utf-8")
    (fresh / INDEX).write_text(_index(report), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return folder / INDEX


def _renderer() -> Any:
    """`render(table, results, report)`: one page."""
    from great_expectations.render import RenderedDocumentContent, RenderedSectionContent
    from great_expectations.render.renderer.content_block import ValidationResultsTableContentBlockRenderer
    from great_expectations.render.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, DictLoader

    view = DefaultJinjaPageView()
    view.env.loader = ChoiceLoader([DictLoader(_TEMPLATES), view.env.loader])

    def render(table: str, results: list[Any], report: QualityReport) -> str:
        held = sum(result.success for result in results)
        block = ValidationResultsTableContentBlockRenderer.render(results)
        document = RenderedDocumentContent(
            sections=[RenderedSectionContent(section_name=table, content_blocks=[block])],
            renderer_type="ValidationResultsPageRenderer",
            expectation_suite_name=table,
            page_title=f"{held} of {len(results)} checks hold at {report.checked_at} UTC.",
            utm_medium="",
        )
        page: str = view.render(document)
        return page

    return render


def _numbers_alone(result: Any, keys: Mapping[tuple[str, str], Sequence[str]]) -> Any:
    """The same result with keys of failing rows where their values were."""
    from great_expectations.core import ExpectationValidationResult

    config = result.expectation_config
    numbers: dict[str, Any] = {
        name: float(value) for name in _NUMBERS if (value := result.result.get(name)) is not None
    }
    if named := keys.get((config.meta["table"], config.meta["rule"])):
        # The renderer wants both; a count of 0 is not shown.
        numbers = {"unexpected_count": 0, **numbers, "partial_unexpected_list": list(named)}
    return ExpectationValidationResult(
        success=bool(result.success), expectation_config=config, result=numbers, meta={}, exception_info={
            "raised_exception": False, "exception_message": None, "exception_traceback": None,
        },
    )  # fmt: skip


def _index(report: QualityReport) -> str:
    tables = groupby(report.results, key=lambda each: each.table)
    rows = "".join(_row(table, list(results)) for table, results in tables)
    return page_of(
        f"Data Docs: {report.layer} tables",
        f"<p>{escape(report.summary)}, at {report.checked_at} UTC.</p><table><tr><th>Table</th>"
        '<th class="number">Checks</th><th class="number">Critical failures</th><th class="number">Warnings</th></tr>'
        f"{rows}</table>",
    )


def _row(table: str, results: Sequence[CheckResult]) -> str:
    def failed(severity: str) -> str:
        count = sum(result.severity == severity and not result.success for result in results)
        return f'<td class="number {severity if count else "ok"}">{count}</td>'

    return (
        f'<tr><td><a href="{escape(table)}.html">{escape(table)}</a></td><td class="number">{len(results)}</td>'
        f"{failed('critical')}{failed('warning')}</tr>"
    )
