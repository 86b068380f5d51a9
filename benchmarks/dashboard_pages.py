"""How quick the dashboard is in a browser: `python -m benchmarks.dashboard_pages --rows 1000000`.

Makes a world of so many incidents, builds and publishes it, serves it as `ticketlake dashboard` does and visits it with
a headless Chromium of this machine. Measured from the click (or the address) until the page is drawn, charts too: the
first page of a new visitor once the server has answered one before, every other page when it is opened for the first
time, and on every page three changes of filters that nobody has asked for yet. Ends with 1 where a goal is missed.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.building import build
from benchmarks.raw_layout import settings_of
from benchmarks.report import Goal, goals_table
from benchmarks.transformation import raw_world, step
from dashboard.figures import choices
from dashboard.filters import Choices
from dashboard.pages import PAGES
from dashboard.snapshot import Snapshots
from tests.browser import chromium
from tests.browser.served import serving_dashboard
from tests.browser.visit import DONE, Visit, visiting

#: Seconds.
_FIRST, _LATER, _FILTER = 5.0, 2.0, 1.0
_PERIOD = "Last 90 days"
#: The page of a title is done, under another address than before, and every chart has been drawn. Asked at each frame
#: of the browser.
_DRAWN = """
([title, before, done]) => location.href !== before && document.querySelector(done) !== null
    && [...document.querySelectorAll('h1')].map(heading => heading.innerText.trim()).join() === title
    && [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].every(
        chart => chart.querySelector('canvas, svg.marks') !== null)
