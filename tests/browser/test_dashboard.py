"""The dashboard in a browser, over the published file of a demo."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser import expected
from tests.browser.conftest import NewVisit
from tests.browser.publishing import SHOWN_AS, publish_another, publish_first
from tests.browser.served import serving_dashboard
from tests.browser.shown import read
from tests.browser.visit import PATIENCE, Visit, visiting

TITLES = (
    "Overview",
    "Time to resolve",
    "Recurring tickets",
    "Reassignments",
    "Backlog and ageing",
    "Changes",
    "Data health",
)
#: A value that a filter can be set to: the most frequent one, so that something is left.
GROUP = (
    "select assignment_group from sdm.itsm where assignment_group is not null group by 1 order by count(*) desc limit 1"
)
PRIORITY = "select priority_label from sdm.itsm where priority = 3 limit 1"


def wrong(visit: Visit, wanted: expected.Figures) -> dict[str, tuple[str | None, float]]:
    """Figures that are shown otherwise, or not: what is written, and what it should be."""
    shown = visit.cards()
    return {
        name: (shown.get(name), value)
        for name, value in wanted.items()
        if name not in shown or not read(shown[name]).is_of(value)
    }


def assert_shows(visit: Visit, wanted: expected.Figures) -> None:
    """The headline shows these figures, once it has been drawn."""
    for _ in range(100):
        if not (differing := wrong(visit, wanted)):
            return
        visit.page.wait_for_timeout(100)
    raise AssertionError(differing)


def of_resolved(lake: Path, conditions: str, *values: object, names: tuple[str, ...]) -> expected.Figures:
    found = expected.figures(lake, expected.RESOLVED.format(conditions), *values)
    return {name: found[name] for name in names}


def test_every_page_opens_quietly_and_its_headline_is_what_the_file_says(visit: NewVisit, lake: Path) -> None:
    someone = visit()
    someone.open()
    links = someone.page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert tuple(link.splitlines()[-1] for link in links) == TITLES
    for title in TITLES:
        someone.follow(title)
        assert someone.errors() == []
        if sql := expected.PUBLISHED.get(title):
            wanted = expected.figures(lake, sql)
            assert set(someone.cards()) == set(wanted)
            assert wrong(someone, wanted) == {}
    assert someone.outside() == []
    assert someone.complaints == []


def test_filters_change_the_figures_as_sql_says_and_follow_to_other_pages(visit: NewVisit, lake: Path) -> None:
    someone, group = visit(), expected.first(lake, GROUP)
    times, shares = (
        ("resolved_count", "mttr_minutes", "median_minutes", "p90_minutes"),
        ("zero_share", "three_plus_share"),
    )
    someone.open()
    someone.follow("Time to resolve")
    someone.choose("Priority", expected.first(lake, PRIORITY))
    assert_shows(someone, of_resolved(lake, "and priority = 3", names=times))
    someone.choose("Group", group)
    both = "and priority = 3 and assignment_group = $1"
    assert_shows(someone, of_resolved(lake, both, group, names=times))
    someone.choose("Period (UTC)", "Last 28 days")
    of_days = f"{both} and resolved_at >= (select max(as_of) - 27 from metrics.backlog)"
    assert_shows(someone, of_resolved(lake, of_days, group, names=times))
    someone.follow("Reassignments")
    assert_shows(someone, of_resolved(lake, of_days, group, names=shares))
    assert someone.errors() == []
    someone.follow("Backlog and ageing")
    assert_shows(someone, expected.figures(lake, expected.OPEN.format(both), group))
    assert someone.errors() == []
    assert someone.complaints == []


def test_a_shared_address_shows_the_same_to_somebody_else(visit: NewVisit, lake: Path) -> None:
    someone, group, priority = visit(), expected.first(lake, GROUP), expected.first(lake, PRIORITY)
    someone.open("recurring-tickets")
    someone.choose("Priority", priority)
    someone.choose("Group", group)
    before = someone.page.url
    someone.page.get_by_role("radio", name="Effort").click()
    someone.drawn_after(before)
    seen, ranking = someone.cards(), someone.download("recurring-titles")
    other = visit()
    other.page.goto(someone.page.url)
    other.settle()
    assert other.cards() == seen
    assert other.download("recurring-titles") == ranking
    for chosen in (priority, group):
        expect(other.page.get_by_test_id("stMultiSelect").filter(has_text=chosen)).to_be_visible()


def test_a_publish_during_use_is_shown_without_loading_the_page_again(visit: NewVisit, lake: Path) -> None:
    someone = visit()
    someone.open("mttr")
    someone.page.evaluate("window.isTheSamePage = true")
    publish_another(lake)
    expect(someone.page.locator(".st-key-freshness")).to_contain_text(SHOWN_AS, timeout=PATIENCE)
    assert_shows(someone, expected.figures(lake, expected.PUBLISHED["Time to resolve"]))
    assert someone.page.evaluate("window.isTheSamePage")
    assert someone.errors() == []


def test_an_empty_data_directory_says_what_to_do_and_shows_what_is_published_then(
    browser: Browser, lake: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "data"
    with (
        serving_dashboard(empty, tmp_path / "output") as dashboard,
        visiting(browser, dashboard.url) as someone,
    ):
        someone.open()
        said = someone.page.get_by_test_id("stAlert")
        expect(said).to_contain_text("ticketlake sync")
        expect(said).to_contain_text("make demo")
        publish_first(empty, (lake / "itsm.duckdb").resolve())
        assert_shows(someone, expected.figures(lake, expected.PUBLISHED["Overview"]))
        assert someone.complaints == []


def test_a_dark_system_gets_a_dark_page_that_can_be_read(visit: NewVisit) -> None:
    someone = visit(dark=True)
    someone.open()
    assert someone.contrast('[data-testid="stApp"]', '[data-testid="stMetricValue"]') > 7
    assert someone.brightness('[data-testid="stApp"]') < 0.1
    assert someone.errors() == []


def test_the_keyboard_alone_sets_a_filter(visit: NewVisit, lake: Path) -> None:
    someone = visit()
    someone.open("mttr")
    keys, before = someone.page.keyboard, someone.page.url
    for _ in range(60):
        keys.press("Tab")
        if someone.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Priority":
            break
    keys.type(expected.first(lake, PRIORITY))
    keys.press("ArrowDown")
    keys.press("Enter")
    someone.drawn_after(before)
    assert_shows(someone, of_resolved(lake, "and priority = 3", names=("resolved_count", "median_minutes")))


def test_a_download_holds_the_table_in_raw_numbers(visit: NewVisit, lake: Path) -> None:
    someone = visit()
    someone.open("reassignments")
    routes = list(csv.DictReader(io.StringIO(someone.download("routes"))))
    wanted = expected.rows(
        lake,
        "select from_group, to_group, moves, median_minutes_held from metrics.reassignment_paths",
    )
    assert {(row["from_group"], row["to_group"]): float(row["median_minutes_held"]) for row in routes} == {
        (row["from_group"], row["to_group"]): row["median_minutes_held"] for row in wanted
    }
    assert sum(int(row["moves"]) for row in routes) == sum(row["moves"] for row in wanted)
