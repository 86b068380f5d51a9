"""Whether the data are whole and fresh."""

from dashboard import figures
from dashboard.frame import Page
from dashboard.tables import Column

TITLE = "Data health"
PATH = "data-health"
ICON = ":material/monitor_heart:"
UNUSED_FILTERS = ("period", "priority", "group", "service")


def render(page: Page) -> None:
    with page.section("Connectors", "What each instance's connector is doing."):
        connectors = page.ask(figures.connectors)
        page.table(
            connectors,
            {
                "name": "Instance",
                "type": "Kind",
                "status": "State",
                "rescheduled_for": Column("Next sync (UTC)", "time"),
            },
            name="connectors",
        )
