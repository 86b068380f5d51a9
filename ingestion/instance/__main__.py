"""`python -m ingestion.instance`: an embedded ServiceNow instance until it is interrupted."""

import argparse
from datetime import datetime
from pathlib import Path

from ingestion.instance.process import ServeOptions, serve


def main() -> None:
    """Reads the command line and serves."""
    defaults = ServeOptions()
    parser = argparse.ArgumentParser(prog="python -m ingestion.instance", description=__doc__)
    parser.add_argument("--port", type=int, default=defaults.port, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="written once the instance answers")
    parser.add_argument("--incidents", type=int, default=defaults.incidents, help="0: an empty instance")
    parser.add_argument("--days", type=int, default=defaults.days, help="days the incidents are spread over")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--event-log", type=Path, help="replay this log instead of a generated company")
    parser.add_argument("--now", type=datetime.fromisoformat, help="ISO 8601, UTC; default: the present")
    parser.add_argument("--speed", type=float, default=defaults.speed, help="0: the clock stands still; 1: real time")
    serve(ServeOptions(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
