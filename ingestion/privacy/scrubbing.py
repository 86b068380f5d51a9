"""Taking e-mail addresses, phone numbers, IP addresses and names of known users out of free text.

What is found is replaced by what it was: `[e-mail]`, `[ip]`, `[phone]`, `[name]`. Times, dates, versions and
record numbers stay.
"""

import ipaddress
import re

from ingestion.privacy.phrases import Phrases

EMAIL, IP, PHONE, NAME = "[e-mail]", "[ip]", "[phone]", "[name]"

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
#: International, with a leading zero or bracket, or in the North American form; eight digits at least, see below.
_PHONE = re.compile(
    r"(?<![\w.:/+-])(?:(?:\+|00)\d(?:[ ./()-]{0,3}\d){6,14}"
    r"|\(?0\d{1,4}\)?(?:[ ./-]{1,3}\d{2,9}){1,4}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}"
    r"|\d{3}[.-]\d{3}[.-]\d{4})(?![\w]|[.:/-]\d)"
)
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?!\d)")
_LEAST_DIGITS = 7


class Scrubber:
    """`names` are those of known users, each with `NAME` in its place."""

    def __init__(self, names: Phrases) -> None:
        self.names = names

    def __call__(self, text: str) -> str:
        if "@" in text:
            text = _EMAIL.sub(EMAIL, text)
        if ":" in text:
            text = _IPV6.sub(_ip, text)
        if any(map(str.isdigit, text)):
            text = _PHONE.sub(_phone, _IPV4.sub(_ip, text))
        return self.names.replace(text) if self.names else text


def _ip(match: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    return IP


def _phone(match: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, match[0]))
    return match[0] if digits < _LEAST_DIGITS or _DATE.match(match[0]) else PHONE
