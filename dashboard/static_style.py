"""How the static page looks: light, dark and in print, without anything from elsewhere."""

_LIGHT = """
--paper: #ffffff; --ink: #1b1f24; --muted: #5b6570; --grid: #e3e7eb; --card: #f6f8fa; --edge: #dde2e7;
--series-0: #0b6bb0; --series-1: #c4500b; --series-2: #1a7a5e; --better: #1a7a5e; --worse: #b3450a;
"""
_DARK = """
--paper: #14181d; --ink: #e8ecf0; --muted: #9aa5b1; --grid: #2b323a; --card: #1c2229; --edge: #303842;
--series-0: #6cb8f0; --series-1: #f2a66b; --series-2: #67c9a6; --better: #67c9a6; --worse: #f2a66b;
"""

STYLE = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }}
main {{ max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; margin: 0 0 .35rem; letter-spacing: -.01em; }}
h2 {{ font-size: 1.35rem; margin: 2.5rem 0 .25rem; }}
h3 {{ font-size: 1.05rem; margin: 2.25rem 0 .5rem; }}
p {{ margin: .25rem 0; }}
.lead, .note, .empty, figcaption span {{ color: var(--muted); }}
.note, .empty {{ font-size: .9rem; max-width: 60rem; }}
nav a {{ margin-right: 1rem; }} a {{ color: var(--series-0); }}
.cards {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr));
  gap: .75rem; margin: .75rem 0; }}
.card {{ background: var(--card); border: 1px solid var(--edge); border-radius: 8px;
  padding: .8rem .95rem .7rem;
  display: flex; flex-direction: column; break-inside: avoid; }}
.card h4 {{ font-size: .85rem; font-weight: 600; margin: 0; color: var(--muted); }}
.card .value {{ font-size: 1.55rem; font-weight: 650; letter-spacing: -.01em; line-height: 1.35;
  white-space: nowrap; }}
.card .n, .card .then {{ font-size: .8rem; color: var(--muted); }}
.card .spark {{ width: 100%; height: auto; margin: .35rem 0; }}
.card .then {{ margin-top: auto; padding-top: .3rem; border-top: 1px solid var(--edge); }}
.better {{ color: var(--better); font-weight: 600; }} .worse {{ color: var(--worse); font-weight: 600; }}
.few {{ border: 1px solid currentColor; border-radius: 3px; padding: 0 .25em; font-size: .72rem;
  white-space: nowrap; }}
.charts {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr));
  gap: 1.5rem 2rem; margin: .5rem 0; }}
figure {{ margin: 0; min-width: 0; break-inside: avoid; }}
figcaption {{ font-weight: 600; margin-bottom: .25rem; }}
figcaption span {{ font-weight: 400; font-size: .9rem; }}
svg.chart {{ width: 100%; height: auto; display: block; overflow: visible; }}
figure.alone {{ max-width: 40rem; }}
svg text {{ font: 11.5px system-ui, sans-serif; fill: var(--muted); font-variant-numeric: tabular-nums; }}
svg .value {{ fill: var(--ink); }} svg .grid {{ stroke: var(--grid); }}
svg .line {{ fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }}
svg .bar {{ fill: var(--series-0); }} svg .point {{ stroke-width: 1.5; }}
svg .line.s0, svg .point.s0 {{ stroke: var(--series-0); }}
svg .point.s0, svg .name.s0 {{ fill: var(--series-0); }}
svg .line.s1, svg .point.s1 {{ stroke: var(--series-1); }}
svg .point.s1, svg .name.s1 {{ fill: var(--series-1); }}
svg .line.s2, svg .point.s2 {{ stroke: var(--series-2); }}
svg .point.s2, svg .name.s2 {{ fill: var(--series-2); }}
svg .line {{ fill: none !important; }} svg .hollow {{ fill: var(--paper) !important; }}
svg .name {{ font-weight: 600; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-size: .92rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .38rem .9rem .38rem 0;
  border-bottom: 1px solid var(--grid); }}
th {{ color: var(--muted); font-weight: 600; font-size: .82rem; vertical-align: bottom; }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
td.title {{ overflow-wrap: anywhere; min-width: 16rem; }}
details {{ margin: .75rem 0; }} summary {{ cursor: pointer; color: var(--series-0); width: fit-content; }}
dl {{ display: grid; grid-template-columns: minmax(11rem, 16rem) 1fr; gap: .35rem 1.25rem;
  font-size: .92rem; margin: .75rem 0; }}
dt {{ font-weight: 600; }} dd {{ margin: 0; color: var(--muted); }}
footer {{ margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--edge);
  color: var(--muted); font-size: .85rem; }}
:focus-visible {{ outline: 2px solid var(--series-0); outline-offset: 2px; }}
@media (max-width: 40rem) {{ .charts {{ grid-template-columns: 1fr; }} dl {{ grid-template-columns: 1fr; }} }}
@media print {{
  :root {{ {_LIGHT} }}
  html {{ font-size: 11px; }} body {{ font-size: 11px; }} main {{ max-width: none; padding: 0; }}
  .cards {{ grid-template-columns: repeat(4, 1fr); }} .charts {{ grid-template-columns: 1fr 1fr; }}
  .card {{ background: none; }} nav {{ display: none; }} h3 {{ break-after: avoid; }}
tr {{ break-inside: avoid; }}
}}
"""
