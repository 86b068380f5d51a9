"""Keys and system columns of what the company owns: the same for the same seed."""

from hashlib import md5

Row = dict[str, str]


def sys_id_of(seed: int, kind: str, index: int | str) -> str:
    """The sys_id of thing `index` of a kind: 32 hexadecimal digits."""
    return md5(f"{seed}/{kind}/{index}".encode(), usedforsecurity=False).hexdigest()


def system_columns(sys_id: str, created: str, updated: str = "", by: str = "admin", mods: int = 0) -> Row:
    """`sys_*` columns of a row that is written as it stands, without the history that made it."""
    return {
        "sys_id": sys_id,
        "sys_created_on": created,
        "sys_created_by": by,
        "sys_updated_on": updated or created,
        "sys_updated_by": by,
        "sys_mod_count": str(mods),
    }
