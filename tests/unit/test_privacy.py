"""Pseudonyms, names in texts, scrubbing, and the policy's settings."""

import pytest

from ingestion.errors import ConfigurationError
from ingestion.privacy.keys import PrivacyKey
from ingestion.privacy.phrases import Phrases, spellings
from ingestion.privacy.policy import Policy, policy_from
from ingestion.privacy.scrubbing import NAME, Scrubber
from ingestion.settings import load_settings

KEY = PrivacyKey.derived("a secret")


@pytest.mark.parametrize("value", ["ada", "Ada Lovelace", "ada@example.com", "田中太郎", "x", "pn-", "pn-aaaa"])
def test_a_pseudonym_is_stable_and_only_its_key_reads_it(value: str) -> None:
    pseudonym = KEY.pseudonym(value)
    assert pseudonym == PrivacyKey.derived("a secret").pseudonym(value) != value
    assert pseudonym == pseudonym.lower()
    assert KEY.pseudonym(pseudonym) == pseudonym, "a value is sealed once"
    assert KEY.value_of(pseudonym) == value
    assert PrivacyKey.derived("another").value_of(pseudonym) is None
    assert KEY.value_of(pseudonym[:-2] + "aa") is None


def test_digests_and_pseudonyms_depend_on_the_key() -> None:
    other = PrivacyKey.derived("another")
    assert KEY.digest("ada") != other.digest("ada") and KEY.pseudonym("ada") != other.pseudonym("ada")
    with pytest.raises(ConfigurationError, match="TICKETLAKE_SECRET_KEY"):
        PrivacyKey.derived("")


@pytest.mark.parametrize("digest", [str, KEY.digest], ids=["by name", "by digest"])
@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("called Zoë Müller, no answer", "called X, no answer"),
        ("ZOE MULLER", "X"),
        ("Müller, Zoë (on leave)", "X (on leave)"),
        ("zoe.muller@example.com wrote", "X wrote"),
        ("Zoe Mullers and Zoe", "Zoe Mullers and Zoe"),
        ("asked 田中太郎さん about it", "asked Yさん about it"),
        ("by z.mul7: z_mul7", "by Z: Z"),
        ("", ""),
    ],
)
def test_a_name_is_found_as_people_write_it(text: str, after: str, digest: object) -> None:
    phrases = Phrases(digest)  # type: ignore[arg-type]
    for name in [*spellings(["Zoe Müller"]), "zoe.muller@example.com"]:
        phrases.add(name, "X")
    phrases.add("田中太郎", "Y")
    phrases.add("z.mul7", "Z")
    assert phrases.replace(text) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("write to ada.lovelace+it@mail.example.co.uk.", "write to [e-mail]."),
        ("from 10.20.30.40:8080 to 192.168.1.1", "from [ip]:8080 to [ip]"),
        ("ping 2001:db8::1 and fe80::1:2", "ping [ip] and [ip]"),
        ("at 10:15:30 on 2026-11-20 10:15", "at 10:15:30 on 2026-11-20 10:15"),
        ("call +49 (0)170 123 45-67 or 0170/1234567", "call [phone] or [phone]"),
        ("(555) 123-4567, 555-123-4567, 0049 30 123456", "[phone], [phone], [phone]"),
        ("INC0012345 RITM0000042 version 10.2.3.4.5 build 20261120", None),
        ("01.02.2026, 01/02/2026, 20.11.2026 12:00", None),
        ("999.999.999.999 and 1.2.3", None),
        ("Ada Lovelace phoned; lovelace, ADA", "[name] phoned; [name]"),
    ],
)
def test_scrubbing_takes_what_tells_of_persons_and_leaves_the_rest(text: str, after: str | None) -> None:
    names = Phrases()
    for name in spellings(["Ada Lovelace"]):
        names.add(name, NAME)
    scrub = Scrubber(names)
    assert scrub(text) == (text if after is None else after)
    assert scrub(scrub(text)) == scrub(text)


def test_the_strictest_action_of_a_family_counts_and_settings_override_the_base() -> None:
    policy = policy_from("here", {"incident": {"description": "drop"}, "task": {"description": "scrub"}})
    for table in ("incident", "task", "problem"):
        assert policy.of(table) == {"description": "drop"} and policy.dropped(table) == {"description"}
    assert policy.of("sys_user") == {}
    shipped = policy_from("here", "default")
    assert shipped.of("incident")["short_description"] == "scrub" and shipped.needs_key and shipped.scrubs
    looser = policy_from("here", {"base": "default", "incident": {"short_description": "keep"}})
    assert "short_description" not in looser.of("incident") and "short_description" not in looser.of("task")
    assert looser.of("problem")["description"] == "scrub"
    assert Policy.from_json(shipped.to_json()).of("sys_user") == shipped.of("sys_user")
    assert not policy_from("here", "keep") and policy_from("here", {"*": {"sys_created_by": "drop"}}).of("task")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('privacy = "all"', 'privacy.base=\'all\' must be "default" or "keep"'),
        ("privacy = 3", 'privacy=3 must be "default", "keep" or a table'),
        ('privacy.sys_users.email = "drop"', "privacy.sys_users: not extracted; meant 'sys_user'?"),
        ('privacy.sys_user.email = "hide"', "privacy.sys_user.email='hide' is no action"),
        ('privacy.sys_user = "drop"', "privacy.sys_user='drop' must be a table of column = action"),
        ('privacy.incident.sys_id = "drop"', "syncs, deletes and retention go by this column"),
        ('field_map.state = "u_state"\nprivacy.incident.u_state = "drop"', "privacy.incident.u_state='drop'"),
        ('privacy."*".sys_updated_on = "drop"', "privacy.*.sys_updated_on='drop': syncs"),
        ('privacy.sys_dictionary.sys_created_by = "drop"', "sys_dictionary is read before any type is known"),
    ],
)
def test_a_wrong_policy_is_refused_by_name(tmp_path: object, setting: str, said: str) -> None:
    path = tmp_path / "ticketlake.toml"  # type: ignore[operator]
    path.write_text(f"[instances.default]\n{setting}\n")
    with pytest.raises(ConfigurationError) as refused:
        load_settings(path, {})
    assert said in str(refused.value) and "[instances.default]" in str(refused.value)
