"""`reports/itsm.html`, the overview as one static page, of each version that is published."""

import logging
from pathlib import Path

from ingestion.settings import Settings

log = logging.getLogger(__name__)


def write_overview_page(settings: Settings) -> Path | None:
    """Write the page of the version that readers find now; returns its path.

    What was published stands, whatever becomes of its page: a failure is a warning in the log and None. The page before
    goes then, as it may show what has been taken out since. Call while holding the data directory.
    """
    from dashboard.static_page import NAME, write_static_page

    try:
        return write_static_page(settings.data_dir, settings.reports_dir)
    except Exception as error:
        # Any: the fault of a page is less than a run.
        log.debug("no overview page", exc_info=True)
        log.warning("%s was not written: %s: %s", settings.reports_dir / NAME, type(error).__name__, error)
        (settings.reports_dir / NAME).unlink(missing_ok=True)
        return None
