"""What is on the disk before anything is acknowledged, as the kernel saw it: the system calls of worker and API under strace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from curbwatch.demo.house import free_port
from detector.worker import bundled
from detector.worker.desk import EvidenceDesk
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.sender import Sender
from detector.worker.state import StateStore
from evidence.packet import WorkerNamed
from evidence.signing import SigningKey
from streams.media import AccessUnit
from streams.ring import RingNow

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("strace") is None, reason="needs Debian's strace")]

CHILD = Path(__file__).with_name("outbox_child.py")
CALLS = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,write,sendto,sendmsg"
STRACE = ["strace", "-f", "-y", "-s", "120", "-e", f"trace={CALLS}", "-o"]


def calls(trace: Path, since: str = "") -> list[str]:
    """The calls that succeeded, one a line, in the order in which they ended; from the line with `since` on."""
    lines = [re.sub(r"^\d+ +", "", line) for line in trace.read_text("utf-8", "replace").splitlines() if " = -1 " not in line and "unfinished" not in line]
    start = next((number for number, line in enumerate(lines) if since in line), 0)
    return lines[start:]


def assert_in_order(lines: Sequence[str], wanted: Sequence[str]) -> None:
    """Each pattern is found after the one before it."""
    place = 0
    for pattern in wanted:
        found = next((number for number in range(place, len(lines)) if re.search(pattern, lines[number])), None)
        assert found is not None, f"no {pattern} after line {place} of\n" + "\n".join(lines[max(0, place - 5) : place + 40])
        place = found + 1


def test_a_packet_is_on_the_disk_before_its_id_is_told(tmp_path: Path) -> None:
    data, trace = tmp_path / "data", tmp_path / "trace"
    data.mkdir()
    command = [*STRACE, str(trace), sys.executable, str(CHILD), str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        first, second = child.stdout.readline().strip(), child.stdout.readline().strip()
        os.killpg(child.pid, signal.SIGKILL)
    opened = [rf"f(data)?sync\(.*<{data}>", r"fdatasync\(.*outbox.sqlite-wal", rf"fsync\(.*<{data}>"]
    assert_in_order(calls(trace), opened)
    draft, place = f"{data}/incoming/{{}}", f"{data}/packets"
    for packet_id, since in ((first, "source-0"), (second, "source-1")):
        folder = draft.format(packet_id)
        assert_in_order(
            calls(trace, since),
            [
                rf"fsync\(.*{folder}/keyframe_first.h264",
                rf"fsync\(.*{folder}>",
                rf"fsync\(.*{folder}/manifest.json.draft",
                rf"rename\(.*{folder}/manifest.json.draft.*{folder}/manifest.json",
                rf"fsync\(.*{folder}>",
                rf"rename\(.*{folder}.*{place}/{packet_id}",
                rf"fsync\(.*{place}>",
                r"fdatasync\(.*outbox.sqlite-wal",
                rf"write\(1<pipe.*{packet_id}",
            ],
        )


@pytest.mark.parametrize("most_bytes", [bundled.LARGEST_BYTES, 0], ids=["in one request", "file by file"])
def test_what_the_api_acknowledges_is_on_its_disk_and_the_receipt_on_the_workers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most_bytes: int,
    units_of: Callable[[str], tuple[AccessUnit, ...]],
    wall: Callable[[float], datetime],
    made_order: Callable[..., PacketOrder],
    worker: WorkerNamed,
) -> None:
    monkeypatch.setattr(bundled, "LARGEST_BYTES", most_bytes)
    trace, port, api = tmp_path / "trace", free_port(), tmp_path / "api"
    key, state, outbox = SigningKey.generate(), StateStore(tmp_path / "worker" / "state.sqlite"), Outbox(tmp_path / "worker")
    state.open()
    outbox.open()
    named = worker.model_copy(update={"key_id": key.key_id})
    desk = EvidenceDesk(HeldEvidence(tmp_path / "worker" / "held"), outbox, key, state, named, lambda camera_id: RingNow(1, units_of("h264")), wall)
    order = made_order()
    desk.owe(order.to_debt())
    assert desk.run_pending(1003.0, force=True) == 1
    serve = [sys.executable, "-m", "curbwatch", "serve", "--port", str(port), "--data-dir", str(api)]
    with subprocess.Popen([*STRACE, str(trace), *serve], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            until(f"http://127.0.0.1:{port}/healthz")
            token = (api / "tokens" / "worker.token").read_text().strip()
            sender = Sender(outbox, base_url=f"http://127.0.0.1:{port}", token=token, worker=named.name, key=key)
            assert sender.step(time.time()) == 0.0, sender.trouble
            assert outbox.standing(time.time()).delivered == 1
            sender.close()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    outbox.close()
    state.close()
    answered = r"(sendto|write|sendmsg)\(.*HTTP/1.1 201"
    lines = calls(trace, "HTTP/1.1 200")  # after /healthz
    blobs = [rf"fsync\(.*{api}/evidence/", rf"(link|linkat|rename\w*)\(.*{api}/evidence/", rf"fsync\(.*{api}/evidence/[0-9a-f]{{2}}>", answered]
    assert_in_order(lines, blobs)
    last = max(number for number, line in enumerate(lines) if re.search(answered, line))
    before = max(number for number, line in enumerate(lines[:last]) if re.search(answered, line) or re.search(blobs[2], line))
    assert any(re.search(r"(fdatasync|fsync)\(.*curbwatch.sqlite-wal", line) for line in lines[before:last]), (
        "the receipt was told before its row was on the disk"
    )


def until(url: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")
