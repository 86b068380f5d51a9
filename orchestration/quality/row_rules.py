"""Rules on single rows of the current load, as Great Expectations expectations."""

from collections.abc import Iterator

from orchestration.quality import thresholds
from orchestration.quality.raw_expectations import Expected
from orchestration.quality.rules import RowRule

_KEY = ("instance", "sys_id")


def row_rules(expected: Expected) -> Iterator[RowRule]:
    """Keys and times of every table; number format and ranges where declared. NULL keys fail `key_nulls`."""
    yield RowRule(
        "load_keys_unique", "share of loaded rows that share their key with another", "critical",
        "ExpectCompoundColumnsToBeUnique", {"column_list": list(_KEY)}, _KEY,
    )  # fmt: skip
    yield RowRule(
        "load_sys_id_format", "share of loaded rows whose sys_id is not 32 hexadecimal digits", "warning",
        "ExpectColumnValuesToMatchRegex", {"column": "sys_id", "regex": "^[0-9a-f]{32}$"}, _KEY,
        thresholds.ODD_VALUE_SHARE,
    )  # fmt: skip
    yield RowRule(
        "load_created_present", "share of loaded rows without sys_created_on", "warning",
        "ExpectColumnValuesToNotBeNull", {"column": "sys_created_on"}, (*_KEY, "sys_created_on"),
        thresholds.ODD_VALUE_SHARE,
    )  # fmt: skip
    if expected.numbered:
        yield RowRule(
            "load_number_format", "share of loaded rows whose number is not letters and digits such as INC0010001",
            "warning", "ExpectColumnValuesToMatchRegex", {"column": "number", "regex": r"^[A-Z][A-Z_]*\d+$"},
            (*_KEY, "number"), thresholds.ODD_VALUE_SHARE,
        )  # fmt: skip
    for column, (low, high) in expected.ranged.items():
        yield RowRule(
            f"load_{column}_range", f"share of loaded rows whose {column} is not {low} to {high}", "warning",
            "ExpectColumnValuesToBeBetween", {"column": column, "min_value": low, "max_value": high},
            (*_KEY, column), thresholds.ODD_VALUE_SHARE,
        )  # fmt: skip
