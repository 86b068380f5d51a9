"""The ways from the instance to a place, one a process: `python -m benchmarks.paths NAME URL ARGUMENT...`.

Each prints one JSON document. All ask for all columns of `incident`, raw values, links excluded, in
pages of 1,000. Libraries are imported before the stopwatch starts, for every path alike.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.others import fetch, pysnc, rest_api
from benchmarks.ours import steady, sync

PATHS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "fetch": fetch,
    "sync": sync,
    "steady": steady,
    "rest_api": rest_api,
    "pysnc": pysnc,
}


def main() -> None:
    logging.disable(logging.INFO)
    name, *arguments = sys.argv[1:]
    print(json.dumps(PATHS[name](*arguments)))


if __name__ == "__main__":
    main()
