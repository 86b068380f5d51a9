"""An embedded ServiceNow instance: a real HTTP server with a Table API, for tests and demonstrations.

    with EmbeddedInstance(now=datetime(2026, 1, 5)) as servicenow:
        servicenow.platform.create("incident", {"short_description": "Mail is slow"})
        httpx.get(f"{servicenow.url}/api/now/table/incident", auth=(servicenow.username, servicenow.password))

`EmbeddedInstance` serves from a thread of this process, `EmbeddedProcess` from one of its own;
`ControlClient` drives either over `/_control`.
"""

from ingestion.instance.client import ControlClient, ControlError
from ingestion.instance.embedded import EmbeddedInstance
from ingestion.instance.options import InstanceOptions
from ingestion.instance.process import EmbeddedProcess, ServeOptions, serve
from ingestion.instance.schema import Column
from ingestion.instance.world import World

__all__ = [
    "Column",
    "ControlClient",
    "ControlError",
    "EmbeddedInstance",
    "EmbeddedProcess",
    "InstanceOptions",
    "ServeOptions",
    "World",
    "serve",
]
