"""The review page as people use it: `curbwatch serve` in a process of its own, a worker that signs and posts, and Debian's Chromium."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.page import BUILT_PAGE
from api.roles import Role
from evidence.signing import SigningKey
from tests.api.conftest import Packet
from tests.streams.conftest import write_clip

WINDOW = {"width": 1366, "height": 768}
PATIENCE_MS = 20_000
"""A busy machine may take this long; an expectation that is met goes on at once."""


@dataclass
class House:
    """A case API that can be killed and started again on the same port and folder."""

    data_dir: Path
    port: int = 0
    address: str = ""
    login: str = ""
    key: SigningKey = field(default_factory=SigningKey.generate)
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "curbwatch", "serve", "--port", str(self.port), "--data-dir", str(self.data_dir), "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        self.address, self.login = told["address"], told["login"]
        self.port = httpx.URL(self.address).port or 0

    def kill(self) -> None:
        """Ends the server at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def token(self, role: Role) -> str:
        return (self.data_dir / "tokens" / f"{role.value}.token").read_text().strip()

    def ask(self, method: str, path: str, role: Role = Role.REVIEWER, **options: Any) -> httpx.Response:
        """One request as somebody of the role; an answer that refuses is an error."""
        headers = {"Authorization": f"Bearer {self.token(role)}", **options.pop("headers", {})}
        answer = httpx.request(method, f"{self.address}{path}", headers=headers, timeout=30, **options)
        answer.raise_for_status()
        return answer

    def deliver(self, packet: Packet) -> str:
        """Posts a signed packet with its files; the case's id."""
        self.ask("PUT", f"/workers/{packet.worker}/key", Role.WORKER, json={"public_key": self.key.public_key.to_base64()})
        for _, _, data, _ in packet.files:
            self.ask("PUT", f"/blobs/{hashlib.sha256(data).hexdigest()}", Role.WORKER, content=data)
        manifest = packet.manifest()
        signed = {"manifest": manifest, "signature": self.key.sign(manifest).model_dump(mode="json")}
        case_id: str = self.ask("POST", "/packets", Role.WORKER, json=signed).json()["case_id"]
        return case_id

    def number(self, case_id: str) -> str:
        """The case's number, as the page writes it."""
        return f"#{self.case(case_id)['number']}"

    def case(self, case_id: str) -> dict[str, Any]:
        case: dict[str, Any] = self.ask("GET", f"/cases/{case_id}").json()
        return case


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server for all tests: to start it takes longer than most of them."""
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("needs the built review page: make console")
    house = House(tmp_path_factory.mktemp("house") / "city")
    house.start()
    yield house
    house.kill()


@pytest.fixture
def house(served: House) -> Iterator[House]:
    """The served API with nothing to review."""
    yield served
    for case in served.ask("GET", "/cases?state=open").json()["items"]:
        verdict = {"action": "reject", "reason": "not_a_violation", "version": case["version"]}
        served.ask("POST", f"/cases/{case['id']}/decisions", json=verdict)


@pytest.fixture
def packet(filmed: Packet, request: pytest.FixtureRequest) -> Packet:
    """A packet with real files, of a camera that no other test has."""
    return filmed.but(camera=request.node.name)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Packet:
    """A stall's packet with a real clip of three seconds and real pictures, to be varied by `but`."""
    clip = write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", "h264", seconds=3, width=320, height=180).read_bytes()
    street = np.full((180, 320, 3), (120, 140, 130), np.uint8)
    street[60:140, 80:200] = (40, 110, 220)
    picture = cv2.imencode(".jpg", street)[1].tobytes()
    closeup = cv2.imencode(".jpg", street[40:160, 60:220])[1].tobytes()
    zones = [{"id": "z1", "kind": "sidewalk", "polygon": [[0.05, 0.3], [0.95, 0.3], [0.95, 0.95], [0.05, 0.95]]}]
    overlay = [{"at_seconds": at, "xyxy": [0.25, 0.35, 0.62, 0.78], "class": "stall", "score": 0.8} for at in (0.0, 1.0, 2.0)]
    files = (
        ("clip_confirmed", "clip.mp4", clip, "video/mp4"),
        ("snapshot_first", "first.jpg", picture + b"1", "image/jpeg"),
        ("snapshot_confirming", "confirming.jpg", picture + b"2", "image/jpeg"),
        ("closeup", "closeup.jpg", closeup, "image/jpeg"),
    )
    changes = {"view": {"id": "main", "version": 1, "sha256": "0" * 64, "zones": zones, "lines": []}, "overlay": overlay}
    return replace(Packet(), files=files, changes=changes)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without its sandbox, which needs rights that a container or root does not give; it opens nothing but this page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium, which is not there")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """A reviewer's window, signed in by the login link; an error in the page's own code fails the test, as does a request to anywhere else."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(viewport=WINDOW, locale="en-GB", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((house.address, "blob:", "data:")) else faults.append(f"asked {request.url}"))
    page.goto(house.login)
    yield page
    context.close()
    assert faults == []
