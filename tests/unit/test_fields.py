"""Columns that the settings name, against the dictionary: what is refused, what is warned of, and in which words."""

from pathlib import Path

import pytest
import yaml

from ingestion.errors import ConfigurationError
from ingestion.servicenow import fields
from ingestion.servicenow.catalogue import REQUIRED_FIELDS
from ingestion.servicenow.dictionary import Dictionary
from ingestion.settings import InstanceSettings, instance_from

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[1] / "contract.yml").read_text(encoding="utf-8"))


def dictionary(**kinds: str) -> Dictionary:
    """Incident with these columns, `number` inherited from task."""
    objects = [
        {"sys_id": "t", "name": "task", "super_class": None},
        {"sys_id": "i", "name": "incident", "super_class": "t"},
    ]
    entries = [{"name": "task", "element": "number", "internal_type": "string"}]
    entries += [{"name": "incident", "element": name, "internal_type": kind} for name, kind in kinds.items()]
    return Dictionary(objects, entries)


KNOWN = fields.known_columns(dictionary(u_vendor="reference", comments="journal_input", u_key="password2"))


def instance(**settings: object) -> InstanceSettings:
    return instance_from("north", "", settings)


def test_columns_of_the_table_and_of_what_it_extends_are_known_but_not_what_is_never_read() -> None:
    assert {"number", "u_vendor"} == KNOWN
    assert {"number", "caller_id", "sys_id"} <= fields.known_columns(dictionary()) | fields.known_columns(None)


@pytest.mark.parametrize("column", ["u_vndor", "comments", "u_key", "sys_id"])
@pytest.mark.parametrize("setting", ["field_map", "extra_columns"])
def test_a_column_that_cannot_be_read_is_refused_by_name(setting: str, column: str) -> None:
    value: object = {"category": column} if setting == "field_map" else ["u_vendor", column]
    with pytest.raises(ConfigurationError) as caught:
        fields.refuse_unknown(instance(**{setting: value}), KNOWN)
    text = str(caught.value)
    assert caught.value.exit_code == 2
    assert all(part in text for part in ("[instances.north]", setting, f"incident.{column}", "'north'"))
    assert "u_vendor" in text if column == "u_vndor" else "Correct the name" in text
    assert ("remove the entry" if setting == "field_map" else "take it from the list") in text


def test_a_column_that_the_source_has_lost_is_warned_of_because_its_values_are_kept() -> None:
    settings = instance(extra_columns=["u_vendor", "u_old"], field_map={"number": "u_former"})
    lines = fields.refuse_unknown(settings, KNOWN, gone={"u_old", "u_former"})
    assert ["u_former" in line or "u_old" in line for line in lines] == [True, True]
    assert fields.refuse_unknown(instance(extra_columns=["u_vendor"]), KNOWN) == []


def test_a_missing_required_field_is_named_with_what_depends_on_it() -> None:
    missing = fields.missing_required(instance(field_map={"made_sla": "u_vendor", "reopen_count": "u_no"}), KNOWN)
    assert missing.keys() == set(REQUIRED_FIELDS) - {"number", "made_sla"}
    assert "incident.u_no " in missing["reopen_count"] and "metrics.reopen" in missing["reopen_count"]


def test_what_depends_on_a_field_is_published() -> None:
    assert fields.DEPENDENTS.keys() == set(REQUIRED_FIELDS)
    for names in fields.DEPENDENTS.values():
        for name in names:
            if name.startswith("the dimension"):
                continue
            schema, table, *column = name.split(".")
            assert set(column) <= CONTRACT[schema][table]["columns"].keys(), name


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (["U_Vendor"], "'U_Vendor'"),
        (["caller_id.name"], "'caller_id.name'"),
        (["u_a", "u_a_label"], "'u_a_label'"),
        ("u_vendor", "list of texts"),
    ],
)
def test_extra_columns_that_cannot_be_are_refused_as_settings(given: object, word: str) -> None:
    with pytest.raises(ConfigurationError, match="extra_columns") as caught:
        instance(extra_columns=given)
    assert word in str(caught.value)


def test_an_extra_column_counts_once() -> None:
    assert instance(extra_columns=["u_b", "u_a", "u_b"]).extra_columns == ("u_b", "u_a")
