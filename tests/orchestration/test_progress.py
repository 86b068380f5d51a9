"""What a person sees of an extraction: bars on a terminal, a few lines elsewhere, nothing where quiet."""

import os
import pty
import re
import subprocess
import sys

import pytest

from orchestration.progress import LINE_SECONDS, showing_progress

#: Two tables of one instance and one of another, a batch a second by a clock of their own.
REPORTING = """
from orchestration.progress import showing_progress

time = [0.0]
with showing_progress(clock=lambda: time[0]) as progress_of:
    north = progress_of("north")
    for table, batches, total in (("sys_user", 2, None), ("incident", 20, 200_000)):
        for batch in range(1, batches + 1):
            time[0] += 1
            north(table, 10_000 * batch, total)
    south = progress_of("south")
    time[0] += 2
    south("incident", 500, 400)
"""


def test_a_terminal_shows_a_bar_with_rows_pace_and_time_left() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen([sys.executable, "-c", REPORTING], stderr=theirs, stdout=theirs, env=environment) as process:
        os.close(theirs)
        written = bytearray()
        while part := _read(ours):
            written += part
    os.close(ours)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode())
    frames = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    bars = [frame for frame in frames if "━" in frame]
    assert any(re.fullmatch(r"north sys_user ━+ 20,000 rows, 10,000 rows/s", bar) for bar in bars), bars
    assert any(
        re.fullmatch(r"north incident [━╸╺ ]+ 50,000 of 200,000 rows, 10,000 rows/s, 0:00:15 left", bar) for bar in bars
    ), bars
    assert any("500 of 400 rows" in bar and "0:00:00 left" in bar for bar in bars), bars
    # A terminal of few lines still shows the present bar: one at a time, and a line for what has ended.
    assert all(bar.count("━ ") <= 1 for bar in bars)
    assert [frame for frame in frames if "━" not in frame] == [
        "north sys_user: 20,000 rows, 10,000 rows/s",
        "north incident: 200,000 rows, 10,000 rows/s",
        "south incident: 500 rows, 250 rows/s",
    ]


def _read(file: int) -> bytes:
    """What the other side wrote; nothing where it has closed, which Linux tells as an error."""
    try:
        return os.read(file, 65_536)
    except OSError:
        return b""


def test_elsewhere_a_table_says_a_line_every_few_seconds_and_one_at_its_end() -> None:
    outcome = subprocess.run([sys.executable, "-c", REPORTING], capture_output=True, text=True, check=True)
    assert outcome.stdout == ""
    assert LINE_SECONDS == 5
    assert outcome.stderr.splitlines() == [
        "north sys_user: 20,000 rows, 10,000 rows/s",
        "north incident: 60,000 of 200,000 rows, 10,000 rows/s, 0:00:14 left",
        "north incident: 110,000 of 200,000 rows, 10,000 rows/s, 0:00:09 left",
        "north incident: 160,000 of 200,000 rows, 10,000 rows/s, 0:00:04 left",
        "north incident: 200,000 rows, 10,000 rows/s",
        "south incident: 500 rows, 250 rows/s",
    ]


def test_what_was_read_is_told_where_the_cycle_breaks_off(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="gone"), showing_progress(clock=iter([0.0, 1.0, 1.0]).__next__) as progress_of:
        assert progress_of is not None
        progress_of("north")("incident", 70, 900)
        raise OSError("gone")
    assert capfd.readouterr().err == "north incident: 70 rows, 70 rows/s\n"


def test_nothing_is_shown_where_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    with showing_progress(quiet=True) as progress_of:
        assert progress_of is None
    assert capfd.readouterr() == ("", "")
