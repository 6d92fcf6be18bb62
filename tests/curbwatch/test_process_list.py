"""A camera's password on the command line is not in the process list."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "address",
    ["rtsp://user:geheim77@127.0.0.1:9/x", "gate=rtsp://user:geheim77@127.0.0.1:9/x", "rtsp://user:gehe@im77@127.0.0.1:9/x"],
    ids=["plain", "with an id", "a password with an at sign"],
)
def test_the_password_is_hidden_while_the_command_runs(address: str) -> None:
    command = [sys.executable, "-c", "import time; from curbwatch.process_list import hide_user_info; hide_user_info(); print(1, flush=True); time.sleep(30)"]
    with subprocess.Popen([*command, address], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        finally:
            process.kill()
    assert b"im77" not in shown
    assert b"@127.0.0.1:9/x" in shown


def test_a_real_probe_hides_it_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "curbwatch", "cameras", "probe", "--timeout", "5", "rtsp://user:geheim77@192.0.2.1:9/x"], stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + 20
            shown = b"geheim77"
            while b"geheim77" in shown and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
                shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        finally:
            process.kill()
    assert b"geheim77" not in shown
