"""The overview as one file that a mail or a wiki can carry: no script, nothing from elsewhere, no single ticket.

It shows all tickets of each instance as `metrics` has them. Titles are the published templates of recurring groups;
nothing else in it was written by a person.
"""

from datetime import datetime
from html import escape
from pathlib import Path

from dashboard import figures
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot, Snapshots
from dashboard.static_sections import SECTIONS, definitions, in_place
from dashboard.static_style import STYLE

NAME = "itsm.html"
_TITLE = "IT service overview"


def write_static_page(data_dir: Path, reports_dir: Path) -> Path:
    """Write the page of the newest published version; returns its path.

    A reader finds the page before or this one, never half of it. Raises NothingPublished where there is no version,
    duckdb.Error where it cannot be read, OSError where the page cannot be written; then the page before stays.
    """
    snapshot = Snapshots(data_dir).newest()
    try:
        text = page_of(snapshot)
    finally:
        # A process that publishes opens the same file otherwise, which DuckDB refuses while this is open.
        snapshot.close()
    reports_dir.mkdir(parents=True, exist_ok=True)
    path = reports_dir / NAME
    fresh = path.with_suffix(".tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path


def page_of(snapshot: Snapshot) -> str:
    """The page: HTML, a section per instance. Raises duckdb.Error where not even the instances can be read."""
    instances = figures.choices(snapshot, None).instances
    links = "".join(f'<a href="#{_anchor(place)}">{escape(name)}</a>' for place, name in enumerate(instances))
    body = "".join(_instance(snapshot, name, place, alone=len(instances) == 1) for place, name in enumerate(instances))
    nav = f'<nav aria-label="Instances">{links}</nav>' if len(instances) > 1 else ""
    alone = f": {escape(instances[0])}" if len(instances) == 1 else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_TITLE}</title><style>{STYLE}</style></head>\n<body><main>"
        f"<h1>{_TITLE}{alone}</h1>{_times(snapshot)}{nav}"
        f"{body or '<p>No instance has been read yet. Run <code>ticketlake sync</code>.</p>'}"
        f"<h3>What the figures mean</h3>{definitions()}"
        f"<footer>Made by Ticketlake of {escape(snapshot.version)}. All times are UTC. It shows the moment it was made:"
        " <code>ticketlake dashboard</code> shows what is there now.</footer></main></body></html>\n"
    )


def _times(snapshot: Snapshot) -> str:
    synced = snapshot.last_good_sync_at
    return (
        f'<p class="lead">Data as of <strong>{_moment(snapshot.data_as_of)}</strong>'
        f" · published {_moment(snapshot.published_at)} · last good sync {_moment(synced)}</p>"
    )


def _moment(at: datetime | None) -> str:
    return f"{at:%d %b %Y, %H:%M} UTC" if at else "unknown"


def _anchor(place: int) -> str:
    return f"instance-{place + 1}"


def _instance(snapshot: Snapshot, name: str, place: int, *, alone: bool) -> str:
    filters = Filters(name)
    heading = "" if alone else f"<h2>{escape(name)}</h2>"
    sections = "".join(
        f"<h3>{escape(title)}</h3>{in_place(title, section, snapshot, filters)}" for title, section in SECTIONS
    )
    return f'<section id="{_anchor(place)}" aria-label="{escape(name)}">{heading}{sections}</section>'
