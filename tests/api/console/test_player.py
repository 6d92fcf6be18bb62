"""The clip on the page: it plays whatever the camera sends, a copy is named as one, and boxes lie on the very picture that was looked at."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from streams.remux import transcode_h264
from tests.api.conftest import Packet

from .conftest import House

pytestmark = pytest.mark.browser
WIDTH, HEIGHT, RATE, PICTURES, SIDE = 320, 180, 25, 60, 40
LOOKED = (0, 25, 50)
"""The pictures that a worker looked at."""
SAME_PICTURE = 0.006
"""Of the picture's width or height: half of what the square moves from one picture to the next."""
STAGE = "document.querySelector('.stage:not(.behind)')"
SEEN = (
    f"(() => {{ const stage = {STAGE};"
    + """
  const edges = (source, width, height, is) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(source, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    let [left, bottom] = [width, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (!is(data[at], data[at + 1], data[at + 2], data[at + 3])) continue;
      left = Math.min(left, (at / 4) % width);
      bottom = Math.max(bottom, Math.floor(at / 4 / width));
    }
    return [left / width, bottom / height];
  };
  const drawn = stage.querySelector('canvas');
  return {
    thing: edges(stage.querySelector('video'), 320, 180, (r, g, b) => r > 180 && g > 180 && b > 180),
    box: edges(drawn, drawn.width, drawn.height, (r, g, b, a) => a > 200 && Math.abs(r - 57) < 12 && Math.abs(g - 217) < 12 && Math.abs(b - 138) < 12),
    held: stage.querySelector('.held')?.textContent ?? '',
  };
})()"""
)


def place_of(picture: int) -> tuple[int, int]:
    """Left and upper edge of the white square in pixels: it moves by four pixels a picture, and down by one."""
    return 10 + 4 * picture, 20 + picture


def film(path: Path, codec: str) -> Path:
    """A white square that moves over grey."""
    with av.open(path, "w") as container:
        stream = container.add_stream({"h264": "libx264", "h265": "libx265"}[codec], rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"x265-params": "log-level=none:bframes=0:pools=1", "preset": "ultrafast"} if codec == "h265" else {"preset": "ultrafast", "bf": "0"}
        for number in range(PICTURES):
            pixels = np.full((HEIGHT, WIDTH, 3), 70, np.uint8)
            x, y = place_of(number)
            pixels[y : y + SIDE, x : x + SIDE] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def packet_of(packet: Packet, codec: str, folder: Path) -> tuple[dict[str, Any], list[bytes]]:
    """A packet whose boxes lie around the square at each picture that was looked at; of H.265 with the copy that the worker makes."""
    clip = film(folder / f"{codec}.mp4", codec)
    files = [("clip_confirmed", "clip.mp4", clip.read_bytes(), "video/mp4")]
    if codec == "h265":
        transcode_h264(clip, folder / "copy.mp4")
        files.append(("clip_h264", "clip_h264.mp4", (folder / "copy.mp4").read_bytes(), "video/mp4"))
    overlay = []
    for number in LOOKED:
        x, y = place_of(number)
        box = [x / WIDTH, y / HEIGHT, (x + SIDE) / WIDTH, (y + SIDE) / HEIGHT]
        overlay.append({"at_seconds": number / RATE, "clip": hashlib.sha256(files[0][2]).hexdigest(), "xyxy": box, "class": "stall", "score": 0.8})
    shown = replace(packet, files=(*files, *packet.files[1:]), changes={**packet.changes, "overlay": overlay})
    manifest = shown.manifest()
    manifest["files"][0]["picture_seconds"] = [number / RATE for number in range(PICTURES)]
    return manifest, [data for _, _, data, _ in shown.files]


def go_to(page: Page, picture: int) -> dict[str, Any]:
    """Shows one picture of the clip; where the thing and where the box lies on the screen, as left and lower edge in shares of the picture."""
    page.evaluate(f"{STAGE}.querySelector('video').currentTime = {picture / RATE + 0.01}")
    page.wait_for_function(f"() => Math.abs(parseFloat({STAGE}.querySelector('.controls input').value) - {picture / RATE}) < 0.011")
    page.wait_for_timeout(100)
    seen: dict[str, Any] = page.evaluate(SEEN)
    return seen


@pytest.mark.parametrize(("codec", "says"), [("h264", "original, unchanged"), ("h265", "H.264 copy")])
def test_boxes_lie_on_the_picture_that_was_looked_at(house: House, page: Page, packet: Packet, tmp_path: Path, codec: str, says: str) -> None:
    house.deliver(*packet_of(packet.but(camera=f"film-{codec}"), codec, tmp_path))
    page.wait_for_function(f"() => {STAGE}?.querySelector('video')?.currentTime > 0.2")
    expect(page.locator(".stage:not(.behind) .source")).to_have_text(says)
    expect(page.locator(".stage:not(.behind) .badge.copy")).to_have_count(1 if codec == "h265" else 0)
    page.keyboard.press("Space")
    for number in LOOKED:
        seen = go_to(page, number)
        assert seen["thing"] == pytest.approx(seen["box"], abs=SAME_PICTURE), (number, seen)
        assert seen["held"] == ""
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stage:not(.behind) .held")).to_have_text("box as seen 0.0 s before")
    later = go_to(page, 55)
    assert later["held"] == "box as seen 0.2 s before"
    assert later["thing"][0] - later["box"][0] == pytest.approx(20 / WIDTH, abs=SAME_PICTURE)  # where it was seen, not where it might be
