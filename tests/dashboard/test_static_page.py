"""The static page: whole by itself, equal to the published figures, of the version shown, and never in a run's way."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboard import text
from dashboard.definitions import DEFINITIONS
from dashboard.snapshot import NothingPublished
from dashboard.static_page import write_static_page
from ingestion.settings import Settings, load_settings
from orchestration.overview_page import write_overview_page

VOID = {"meta", "br", "img", "line", "rect", "circle", "path", "polyline", "link", "hr"}
MTTR = ("mttr_minutes", "median_minutes", "p90_minutes", "resolved_count")
SHARES = {
    "sla": "made_sla_share",
    "reopen": "reopen_rate",
    "noise": "noise_share",
    "reassignment": "mean_reassignments",
}


class Page(HTMLParser):
    """What a reader gets: cards, cells of tables by section, addresses. Raises where tags do not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.cards: dict[str, list[str]] = {}
        self.rows: dict[str, list[list[str]]] = {}
        self._card: str | None = None
        self._section = ""
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.addresses += [value for name in ("href", "src", "action", "data") if (value := given.get(name))]
        if tag not in VOID:
            self._open.append(tag)
        if "data-figure" in given:
            self._card = str(given["data-figure"])
            self.cards[self._card] = []
        elif tag == "h3":
            self._section, self._card = "", None
        elif tag == "tr":
            self.rows.setdefault(self._section, []).append([])
        elif tag in ("td", "th"):
            self.rows[self._section][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        tag = self._open[-1] if self._open else ""
        if tag == "h3":
            self._section += data
        elif tag in ("td", "th"):
            self.rows[self._section][-1][-1] += data
        elif self._card:
            self.cards[self._card].append(data)


@pytest.fixture(scope="module")
def html(published_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the demo's last version."""
    return write_static_page(published_demo, tmp_path_factory.mktemp("reports")).read_text(encoding="utf-8")


@pytest.fixture
def asked(published_demo: Path) -> Iterator[Any]:
    """`asked(sql)`: rows of the published file."""
    with duckdb.connect(str((published_demo / "itsm.duckdb").resolve()), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def test_it_is_whole_by_itself_and_names_no_single_ticket(html: str, asked: Any) -> None:
    page = Page(html)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed"}
    assert all(address.startswith("#") for address in page.addresses)
    assert "http" not in html and "url(" not in html and "@import" not in html
    assert "prefers-color-scheme: dark" in html and "@media print" in html
    words = " ".join(page.words)
    people = {name for (name,) in asked("select name from sdm.users where length(name) > 6")}
    numbers = {number for (number,) in asked("select number from sdm.itsm where number is not null")}
    assert people and numbers
    assert not {name for name in people if name in words} and not numbers & set(re.findall(r"\w+", words))


def test_every_headline_is_the_published_figure(html: str, asked: Any) -> None:
    cards = Page(html).cards
    every = "grain = 'all' and dimension = 'all'"
    ((*values, n),) = asked(f"select {', '.join(MTTR)}, resolved_count from metrics.mttr where {every}")
    expected = dict(zip(MTTR, values, strict=True))
    for table, column in SHARES.items():
        ((expected[column],),) = asked(f"select {column} from metrics.{table} where {every}")
    for name, value in expected.items():
        assert cards[name][:3] == [
            DEFINITIONS[name].label, text.written(value, DEFINITIONS[name].unit), f"n = {text.count(n)}",
        ]  # fmt: skip
    backlog = ("open_count", "median_age_days", "older_than_30_days")
    (last,) = asked(
        f"select {', '.join(backlog)} from metrics.backlog where dimension = 'all' order by as_of desc limit 1"
    )
    for name, value in zip(backlog, last, strict=True):
        assert cards[name][1] == text.written(value, DEFINITIONS[name].unit)


def test_its_tables_are_the_published_rows(html: str, asked: Any) -> None:
    rows = Page(html).rows
    months = asked(
        "select strftime(period_start, '%b %Y'), is_partial, resolved_count, median_minutes from metrics.mttr"
        " where grain = 'month' and dimension = 'all' order by period_start"
    )
    assert [row[:3] for row in rows["How it went"][1:]] == [
        [f"{month} (part)" if is_partial else month, text.count(n), text.minutes(median)]
        for month, is_partial, n, median in months
    ]
    titles = asked(
        "select title, ticket_count, total_resolve_minutes from metrics.top_recurring_tickets order by rank limit 10"
    )
    assert [row[:3] for row in rows["Tickets that come back"][1:]] == [
        [title, text.count(n), text.minutes(total)] for title, n, total in titles
    ]
    moves = asked("select moves from metrics.reassignment_paths order by moves desc limit 10")
    assert [row[2] for row in rows["Ways between groups"][1:]] == [text.count(n) for (n,) in moves]
    excluded = asked("select ticket_count from metrics.excluded order by ticket_count desc")
    assert sorted(row[1] for row in rows["Left out"][1:]) == sorted(text.count(n) for (n,) in excluded)


def test_a_publish_writes_it(published_demo: Path) -> None:
    page = (published_demo / "reports" / "itsm.html").read_text(encoding="utf-8")
    assert (published_demo / "itsm.duckdb").resolve().name in page
    assert "could not be read" not in page


def test_each_instance_has_a_part_of_its_own(copy: Path, tmp_path: Path) -> None:
    with writable(copy) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_columns() where column_name = 'instance' and not internal"
        ).fetchall():
            connection.execute(
                f"insert into {schema}.{table} select * replace ('<b>' as instance) from {schema}.{table}"
            )
    html = write_static_page(copy, tmp_path).read_text(encoding="utf-8")
    page = Page(html)
    assert page.addresses == ["#instance-1", "#instance-2"] and html.count('data-figure="mttr_minutes"') == 2
    assert "b" not in page.tags


def test_what_cannot_be_read_is_said_in_its_place_and_the_rest_stays(
    copy: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with writable(copy) as connection:
        connection.execute("drop table metrics.reassignment_paths; drop table sdm.group_moves")
    html = write_static_page(copy, tmp_path).read_text(encoding="utf-8")
    page = Page(html)
    assert html.count("could not be read from the published file") == 1
    assert len(page.rows["Tickets that come back"]) > 1 and "Ways between groups" in caplog.text


def test_a_page_that_cannot_be_written_is_a_warning_and_leaves_no_old_one(
    copy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(copy)
    assert write_overview_page(settings) == copy / "reports" / "itsm.html"
    (copy / "itsm.duckdb").unlink()
    (copy / "itsm.duckdb").write_bytes(b"not a database" * 1000)
    assert write_overview_page(settings) is None
    assert "itsm.html was not written" in caplog.text
    assert not (copy / "reports" / "itsm.html").exists()
    with pytest.raises(NothingPublished, match="ticketlake sync"):
        write_static_page(copy / "elsewhere", copy)


@pytest.fixture
def copy(published_demo: Path, tmp_path: Path) -> Path:
    """A data directory with a copy of the published version, to be changed."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copyfile((published_demo / "itsm.duckdb").resolve(), data_dir / "version.duckdb")
    (data_dir / "itsm.duckdb").symlink_to("version.duckdb")
    return data_dir


def writable(data_dir: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(data_dir / "version.duckdb"))


def settings_of(data_dir: Path) -> Settings:
    return load_settings(environ={"TICKETLAKE_DATA_DIR": str(data_dir)})
