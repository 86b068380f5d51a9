"""`python -m orchestration` is `ticketlake`."""

from orchestration.cli import main

main()
