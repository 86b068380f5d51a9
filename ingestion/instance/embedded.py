"""An embedded instance in this process, for tests and short runs."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Self

from ingestion.instance.access import Access
from ingestion.instance.application import Application
from ingestion.instance.client import ControlClient
from ingestion.instance.clock import Clock
from ingestion.instance.options import InstanceOptions
from ingestion.instance.platform import Platform
from ingestion.instance.server import InstanceServer
from ingestion.instance.store import Store
from ingestion.instance.tls import server_context, write_certificate
from ingestion.instance.world import World


class EmbeddedInstance(Access):
    """A ServiceNow instance on a loopback port, served from a thread while the context is open.

    `now` (naive UTC; default: the present) is where its clock stands; with `speed` it runs at that
    multiple of real time. With `tls` it speaks https, and `certificate` is what a client has to trust;
    that file lasts as long as the context. The other arguments are fields of `InstanceOptions`.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        now: datetime | None = None,
        speed: float = 0.0,
        port: int = 0,
        host: str = "127.0.0.1",
        tls: bool = False,
        options: InstanceOptions | None = None,
        **settings: object,
    ) -> None:
        if options is not None and settings:
            raise ValueError("give either options or single settings, not both")
        self.options = options or InstanceOptions(**settings)  # type: ignore[arg-type]
        self.application = Application(world, now, self.options, speed)
        self._folder = tempfile.TemporaryDirectory(prefix="servicenow-") if tls else None
        self.certificate = write_certificate(Path(self._folder.name)) if self._folder else None
        context = server_context(self.certificate) if self.certificate else None
        self._server = InstanceServer(self.application.handle, host, port, context)
        self.url = f"{self._server.scheme}://{host}:{self._server.port}"
        self.control = ControlClient(self.url, certificate=self.certificate)

    @property
    def store(self) -> Store:
        """The rows."""
        return self.application.store

    @property
    def platform(self) -> Platform:
        """Writes as the platform makes them."""
        return self.application.platform

    @property
    def clock(self) -> Clock:
        """The instance's time; `control.advance` also lets the world live on."""
        return self.application.clock

    @property
    def port(self) -> int:
        """The port it is served on."""
        return self._server.port

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self.control.close()
        self.store.close()
        if self._folder is not None:
            self._folder.cleanup()
