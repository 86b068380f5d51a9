"""`data-quality.json` and `data-quality.html` in the reports directory.

Both hold the newest result of each layer; checking one layer leaves the other's section as it was.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from orchestration.quality.report import Layer, QualityReport
from orchestration.quality.report_page import page

JSON_NAME = "data-quality.json"
HTML_NAME = "data-quality.html"

T = TypeVar("T", dict[str, Any], str)


@dataclass(frozen=True)
class LastCheck:
    """As in `QualityReport`, of the check before this one."""

    counts: Mapping[str, Mapping[str, Sequence[int]]]
    checked_loads: Mapping[str, str]


def write_report(reports_dir: Path, report: QualityReport) -> None:
    """Write both files, each in one step."""
    reports_dir.mkdir(parents=True, exist_ok=True)
    layers = {**_read_layers(reports_dir), report.layer: report.to_dict()}
    layers = {layer: layers[layer] for layer in ("raw", "public") if layer in layers}
    _replace(reports_dir / JSON_NAME, json.dumps({"layers": layers}, indent=1, ensure_ascii=False) + "\n")
    _replace(reports_dir / HTML_NAME, page(layers))


def last_check(reports_dir: Path, layer: Layer) -> LastCheck:
    """What the last check of the layer left to go by; empty where there is no usable report."""
    section = _read_layers(reports_dir).get(layer, {})
    counts = {
        table: {name: kept for name, kept in each.items() if _are_counts(kept)}
        for table, each in _by_name(section.get("counts"), dict).items()
    }
    return LastCheck(counts, _by_name(section.get("checked_loads"), str))


def _by_name(value: object, kind: type[T]) -> dict[str, T]:
    if not isinstance(value, dict):
        return {}
    return {name: item for name, item in value.items() if isinstance(item, kind)}


def _are_counts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(count, int) for count in value)


def _read_layers(reports_dir: Path) -> dict[str, Any]:
    """The sections of the last report. A file that is missing or damaged is only a report: start anew."""
    try:
        document = json.loads((reports_dir / JSON_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    layers = document.get("layers", {}) if isinstance(document, dict) else {}
    if not isinstance(layers, dict):
        return {}
    return {layer: section for layer, section in layers.items() if isinstance(section, dict) and "results" in section}


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(f"{path.suffix}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
