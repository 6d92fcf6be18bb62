"""What a process of the fallback may do that a stream has taken over."""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from streams.confinement.calls import ARCHITECTURES

SCRIPT = """
import json, os, resource, signal, socket, sys, threading
from streams.libav.child import _limit
_limit()
secret, port = sys.argv[1], int(sys.argv[2])

def network():
    socket.create_connection((socket.getaddrinfo("localhost", port, socket.AF_INET)[0][4][0], port)).close()

def thread():
    one = threading.Thread(target=int)
    one.start()
    one.join()

tries = {
    "thread": thread, "network": network, "names": lambda: open("/etc/hosts").close(),
    "kill": lambda: os.kill(os.getppid(), signal.SIGTERM), "handle": lambda: os.pidfd_open(os.getppid()), "fork": os.fork,
    "program": lambda: os.execv("/bin/true", ["/bin/true"]), "read": lambda: os.open(secret, os.O_RDONLY), "write": lambda: os.open(secret, os.O_WRONLY),
    "make": lambda: os.open("/tmp/escaped", os.O_WRONLY | os.O_CREAT), "remove": lambda: os.unlink(secret),
    "memory": lambda: open(f"/proc/{os.getppid()}/mem"),
    "services": lambda: socket.socket(socket.AF_UNIX), "listen": lambda: socket.create_server(("127.0.0.1", 0)),
    "bounds": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1)),
}
done = []
for name, attempt in tries.items():
    try:
        attempt()
    except PermissionError:
        continue
    except OSError as error:
        done.append(f"{name}: {error}")
    else:
        done.append(name)
print(json.dumps(done), flush=True)
"""


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="the filter of system calls knows x86-64 and ARM64")
def test_it_speaks_to_the_network_and_does_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "worker.pem"
    secret.write_text("a key")
    with socket.create_server(("127.0.0.1", 0)) as camera:
        arguments = [sys.executable, "-c", SCRIPT, str(secret), str(camera.getsockname()[1])]
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == ["thread", "network", "names"]
    assert secret.read_text() == "a key"
