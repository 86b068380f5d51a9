"""What is made of a published version besides itself: the export under the data directory, the overview page."""

from ingestion.settings import Settings
from orchestration import export
from orchestration.overview_page import write_overview_page


def follow(settings: Settings) -> None:
    """Have them follow the version that readers find now. Call after each publish, while holding the data directory."""
    export.follow(settings)
    write_overview_page(settings)
