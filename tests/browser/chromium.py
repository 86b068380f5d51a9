"""Which browser the tests drive: one that is installed already, for playwright's own is not to be had everywhere.

Run as a module it prints the path, or fails and says what to install.
"""

import os
import shutil
import sys
from pathlib import Path

#: Names it a way that none of NAMES is found by; a path or a command.
OVERRIDE = "TICKETLAKE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Nothing that calls home, no sandbox (containers have none), no graphics card.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """Says what to install."""


def find() -> Path:
    """The browser's path. Raises NoBrowser where there is none, also where OVERRIDE names none."""
    if named := os.environ.get(OVERRIDE):
        if found := shutil.which(named):
            return Path(found)
        raise NoBrowser(f"{OVERRIDE}={named} is no browser that could be started")
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise NoBrowser(
        f"none of {', '.join(NAMES)} is on the PATH: install Chromium (Debian: apt-get install chromium),"
        f" or name one in {OVERRIDE}"
    )


if __name__ == "__main__":
    try:
        print(find())
    except NoBrowser as reason:
        sys.exit(str(reason))
