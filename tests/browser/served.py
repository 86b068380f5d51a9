"""The dashboard as users run it: `ticketlake dashboard` in a process of its own."""

from contextlib import AbstractContextManager
from pathlib import Path

from tests.serving import Served, serving

__all__ = ["Served", "serving_dashboard"]


def serving_dashboard(data_dir: Path, output: Path) -> AbstractContextManager[Served]:
    """Run it on a free port over `data_dir` until the context ends; `output` and `<output>-port` are written."""
    return serving(["dashboard"], data_dir, output, health="/_stcore/health")
