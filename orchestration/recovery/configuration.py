"""The `ticketlake.toml` of an archive, and the one that is here."""

from pathlib import Path

from ingestion.settings import data_dir_of
from orchestration.state import StateDatabase
from orchestration.state.configuration import Configurations


def place_configuration(
    database: StateDatabase, file: Path, text: str | None, *, replace: bool, actor: str
) -> list[str]:
    """Write an archive's file where there is none, or with `replace` instead of another; lines on what was done.

    A file that is replaced is kept as a version; one that is left alone is named.
    """
    if text is None:
        return ["the backup holds no ticketlake.toml: its settings were the environment's and the defaults"]
    present = file.read_bytes().decode("utf-8", "backslashreplace") if file.is_file() else None
    lines = []
    if present == text:
        return [f"{file} is as it was backed up"]
    if present is not None:
        if not replace:
            return [f"{file} is not the one that was backed up, and was left alone (--replace replaces it)"]
        kept = Configurations(database).keep(
            None, present, "replaced by a restore before a run had read it", actor=actor, cause="replaced by a restore"
        )
        lines.append(f"the {file.name} that was here is kept as version {kept} of the configuration")
    fresh = file.with_name(f".{file.name}.restore")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
    lines.append(f"{file} restored")
    if data_dir_of(file) != database.path.parent:
        lines.append(
            f"{file} names data_dir {data_dir_of(file)}, not {database.path.parent}: correct it, or set"
            " TICKETLAKE_DATA_DIR"
        )
    return lines
