"""`ticketlake lineage`: what every table means and where it comes from, as a page."""

from ingestion.settings import load_settings
from orchestration.commands import options
from orchestration.commands.frame import Answer, answering
from orchestration.commands.maintenance import with_warehouse


@answering
def lineage(config: options.Config = None) -> Answer:
    """Write the lineage and the documentation of all tables as one static page, reports/lineage.html."""
    settings = with_warehouse(load_settings(config))

    from ingestion.warehouse import data_directory_lock
    from orchestration.environment import prepare_environment
    from orchestration.lineage_page import write_lineage_page

    prepare_environment(settings)
    with data_directory_lock(settings, "lineage"):
        page = write_lineage_page(settings)
    return Answer({"page": str(page)}, [f"{page} (open it in a browser)"])
