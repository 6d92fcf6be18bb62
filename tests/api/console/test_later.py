"""What a case shows once later packets of its act came: every picture and clip of all of them, each with the time and the box of its own look."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.conftest import Packet

from .conftest import House
from .later import PLACES, Told, confirmed, continued, ended, sha256_of

pytestmark = pytest.mark.browser
STAGE = "document.querySelector('.stage:not(.behind)')"
BOX = (
    f"(() => {{ const drawn = {STAGE}.querySelector('canvas');"
    + """
  const { data } = drawn.getContext('2d').getImageData(0, 0, drawn.width, drawn.height);
  let [left, right, bottom, count] = [drawn.width, 0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 200 || Math.abs(data[at] - 57) > 12 || Math.abs(data[at + 1] - 217) > 12 || Math.abs(data[at + 2] - 138) > 12) continue;
    const [x, y] = [(at / 4) % drawn.width, Math.floor(at / 4 / drawn.width)];
    [left, right, bottom, count] = [Math.min(left, x), Math.max(right, x), Math.max(bottom, y), count + 1];
  }
  return count ? [left / drawn.width, right / drawn.width, bottom / drawn.height] : null;
})()"""
)
"""Left, right and lower edge of the box that is drawn, in shares of the picture; what is written above it lies within."""


def strip(page: Page) -> list[str]:
    """The pictures of the strip by name and time, as they are written."""
    return [" ".join(text.split()) for text in page.locator(".stage:not(.behind) .caption").all_inner_texts()]


@pytest.mark.parametrize(
    ("later", "shown", "near"),
    [
        pytest.param([lambda one: continued(one, 36, 1)], ["Later 16:36:00"], 36, id="a look half an hour later"),
        pytest.param([lambda one: continued(one, 36, 1), lambda one: continued(one, 66, 2)], ["Later 17:06:00"], 66, id="two of them"),
        pytest.param([lambda one: ended(one, 6, 41)], ["Gone 16:41:00"], 6, id="the end"),
        pytest.param([lambda one: continued(one, 36, 1), lambda one: ended(one, 36, 41)], ["Later 16:36:00", "Gone 16:41:00"], 36, id="a look, and the end"),
        pytest.param(
            [lambda one: continued(one, 36, 1), lambda one: ended(one, 36, 41), lambda one: continued(one, 66, 2)],
            ["Later 17:06:00", "Gone 16:41:00"],
            66,
            id="a look after the end",
        ),
    ],
)
def test_later_packets_take_nothing_from_the_page(
    house: House, page: Page, packet: Packet, later: list[Callable[[Packet], Told]], shown: list[str], near: int
) -> None:
    packet = packet.but(camera=re.sub("[^a-z0-9]+", "-", packet.camera))
    case_id = house.deliver(*confirmed(packet))
    for make in later:
        assert house.deliver(*make(packet)) == case_id
    page.reload()
    page.wait_for_function(f"() => {STAGE}?.querySelector('video')?.currentTime > 0.2")
    expect(page.get_by_text("This case has no clip")).to_have_count(0)
    expect(page.get_by_text("no picture")).to_have_count(0)
    at = {6: "16:06:00", 36: "16:36:00", 66: "17:06:00"}
    assert strip(page) == ["First 16:00:00", "Middle 16:03:30", "Confirming 16:06:00", f"Close-up {at[near]}", *shown]
    page.keyboard.press("4")
    expect(page.locator("img.still")).to_have_attribute("src", re.compile(sha256_of(packet, "closeup", near)))
    for number, name in enumerate(shown, 5):
        page.keyboard.press(str(number))
        expect(page.locator("img.still")).to_have_attribute("alt", name.split()[0])
        expect(page.locator(".stage:not(.behind) .time b")).to_have_text(name.split()[1])
    page.get_by_role("button", name="中文").click()
    names = [text.split()[0] for text in strip(page)]
    assert names == ["首次", "中间", "确认", "特写", *({"Later": "后续", "Gone": "离开后"}[name.split()[0]] for name in shown)]


def test_a_picture_has_its_own_time_and_box(house: House, page: Page, packet: Packet) -> None:
    house.deliver(*confirmed(packet))
    house.deliver(*continued(packet, 36, 1))
    page.reload()
    page.wait_for_function(f"() => {STAGE}?.querySelector('video')?.currentTime > 0.2")
    page.keyboard.press("v")  # zones off, which lie over the boxes
    held, time = page.locator(".stage:not(.behind) .held"), page.locator(".stage:not(.behind) .time b")
    rows: list[tuple[str, str, tuple[float, ...] | None]] = [
        ("1", "16:00:00", PLACES[0]), ("2", "16:03:30", None), ("3", "16:06:00", PLACES[6]), ("5", "16:36:00", PLACES[36]),
    ]  # fmt: skip
    for key, at, place in rows:
        page.keyboard.press(key)
        expect(time).to_have_text(at)
        page.wait_for_timeout(300)
        assert page.evaluate(f"{STAGE}.querySelector('video').paused")
        expect(time).to_have_text(at)  # the clip behind it does not run on
        if place is None:
            expect(held).to_have_text("dashed box: place of the stay")
        else:
            expect(held).to_have_count(0)
            seen: Any = page.evaluate(BOX)
            assert seen == pytest.approx((place[0], place[2], place[3]), abs=0.012), key
    page.keyboard.press("4")
    assert page.evaluate(BOX) is None  # a close-up shows another part of the picture
    page.keyboard.press("0")
    page.wait_for_function(f"() => !{STAGE}.querySelector('video').paused")
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.keyboard.press("0")
    page.wait_for_timeout(200)
    assert page.evaluate(f"{STAGE}.querySelector('video').paused")  # who had stopped it finds it so


def test_the_clips_of_two_acts_of_one_case(house: House, page: Page, packet: Packet) -> None:
    """A worker that lost its memory claims the act anew: both confirmations are there to be seen."""
    case_id = house.deliver(*confirmed(packet))
    clip = packet.files[0]
    again = packet.but(stay="stay-2", first_minute=8.0, files=((clip[0], clip[1], clip[2] + b"\x00\x00\x00\x08free", clip[3]), *packet.files[1:]))
    manifest, files = confirmed(again)
    manifest["worker"]["boot_id"] = "another boot"
    if house.deliver(manifest, files) != case_id:
        pytest.skip("the API keeps the two apart")
    page.reload()
    page.wait_for_function(f"() => {STAGE}?.querySelector('video')?.currentTime > 0.2")
    expect(page.get_by_role("group", name="Clip").get_by_role("button")).to_have_count(2)
