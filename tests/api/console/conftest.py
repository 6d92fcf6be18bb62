"""The review page as people use it: `curbwatch serve` in a process of its own, a worker that signs and posts, and Debian's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.page import BUILT_PAGE
from benchmarks.errors import BenchmarkError
from benchmarks.review.browser import ARGUMENTS
from benchmarks.review.house import House as ServedHouse
from evidence.signing import SigningKey
from tests.api.conftest import WORKER_KEY, Packet
from tests.streams.conftest import write_clip

WINDOW = {"width": 1366, "height": 768}
PATIENCE_MS = 20_000
"""A busy machine may take this long; an expectation that is met goes on at once."""


READY = ".bar[aria-busy='false']"


def ready(page: Page) -> None:
    """Waits until the case on the desk has been on the screen long enough for keys to count."""
    expect(page.locator(READY)).to_be_visible()


@dataclass
class House(ServedHouse):
    """A case API that can be killed and started again on the same port and folder, and takes a test's packets."""

    key: SigningKey = WORKER_KEY

    def bring(self, packet: Packet) -> str:
        """Posts a signed packet with its files; the case's id."""
        return self.deliver(packet.manifest(), [data for _, _, data, _ in packet.files])

    def number(self, case_id: str) -> str:
        """The case's number, as the page writes it."""
        return f"#{self.case(case_id)['number']}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server for all tests: to start it takes longer than most of them."""
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("needs the built review page: make console")
    house = House(tmp_path_factory.mktemp("house") / "city", double_review=0)
    house.start()
    yield house
    house.close()


@pytest.fixture
def house(served: House) -> Iterator[House]:
    """The served API with nothing to review; it is up again afterwards, however the test ended."""
    yield served
    if not served.is_up:
        served.start()
    while left := served.ask("GET", "/cases?state=open").json()["items"]:
        for case in left:
            verdict = {"action": "reject", "reason": "not_a_violation", "version": case["version"]}
            with suppress(BenchmarkError):  # a decision of the page's may arrive just now
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
    changes = {"view": {"id": "main", "version": 1, "sha256": "0" * 64, "time_zone": "Asia/Shanghai", "zones": zones, "lines": []}, "overlay": overlay}
    return replace(Packet(), files=files, picture_seconds=None, changes=changes)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without its sandbox, which needs rights that a container or root does not give; it opens nothing but this page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium, which is not there")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
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
