"""Overview."""

from dashboard.frame import Page

TITLE = "Overview"
PATH = "overview"
ICON = ":material/dashboard:"
UNUSED_FILTERS: tuple[str, ...] = ()


def render(page: Page) -> None:
    with page.section("Soon"):
        pass
