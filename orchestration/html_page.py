"""Pages that a person reads: one HTML file each, without scripts or anything from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid #8884; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.critical { color: #c62828; font-weight: 600; } .warning { color: #b26a00; font-weight: 600; } .ok { color: #2e7d32; }
@media (prefers-color-scheme: dark) {
  .critical { color: #ff8a80; } .warning { color: #ffcc80; } .ok { color: #a5d6a7; }
}
code { font-size: .9em; overflow-wrap: anywhere; } summary { cursor: pointer; padding: .2rem 0; }
"""


def head_of(title: str) -> str:
    """Everything up to and with `<body>`; `title` is taken as it is, so that a template may stand there."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>"
    )


def page_of(title: str, body: str) -> str:
    """A whole page; `body` is HTML, `title` text."""
    return f"{head_of(escape(title))}<h1>{escape(title)}</h1>{body}</body></html>\n"


def table_of(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Numbers to the right, with thousands marked; None is empty; what is neither is text."""
    lines = list(rows)
    columns = [[row[place] for row in lines] for place in range(len(headers))]
    right = [any(map(_is_number, column)) for column in columns]
    head = "".join(
        f'<th class="number">{escape(name)}</th>' if number else f"<th>{escape(name)}</th>"
        for name, number in zip(headers, right, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="number">{_text(cell)}</td>' if number else f"<td>{_text(cell)}</td>"
            for cell, number in zip(row, right, strict=True)
        )
        + "</tr>"
        for row in lines
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if _is_number(cell):
        return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"
    return escape(str(cell))
