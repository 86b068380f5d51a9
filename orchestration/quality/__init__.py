"""Data quality: one Great Expectations suite a table, run on the raw layer and on the public tables.

`run_checks` is the whole interface; importing this package does not import Great Expectations.
"""

from orchestration.quality.report import CheckResult, Layer, QualityReport, Severity
from orchestration.quality.run import run_checks

__all__ = ["CheckResult", "Layer", "QualityReport", "Severity", "run_checks"]
