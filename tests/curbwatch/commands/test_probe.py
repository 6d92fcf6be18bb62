"""`cameras probe` against a camera that is there."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from curbwatch.commands.cameras import cameras
from streams.simulator import SimulatorServer
from tests.streams.conftest import write_clip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A camera with a password, on a loop of its own."""
    clip = write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", "h264")
    ready, over = threading.Event(), threading.Event()
    told: list[str] = []

    async def serve() -> None:
        async with SimulatorServer([clip], 1, username="inspector", password="secretword") as server:
            told.append(server.url(1))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(10)
    yield told[0]
    over.set()
    thread.join(10)


def probe(*arguments: str) -> Result:
    return CliRunner().invoke(cameras, ["probe", *arguments])


def test_what_a_camera_is_and_can_do(url: str) -> None:
    result = probe(url + "?fault=with_audio")
    assert result.exit_code == 0, result.output
    told = dict(line.split(maxsplit=1) for line in result.output.splitlines() if not line.startswith("read by"))
    assert told["video"] == "H.264 320x240, 25 fps"
    assert (told["keyframe"], told["transport"], told["login"], told["encrypted"]) == ("every 1 s", "TCP yes, UDP yes", "digest MD5", "no")
    assert (told["audio"], "read by   this package" in result.output) == ("PCMU (not read)", True)
    assert "secretword" not in result.output


def test_the_same_for_programs(url: str) -> None:
    body = json.loads(probe(url, "--json", "--transport", "udp").stdout)
    told = {
        "ok": True, "codec": "h264", "width": 320, "reader": "own", "transport": "udp", "over_tcp": True, "over_udp": True,
        "authentication": "digest MD5", "encrypted": False, "certificate": None,
    }  # fmt: skip
    assert {name: body[name] for name in told} == told
    assert "secretword" not in str(body)


def test_the_one_reason_why_not(url: str) -> None:
    refused = probe(url.replace("secretword", "wrongword"))
    assert (refused.exit_code, "does not accept the user name and password (401)" in refused.stderr) == (1, True)
    assert "wrongword" not in refused.output


def test_an_address_of_a_resolver_and_one_too_many(url: str, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    answer.write_text(url)
    assert probe("--resolver", f"exec:/bin/cat {answer}").exit_code == 0
    both = probe(url, "--resolver", f"exec:/bin/cat {answer}")
    assert (both.exit_code, both.stderr) == (2, "curbwatch: probe takes an address or a --resolver, not both\n")
