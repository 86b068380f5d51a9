"""The embedded instance with an `IncidentWorld`, in a process of its own: `python -m benchmarks.serve`."""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.repeating import RepeatingIncidents
from benchmarks.world import NOW, IncidentWorld
from ingestion.instance import InstanceOptions
from ingestion.instance.application import Application
from ingestion.instance.server import InstanceServer

#: The JSON of a row as each path asks for it (four lists of columns, 3 kB each) is kept: no path waits for SQLite.
_CACHE_BYTES_A_ROW = 12_000


@contextmanager
def serving(rows: int, repeated: int = 0) -> Iterator[str]:
    """Serve `rows` incidents, or as many as `repeated` made of them, while the context is open; yields the address."""
    with tempfile.TemporaryDirectory(prefix="ticketlake-bench-") as folder:
        port_file = Path(folder, "port")
        command = [sys.executable, "-m", "benchmarks.serve", "--rows", str(rows), "--port-file", str(port_file)]
        with subprocess.Popen([*command, "--repeated", str(repeated)]) as process:
            try:
                while not port_file.exists():
                    if process.poll() is not None:
                        raise SystemExit(f"the instance ended with {process.returncode} before it served")
                    time.sleep(0.1)
                yield f"http://127.0.0.1:{port_file.read_text()}"
            finally:
                process.terminate()


def main() -> None:
    """Serve until terminated; the port is written once all rows are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--repeated", type=int, default=0, help="serve so many incidents by repeating the rows")
    parser.add_argument("--port-file", type=Path, required=True)
    options = parser.parse_args()
    instance = Application(
        IncidentWorld(options.rows), NOW, InstanceOptions(cache_bytes=max(64 << 20, options.rows * _CACHE_BYTES_A_ROW))
    )
    # A first query makes the indexes: they are no part of anyone's time.
    instance.store.build_indexes()
    handle = RepeatingIncidents(instance, options.repeated).handle if options.repeated else instance.handle
    server = InstanceServer(handle)
    server.start()
    partial = options.port_file.with_suffix(".partial")
    partial.write_text(str(server.port))
    partial.replace(options.port_file)
    threading.Event().wait()


if __name__ == "__main__":
    main()
