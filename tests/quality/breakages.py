"""For every rule, the SQL that breaks it in the healthy warehouse: one wrong row, or one wrong column.

Rules that many tables share are found by their name; `{table}` is the table under test.
"""

import re
from collections.abc import Callable

from ingestion.warehouse import BOOKKEEPING, RAW
from tests.quality.healthy import INSTANCE, NOW

_UPDATE = "UPDATE {table} SET "
_LATER = f"TIMESTAMP '{NOW}' + INTERVAL 3 DAY"
_COPY = "INSERT INTO {table} SELECT * FROM {table} LIMIT 1"

_RAW: dict[str, str] = {
    "missing_columns": "ALTER TABLE {table} DROP COLUMN sys_created_by",
    "mistyped_columns": "ALTER TABLE {table} ALTER sys_created_by TYPE BLOB",
    "key_nulls": _UPDATE + "sys_id = NULL",
    "duplicate_keys": _COPY,
    "empty_beside_incidents": "DELETE FROM {table}",
    "hours_since_change": _UPDATE + f"sys_updated_on = TIMESTAMP '{NOW}' - INTERVAL 4 DAY",
    "hours_since_sync": f"UPDATE {BOOKKEEPING}.coverage SET last_synced_at = last_synced_at - INTERVAL 2 DAY",
    "load_keys_unique": _COPY,
    "load_sys_id_format": _UPDATE + "sys_id = 'INC0010001'",
    "load_created_present": _UPDATE + "sys_created_on = NULL",
    "load_number_format": _UPDATE + "number = 'see e-mail'",
}
_RAW_PATTERNS: dict[str, Callable[[str], str]] = {
    r"load_(\w+)_range": lambda column: _UPDATE + f"{column} = 9",
    r"(\w+)_in_future(?:_share)?": lambda column: _UPDATE + f"{column} = {_LATER}",
    r"(\w+)_null_share": lambda column: _UPDATE + f'"{column}" = NULL',
    r"(\w+)_negative": lambda column: _UPDATE + f'"{column}" = -1',
    r"(\w+)_orphan_share": lambda column: _UPDATE + f"\"{column}\" = '{'e' * 32}'",
    r"(\w+)_unknown_share": lambda column: _UPDATE + f"\"{column}\" = '77'",
    r"(\w+)_before_\w+": lambda column: _UPDATE + f'"{column}" = "{column}" - INTERVAL 1 DAY',
    r"missing_in_(\w+)": lambda parent: f"UPDATE {RAW}.{parent} SET sys_id = '{'e' * 32}'",
}

_PUBLIC: dict[str, str] = {
    "sdm.itsm resolve_minutes_wrong": _UPDATE + "resolve_minutes = 60",
    "sdm.itsm open_and_cancelled": _UPDATE + "is_open = true, is_cancelled = true",
    "sdm.itsm bad_clock_share": _UPDATE + "has_bad_clock = true",
    "sdm.itsm title_without_key": _UPDATE + "recurring_key = NULL",
    "metrics.mttr tickets_unaccounted_for": "DELETE FROM metrics.excluded",
    "metrics.top_recurring_tickets fewer_than_three_tickets": _UPDATE + "ticket_count = 2",
    "metrics.top_recurring_tickets rank_repeats": "INSERT INTO {table} SELECT * REPLACE ('other' AS recurring_key)"
    " FROM {table}",
    "metrics.backlog days_do_not_chain": "INSERT INTO {table} SELECT * REPLACE (as_of + 1 AS as_of, 5 AS open_count)"
    " FROM {table}",
    "differs_from_raw": "DELETE FROM {table}",
    "duplicate_keys": _COPY,
    "periods_do_not_add_up": "DELETE FROM {table} WHERE grain = 'week'",
    "dimensions_do_not_add_up": "DELETE FROM {table} WHERE dimension = 'ci' AND grain = 'day'",
    "cohort_differs_from_mttr": "DELETE FROM metrics.mttr",
}
#: A column of the table for the rules on several columns at once, by the column's ending.
_SHARE, _COUNT, _DURATION = ("_share", "_rate", "score"), ("_count", "rank"), ("_minutes", "_days", "_held", "seconds")


def break_raw(table: str, rule: str) -> str:
    """SQL that makes a rule of a raw table fail."""
    if rule == "secret_columns":
        return (
            "ALTER TABLE {table} ADD COLUMN api_secret VARCHAR;"
            f"UPDATE {RAW}.sys_dictionary SET instance = '{INSTANCE}', name = '{table.partition('.')[2]}',"
            " element = 'api_secret', internal_type = 'password2'"
        ).format(table=table)
    if statement := _RAW.get(rule):
        return statement.format(table=table)
    for pattern, make in _RAW_PATTERNS.items():
        if match := re.fullmatch(pattern, rule):
            return make(match[1]).format(table=table)
    raise LookupError(f"no breakage for {table} {rule}: add one, or nothing proves that the rule can fail")


def break_public(table: str, rule: str, key: tuple[str, ...], columns: dict[str, str]) -> str:
    """SQL that makes a rule of a public table fail; `columns` are its columns with their types."""
    numeric = [name for name, kind in columns.items() if kind in ("BIGINT", "INTEGER", "DOUBLE")]
    if rule == "missing_columns":
        statement = "ALTER TABLE {table} DROP COLUMN " + f'"{key[-1]}"'
    elif rule == "required_nulls":
        statement = _UPDATE + f'"{key[0]}" = NULL'
    elif rule == "share_out_of_range":
        statement = _UPDATE + f"{next(name for name in numeric if name.endswith(_SHARE))} = 1.5"
    elif rule == "negative_counts":
        counts = (name for name in numeric if name.endswith(_COUNT) or columns[name] == "BIGINT")
        statement = _UPDATE + f"{next(name for name in counts if name != 'difference')} = -1"
    elif rule == "negative_durations":
        statement = _UPDATE + f"{next(name for name in numeric if name.endswith(_DURATION))} = -1"
    elif match := re.fullmatch(r"(\w+)_not_allowed", rule):
        statement = _UPDATE + f"{match[1]} = 'unheard of'"
    elif match := re.fullmatch(r"(\w+)_above_(\w+)", rule):
        statement = _UPDATE + f"{match[1]} = {match[2]} + {'INTERVAL 1 DAY' if match[1].endswith('_at') else '1'}"
    else:
        statement = _PUBLIC.get(f"{table} {rule}") or _PUBLIC[rule]
    return statement.format(table=table)
