"""Independent RTSP servers, each a process of its own, and the clips that they serve."""

from __future__ import annotations

import datetime
import json
import os
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SYSTEM_PYTHON = Path("/usr/bin/python3")
SCRIPTS = Path(__file__).parent.parent.parent / "servers"
USER, PASSWORD = "inspector", "p@ss"
WHO = "inspector:p%40ss@"
NOBODY = 65534
HAS_GSTREAMER = """
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, Gst, GstRtspServer
Gst.init(None)
names = "qtdemux h264parse h265parse rtph264pay rtph265pay alawenc rtppcmapay".split()
missing = [name for name in names if Gst.ElementFactory.find(name) is None]
raise SystemExit(", ".join(missing + ["glib-networking"] * (not Gio.TlsBackend.get_default().supports_tls())) or 0)
"""


@pytest.fixture(scope="session")
def clips(make_clip: Callable[..., Path]) -> Iterator[dict[str, Path]]:
    """Eight seconds of H.264 and H.265, a keyframe every 0.4 s, with and without B-pictures, where servers that run as nobody can read them too."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        made = {}
        for codec in ("h264", "hevc"):
            for suffix, b_frames in (("", 0), ("-b", 2)):
                made[codec + suffix] = make_clip(Path(folder) / f"{codec}{suffix}.mp4", codec, seconds=8.0, keyframe_every=10, b_frames=b_frames)
            made[f"{codec}-short"] = make_clip(Path(folder) / f"{codec}-short.mp4", codec, seconds=1.6, keyframe_every=10)
        yield made


@contextmanager
def running(command: Sequence[str], *, as_nobody: bool = False) -> Iterator[Callable[[float], str]]:
    """Runs a server, and ends it; the function waits for its next line (stdout and stderr are one), and fails when there is none."""
    user = NOBODY if as_nobody and os.geteuid() == 0 else None
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH")} | {"HOME": "/nonexistent"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, user=user, group=user, env=environment) as process:
        lines: queue.Queue[str] = queue.Queue()
        said: list[str] = []

        def listen() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.put(line)

        reading = threading.Thread(target=listen, daemon=True)
        reading.start()

        def line(most_seconds: float) -> str:
            try:
                said.append(lines.get(timeout=most_seconds))
            except queue.Empty:
                raise AssertionError(f"{command[0]} says nothing more after: {''.join(said[-5:])}") from None
            return said[-1]

        try:
            yield line
        finally:
            process.kill()
            reading.join(timeout=5)


def needs(program: str, package: str) -> str:
    """The path of a program; the test skips by name where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program} (Debian's {package}), which is not there")
    return found


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that are free now, for servers that cannot choose one and say so."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def listens(port: int, most_seconds: float) -> bool:
    """Whether somebody takes connections at the port within the time."""
    deadline = time.monotonic() + most_seconds
    while time.monotonic() < deadline:
        with socket.socket() as probing:
            if probing.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key, as cameras have."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="session")
def gstreamer(clips: dict[str, Path], certificate: Path) -> Iterator[dict[str, int]]:
    """GStreamer's RTSP server with every clip at /NAME and, with sound, at /NAME-audio: its ports by manner (see its script)."""
    if not SYSTEM_PYTHON.exists():
        pytest.skip("needs GStreamer's RTSP server under /usr/bin/python3, which is not there")
    found = subprocess.run([SYSTEM_PYTHON, "-c", HAS_GSTREAMER], capture_output=True, text=True, check=False)
    if found.returncode:
        missing = found.stderr.strip().splitlines()[-1:] or ["unknown"]
        pytest.skip(f"needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-*, glib-networking, python3-gi): {missing[0]}")
    named = [f"{name}={name.partition('-')[0]}:{path}" for name, path in clips.items()]
    command = [str(SYSTEM_PYTHON), str(SCRIPTS / "gstreamer_server.py"), *named, "--username", USER, "--password", PASSWORD, "--certificate", str(certificate)]
    with running(command) as line:
        yield json.loads(line(20.0))
