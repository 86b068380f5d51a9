"""What the process that starts the dashboard hands over: where the data is, and where its instances are.

By environment, because the app is a script that Streamlit runs and nobody calls.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

DATA_DIR = "TICKETLAKE_DATA_DIR"
#: JSON object: name of the instance to its address.
INSTANCE_URLS = "TICKETLAKE_INSTANCE_URLS"


@dataclass(frozen=True)
class HandedOver:
    """The data directory, and the addresses of the instances that have one."""

    data_dir: Path
    instance_urls: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The same as variables, for `handed_over` of this process or another."""
        return {DATA_DIR: str(self.data_dir.absolute()), INSTANCE_URLS: json.dumps(dict(self.instance_urls))}

    def record_link(self, instance: str, table: str, sys_id: str) -> str | None:
        """The record's form in its instance; None where the instance's address is not known."""
        url = self.instance_urls.get(instance)
        return f"{url.rstrip('/')}/{quote(table)}.do?sys_id={quote(sys_id)}" if url else None


def handed_over() -> HandedOver:
    """What the environment says; the directory `data` where it says nothing."""
    return HandedOver(Path(os.environ.get(DATA_DIR, "data")), json.loads(os.environ.get(INSTANCE_URLS, "{}")))
