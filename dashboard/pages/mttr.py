"""Time to resolve."""

from dashboard.frame import Page

TITLE = "Time to resolve"
PATH = "time-to-resolve"
ICON = ":material/timer:"
UNUSED_FILTERS: tuple[str, ...] = ()


def render(page: Page) -> None:
    with page.section("Soon"):
        pass
