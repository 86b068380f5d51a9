"""Faults that the instance can be told to have, one class per kind; `docs/embedded-instance.md` lists them.

A rule acts through the hooks of `rule.Fault`, which the parts of the instance call: the application
before and after it answers, `records` where rows are selected and shown, the server where it sends.
"""

from ingestion.instance.faults.registry import KINDS, FaultRegistry
from ingestion.instance.faults.rule import Call, Fault

__all__ = ["KINDS", "Call", "Fault", "FaultRegistry"]
