"""Rules of the raw incident table that go by the contract's required fields and the field map."""

from collections.abc import Iterator, Mapping

from ingestion.settings import Settings
from ingestion.warehouse import RAW, quoted, sql_text
from orchestration.quality import thresholds
from orchestration.quality.report import Severity
from orchestration.quality.rules import TableRule, rows_where

TABLE = f"{RAW}.incident"
KEY = ("instance", "sys_id")


def incident_rules(settings: Settings, present: Mapping[str, str]) -> Iterator[TableRule]:
    """NULL shares of the required fields, clocks ahead of time.

    `present` are the table's columns; a field mapped to a column that is not there counts as NULL.
    """
    limits: tuple[tuple[Severity, Mapping[str, float]], ...] = (
        ("critical", thresholds.INCIDENT_CRITICAL_NULL_SHARE),
        ("warning", thresholds.INCIDENT_NULL_SHARE),
    )
    for severity, shares in limits:
        for name, maximum in shares.items():
            yield rows_where(
                TABLE, KEY, f"{name}_null_share", f"share of incidents without {name}",
                f"{_source(settings, present, name)} IS NULL", (), severity=severity, maximum=maximum, among="true",
            )  # fmt: skip
    latest = f"TIMESTAMP '{settings.now() + thresholds.FUTURE_TOLERANCE}'"
    for column in ("opened_at", "resolved_at"):
        yield rows_where(
            TABLE, KEY, f"{column}_in_future_share", f"share of incidents whose {column} is later than now and a day",
            f"t.{column} > {latest}", (column,), severity="warning",
            maximum=thresholds.CONTRADICTING_TIMES_SHARE, among=f"t.{column} IS NOT NULL",
        )  # fmt: skip


def _source(settings: Settings, present: Mapping[str, str], standard: str) -> str:
    """The text of a standard field: the source column that each instance's field map names."""

    def text(column: str) -> str:
        return f"t.{quoted(column)}::VARCHAR" if column in present else "NULL"

    mapped = {
        name: instance.field_map[standard]
        for name, instance in settings.instances.items()
        if standard in instance.field_map
    }
    if not mapped:
        return text(standard)
    cases = " ".join(f"WHEN '{sql_text(name)}' THEN {text(column)}" for name, column in mapped.items())
    return f"CASE t.instance {cases} ELSE {text(standard)} END"
