from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from streams.errors import ResolverFailed
from streams.resolver import resolve, runs_a_command
from streams.settings import Neighbours, ReaderSettings
from streams.sources import Target, locate

ADDRESS = "rtsp://admin:s3cret@10.0.0.9:554/live?token=abc"
SECRETS = ("s3cret", "abc", "hunter2")


def program(tmp_path: Path, body: str) -> str:
    path = tmp_path / "ask.py"
    path.write_text(body)
    return f"exec:{sys.executable} {path} --token hunter2 {{camera_id}}"


@asynccontextmanager
async def gateway(*answers: bytes) -> AsyncIterator[tuple[int, list[str]]]:
    """Answers one request after the other with these bytes; an empty one hangs."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            answer = answers[min(len(asked), len(answers)) - 1]
            if not answer:
                await reader.read()
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        await asyncio.sleep(0.02)


def gone(pid: int) -> bool:
    """Dead, though whoever inherits it may not have reaped it."""
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def ok(body: str, kind: str = "text/plain") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}".encode()


def to(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


async def fails(resolver: str, seconds: float = 5.0) -> str:
    with pytest.raises(ResolverFailed) as failure:
        await resolve(resolver, "gate-1", timeout_seconds=seconds)
    told = str(failure.value)
    assert "\n" not in told
    assert not [secret for secret in SECRETS if secret in told]
    return told


async def test_a_program_says_the_address(tmp_path: Path) -> None:
    body = f"import sys; print(); print('  {ADDRESS}&of=' + sys.argv[-1]); print('more')"
    assert await resolve(program(tmp_path, body), "gate-1", timeout_seconds=10) == ADDRESS + "&of=gate-1"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("raise SystemExit(3)", "ended with status 3", id="it fails"),
        pytest.param(f"import sys; print('{ADDRESS}'); raise ValueError('hunter2')", "ended with status 1", id="it fails behind its answer"),
        pytest.param("", "says nothing", id="no word"),
        pytest.param("print('the token hunter2 has expired')", "not the address of a stream", id="a sentence"),
        pytest.param("print('/etc/passwd')", "not the address of a stream", id="a file"),
        pytest.param("print('file:///etc/passwd')", "not the address of a stream", id="a file's address"),
        pytest.param("print('gopher://s3cret@10.0.0.9/')", "not the address of a stream", id="another scheme"),
        pytest.param("print('x' * 1_000_000)", "more than 256 KB", id="endless"),
    ],
)
async def test_what_a_program_may_do_wrong(tmp_path: Path, body: str, told: str) -> None:
    assert told in await fails(program(tmp_path, body), 20)


@pytest.mark.parametrize(
    ("resolver", "told"),
    [
        pytest.param("exec:/no/such/program hunter2", "cannot be started (No such file or directory)", id="missing"),
        pytest.param("exec:/etc hunter2", "cannot be started (Permission denied)", id="no program"),
        pytest.param("exec:ask 'hunter2", "open quotation mark", id="a quotation mark"),
        pytest.param("exec: ", "names no program", id="nothing"),
        pytest.param("http://127.0.0.1:1/hunter2", "cannot be asked (Connection refused)", id="nobody listens"),
    ],
)
async def test_what_cannot_be_asked(resolver: str, told: str) -> None:
    assert told in await fails(resolver)


async def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    body = f"import sys; print('{ADDRESS}' if sys.argv[3:] == [';', 'touch', {str(tmp_path / 'made')!r}, '$HOME', '*'] else sys.argv)"
    asked = program(tmp_path, body).removesuffix("{camera_id}") + f"; touch {tmp_path / 'made'} $HOME *"
    assert await resolve(asked, "gate-1", timeout_seconds=10) == ADDRESS
    assert not (tmp_path / "made").exists()


async def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    left = tmp_path / "pids"
    body = f"import os, subprocess, time; c = subprocess.Popen(['sleep', '60']); open({str(left)!r}, 'w').write(f'{{os.getpid()}} {{c.pid}}'); time.sleep(60)"
    began = time.monotonic()
    assert "gives no address within 1 s" in await fails(program(tmp_path, body), 1.0)
    assert time.monotonic() - began < 3
    await asyncio.sleep(0.1)
    for pid in map(int, left.read_text().split()):
        assert gone(pid)


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        pytest.param(ok(f"\n{ADDRESS}\n"), "", id="text"),
        pytest.param(ok(f'"{ADDRESS}"', "application/json"), "", id="a JSON text"),
        pytest.param(ok(f'{{"data": [{{"a/b": "{ADDRESS}"}}]}}', "application/json"), "#/data/0/a~1b", id="a pointer"),
        pytest.param(ok(f'{{"取流": "{ADDRESS}"}}'), "#/%E5%8F%96%E6%B5%81", id="a pointer with percent signs"),
    ],
)
async def test_a_gateway_says_the_address(answer: bytes, pointer: str) -> None:
    async with gateway(answer) as (port, asked):
        assert await resolve(f"http://app:hunter2@127.0.0.1:{port}/play?of={{camera_id}}{pointer}", "gate-1", timeout_seconds=5) == ADDRESS
    assert asked[0].startswith("GET /play?of=gate-1 HTTP/1.1")
    assert "authorization: Basic" in asked[0] or "Authorization: Basic" in asked[0]


@pytest.mark.parametrize(
    ("answer", "pointer", "told"),
    [
        pytest.param(ok(""), "", "says nothing", id="empty"),
        pytest.param(ok("<html>hunter2"), "", "not the address of a stream", id="a page"),
        pytest.param(ok('{"url": "rtsp://a/b"}'), "", "name the value by a pointer", id="JSON without pointer"),
        pytest.param(ok('{"url": 5}'), "#/url", "has no text there", id="a number"),
        pytest.param(ok('{"url": 5}'), "#/data/url", "nothing where the pointer leads", id="another shape"),
        pytest.param(ok('["a"]'), "#/-1", "nothing where the pointer leads", id="an index that is none"),
        pytest.param(ok("{"), "#/url", "no JSON", id="broken JSON"),
        pytest.param(ok("[" * 100_000), "#/0", "no JSON", id="deep JSON"),
        pytest.param(ok("{}"), "#url", "must begin with a slash", id="no pointer"),
        pytest.param(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "", "answers 401", id="refused"),
        pytest.param(to("file:///etc/passwd"), "", "not http:// or https://", id="to a file"),
        pytest.param(to("/again?hunter2"), "", "redirects more than 3 times", id="in a circle"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000, "", "more than 256 KB", id="endless"),
        pytest.param(b"SSH-2.0-OpenSSH hunter2\r\n\r\n", "", "cannot be asked (what answers there speaks no HTTP, or broke off)", id="no HTTP"),
        pytest.param(b"", "", "gives no address within 1 s", id="hangs"),
    ],
)
async def test_what_a_gateway_may_do_wrong(answer: bytes, pointer: str, told: str) -> None:
    async with gateway(answer) as (port, _):
        assert told in await fails(f"http://app:hunter2@127.0.0.1:{port}/play?token=abc{pointer}", 1.0)


async def test_a_redirect_within_the_gateway_is_followed() -> None:
    async with gateway(to("/there"), ok(ADDRESS)) as (port, asked):
        assert await resolve(f"http://127.0.0.1:{port}/play", "gate-1", timeout_seconds=5) == ADDRESS
    assert len(asked) == 2


async def test_many_cameras_ask_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = tmp_path / "running"
    running.mkdir()
    asked = program(tmp_path, f"import os, sys, time; open(f'{running}/{{os.getpid()}}', 'w'); time.sleep(0.2); print('{ADDRESS}')")
    monkeypatch.setattr("streams.settings.RESOLVERS", 3)
    neighbours, most = Neighbours(1), 0
    tasks = [asyncio.create_task(locate(Target(f"c{n}", "", resolver=asked), ReaderSettings(), neighbours)) for n in range(9)]
    while not all(task.done() for task in tasks):
        most = max(most, sum(not gone(int(name)) for name in os.listdir(running)))
        await asyncio.sleep(0.02)
    assert [task.result() for task in tasks] == [ADDRESS] * 9
    assert 1 <= most <= 3


async def test_nothing_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await resolve(program(tmp_path, f"print('{ADDRESS}')"), "gate-1", timeout_seconds=10)
    await asyncio.sleep(0.05)
    assert len(os.listdir("/proc/self/fd")) <= before + 2


@pytest.mark.parametrize(("resolver", "runs"), [("exec:ask", True), ("EXEC:ask", True), ("http://a/b", False), ("HTTPS://a/b", False), (None, False)])
def test_what_runs_a_command(resolver: str | None, runs: bool) -> None:
    assert runs_a_command(resolver) is runs
