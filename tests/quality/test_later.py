"""A module that is left for later is imported when something of it is asked for, and is then the one that all share."""

import sys

import pytest

from orchestration.quality.later import left_for_later


def test_a_module_is_imported_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with left_for_later("colorsys"):
        import colorsys as stand_in
    assert "colorsys" not in sys.modules
    assert stand_in.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    import colorsys

    assert colorsys is sys.modules["colorsys"] is not stand_in
    assert stand_in.rgb_to_hsv is colorsys.rgb_to_hsv


def test_a_module_that_is_there_stays() -> None:
    import colorsys

    with left_for_later("colorsys"):
        assert sys.modules["colorsys"] is colorsys
    assert sys.modules["colorsys"] is colorsys
