"""The reference pages of the site, made of what rules: dbt's descriptions of the models, and the commands."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = {
    "sdm": "What there is: tickets, their history, and what they are about.",
    "metrics": "What is asked most: figures, by period and dimension.",
    "meta": "Whether the data are whole and fresh.",
}


def write_reference(root: Path, folder: Path) -> None:
    """Write `index.md`, a page per public schema and `commands.md` into `folder`; `root` is the checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{schema}.md": schema_page(root, schema) for schema in SCHEMAS}
    pages |= {"commands.md": commands_page(), "settings.md": _SETTINGS, "index.md": _INDEX}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def models_of(root: Path, schema: str) -> list[dict[str, Any]]:
    """The public models of a schema as dbt describes them, by name."""
    models = root / "dbt_project" / "models"
    files = sorted((models / "marts" / schema).rglob("*.yml"), key=lambda file: file.name)
    (figures,) = _models_in(models / "intermediate" / "int_resolved_figures.yml")
    return [
        _as_view(model, figures) if file.parent.name == "resolved" else model
        for file in files
        for model in _models_in(file)
    ]


def _models_in(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    return found


def _as_view(model: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """With the key and the NOT NULLs of the table whose columns it shows, as publishing gives them to it."""
    constraints = {column["name"]: column.get("constraints", []) for column in table["columns"]}
    columns = [{**column, "constraints": constraints.get(column["name"], [])} for column in model["columns"]]
    return {**model, "data_tests": table["data_tests"], "columns": columns}


def schema_page(root: Path, schema: str) -> str:
    """Every table of a public schema: what a row is, its key, its columns with type and meaning."""
    parts = [f"# Schema `{schema}`\n\n{SCHEMAS[schema]}\n"]
    for model in models_of(root, schema):
        key = _key(model)
        parts.append(
            f"## {schema}.{model['name']}\n\n{_text(model['description'])}\n\n"
            + (f"Key: {', '.join(f'`{column}`' for column in key)}.\n\n" if key else "")
            + "| column | type | null | meaning |\n|---|---|---|---|\n"
            + "".join(_column(column) for column in model["columns"])
        )
    return "\n".join(parts)


def _key(model: dict[str, Any]) -> list[str]:
    """The columns of the `unique_key` test."""
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_key" in test:
            found: list[str] = test["unique_key"]["arguments"]["columns"]
            return found
    return []


def _column(column: dict[str, Any]) -> str:
    is_required = any(each.get("type") == "not_null" for each in column.get("constraints", []))
    return (
        f"| `{column['name']}` | {column['data_type']} | {'' if is_required else 'yes'} |"
        f" {_text(column['description'])} |\n"
    )


def _text(text: str) -> str:
    """One line that a table's cell can hold."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


def commands_page() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    from typer.main import get_command

    from orchestration.cli import app

    parts = [_COMMANDS]
    for name, command in _commands(get_command(app), "ticketlake"):
        options = [option for option in command.params if not getattr(option, "hidden", False)]
        parts.append(
            f"## {name}\n\n{_paragraphs(command.help or '')}\n\n```\n{name}{_usage(options)}\n```\n\n"
            + "| option | meaning | default |\n|---|---|---|\n"
            + "".join(map(_option, options))
        )
    return "\n".join(parts)


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    for part, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{name} {part}")
        elif not inner.hidden:
            yield f"{name} {part}", inner


def _usage(options: list[Any]) -> str:
    arguments = [f" {option.name.upper()}" for option in options if option.param_type_name == "argument"]
    named = [option for option in options if option.param_type_name == "option"]
    required = [f" {option.opts[0]} ..." for option in named if option.required]
    return "".join((*arguments, *required, " [OPTIONS]"))


def _option(option: Any) -> str:
    is_argument = option.param_type_name == "argument"
    names = f"`{option.name.upper()}`" if is_argument else ", ".join(f"`{name}`" for name in option.opts)
    kind = option.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        names += " " + " or ".join(f"`{choice.value}`" for choice in kind)
    has_default = option.default not in (None, False, (), []) and not callable(option.default) and not option.required
    default = f"`{option.default}`" if has_default else "required" if option.required else ""
    return f"| {names} | {_text(getattr(option, 'help', None) or '')} | {default} |\n"


def _paragraphs(text: str) -> str:
    """Help as Markdown: lines of a paragraph belong together."""
    return "\n\n".join(" ".join(part.split()) for part in text.replace("\b", "").split("\n\n")).replace("<", "\\<")


_INDEX = """# Reference

Generated from the models and from the commands when the site is built. `ticketlake lineage` writes a page,
`reports/lineage.html`, that has the same with where each table comes from.

```{toctree}
:maxdepth: 2

sdm
metrics
meta
commands
settings
```
"""
_SETTINGS = """# Settings

The environment comes first, then `ticketlake.toml` (or `--config PATH`), then the default. This is the example that
ships with the project; every line in it is a setting with what it does.

```{literalinclude} ../ticketlake.example.toml
:language: toml
```
"""
_COMMANDS = """# Commands

Options may follow the command. Exit codes, the first that applies: 2 wrong usage or configuration, 3 the instance
refused the credentials or a required table, 1 anything else failed, 4 data-quality checks failed, 0.
"""