"""


@dataclass(frozen=True)
class Taken:
    """Seconds by the clock, and of the processor, server's and browser's: on a busy machine these say more."""

    seconds: float
    cpu_seconds: float
    browser_seconds: float


class Clock:
    """Measures what the server of a process id and the browser do for one visitor. Reads /proc: Linux."""

    def __init__(self, pid: int) -> None:
        self._server = pid
        self.start()

    def start(self) -> None:
        self._cpu_started = self._cpu()
        self._started = time.perf_counter()

    def read(self) -> Taken:
        """Since the last start."""
        seconds = time.perf_counter() - self._started
        server, browser = self._cpu()
        return Taken(seconds, server - self._cpu_started[0], browser - self._cpu_started[1])

    def _cpu(self) -> tuple[float, float]:
        """Of the server; and of all other processes that this one started, directly or not: those of the browser."""
        seconds: dict[int, float] = {}
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            # The second field ends with the last bracket; of the others the fourth is the parent, and the 14th and 15th
            # are user and system time (proc(5)). A process may end meanwhile.
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                pid = int(stat.parent.name)
                seconds[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                children.setdefault(int(fields[1]), []).append(pid)
        browser, open_ones = 0.0, list(children.get(os.getpid(), ()))
        while open_ones:
            pid = open_ones.pop()
            if pid != self._server:
                browser += seconds[pid]
                open_ones += children.get(pid, [])
        return seconds[self._server], browser


def main() -> None:
    """Measure, print the tables, judge."""
    options = _arguments()
    console = Console(width=120)
    with _published(console, options) as data_dir, tempfile.TemporaryDirectory(prefix="ticketlake-bench-") as folder:
        seconds = _measure(data_dir, Path(folder) / "output")
    for title, found in seconds.items():
        console.print(_table(title, found))
    goals = [
        Goal("first page of a new visitor", _slowest(seconds["First page"]), _FIRST, "s"),
        Goal("slowest later page", _slowest(seconds["Later pages"]), _LATER, "s"),
        Goal("slowest change of a filter", _slowest(seconds["Changes of filters"]), _FILTER, "s"),
    ]
    console.print(goals_table(goals))
    if not all(goal.met for goal in goals):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dashboard_pages", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="number of incidents")
    parser.add_argument("--directory", type=Path, help="keep the raw world here, and use it again")
    parser.add_argument("--published", type=Path, help="measure over this data directory instead of making one")
    return parser.parse_args()


@contextmanager
def _published(console: Console, options: argparse.Namespace) -> Iterator[Path]:
    """A data directory with a published file."""
    if options.published:
        yield options.published.resolve()
        return
    if options.directory:
        options.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ticketlake-bench-", dir=options.directory) as folder:
        raw = raw_world(console, options.directory or Path(folder), options.rows)
        settings = settings_of(Path(folder) / "data")
        settings.data_dir.mkdir()
        shutil.copyfile(raw, settings.warehouse_path)
        console.print(f"built in {build(settings)['seconds']:.0f} s")
        console.print(f"published in {step('publish', settings.data_dir)['seconds']:.0f} s")
        yield settings.data_dir


def _measure(data_dir: Path, output: Path) -> dict[str, dict[str, Taken]]:
    """Seconds, and those of the processor, by what was done, in three groups."""
    snapshot = Snapshots(data_dir).newest()
    known = choices(snapshot, None)
    snapshot.close()
    with sync_playwright() as playwright, serving_dashboard(data_dir, output) as served:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.ARGUMENTS))
        _first(browser, served.url)
        with visiting(browser, served.url) as visit:
            clock = Clock(served.process.pid)
            first = {PAGES[0].TITLE: _opened(visit, clock)}
            later = {page.TITLE: _followed(visit, clock, page.TITLE) for page in PAGES[1:]}
            filters: dict[str, Taken] = {}
            for number, page in enumerate(PAGES):
                filters |= _filtered(visit, clock, page.TITLE, page.UNUSED_FILTERS, number, known)
            complaints = visit.errors() + visit.complaints
        browser.close()
    if complaints:
        raise SystemExit(f"the pages complained: {complaints}")
    return {"First page": first, "Later pages": later, "Changes of filters": filters}


def _first(browser: Browser, url: str) -> None:
    """Somebody who was there before: the server is warm."""
    with visiting(browser, url) as visit:
        visit.open()


def _opened(visit: Visit, clock: Clock) -> Taken:
    clock.start()
    visit.page.goto(visit.url, wait_until="commit")
    _drawn(visit.page, PAGES[0].TITLE, "")
    return clock.read()


def _followed(visit: Visit, clock: Clock, title: str) -> Taken:
    link = visit.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first
    before = visit.page.url
    clock.start()
    link.click()
    _drawn(visit.page, title, before)
    return clock.read()


def _filtered(
    visit: Visit, clock: Clock, title: str, unused: tuple[str, ...], number: int, known: Choices
) -> dict[str, Taken]:
    """On a page without filters: one priority (or the next group), then a group, then a period."""
    _followed(visit, clock, title)
    before = visit.page.url
    visit.page.locator(".st-key-bar_clear button").first.click()
    if set(parse_qs(urlsplit(before).query)) - {"instance"}:
        # Else the first change below would be taken for drawn when this one is.
        visit.drawn_after(before)
    visit.settle()
    labels = [label for _, label in known.priorities]
    changes = [
        ("priority", "Priority", labels[number % len(labels)]),
        ("group", "Group", known.groups[number]),
        ("period", "Period (UTC)", _PERIOD),
    ]
    found: dict[str, Taken] = {}
    for name, label, value in changes:
        if name in unused:
            continue
        control = visit.page.get_by_role("combobox", name=label)
        control.click()
        option = visit.page.get_by_role("option", name=value, exact=True)
        option.wait_for()
        before = visit.page.url
        clock.start()
        option.click()
        _drawn(visit.page, title, before)
        found[f"{title}: {value}"] = clock.read()
        visit.page.keyboard.press("Escape")
    return found


def _drawn(page: Page, title: str, before: str) -> None:
    """Wait until the page of a title is drawn under another address than `before`."""
    page.wait_for_function(_DRAWN, arg=[title, before, DONE], polling="raf")


def _slowest(found: dict[str, Taken]) -> float:
    return max(taken.seconds for taken in found.values())


def _table(title: str, seconds: dict[str, Taken]) -> Table:
    table = Table(title=title)
    table.add_column("what")
    table.add_column("seconds", justify="right")
    table.add_column("of the processor: server", justify="right")
    table.add_column("browser", justify="right")
    for name, taken in seconds.items():
        table.add_row(name, f"{taken.seconds:.2f}", f"{taken.cpu_seconds:.2f}", f"{taken.browser_seconds:.2f}")
    return table


if __name__ == "__main__":
    main()
