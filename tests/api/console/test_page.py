"""A reviewer's work in a real browser: by mouse, by keys, with a colleague, without a server, and drawing a camera's zones."""

from __future__ import annotations

import re

import httpx
import pytest
import yaml
from playwright.sync_api import Page, expect

from api.roles import Role
from tests.api.conftest import Packet

from .conftest import House, ready

pytestmark = pytest.mark.browser
VIDEO = "document.querySelector('.stage:not(.behind) video')"
"""The clip of the case on the desk; the next case's lies behind it."""
PLAYS = f"() => {{ const video = {VIDEO}; return video?.videoWidth === 320 && video.currentTime > 0.2 && !video.paused }}"


def until_state(house: House, page: Page, case_id: str, state: str) -> dict[str, object]:
    """Waits for the page's decision to arrive at the API."""
    expect(page.get_by_role("status").filter(has_text=re.compile("#"))).to_be_visible()
    for _ in range(100):
        case = house.case(case_id)
        if case["state"] == state:
            return case
        page.wait_for_timeout(50)
    raise AssertionError(f"the case is {house.case(case_id)['state']}, not {state}")


def test_by_mouse(house: House, page: Page, packet: Packet) -> None:
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    expect(page.get_by_text("times UTC+08:00")).to_be_visible()
    expect(page.get_by_text("live", exact=True)).to_be_visible()

    case_id = house.bring(packet)  # and it appears by itself
    expect(page.get_by_role("heading", name="stall on the public way")).to_be_visible()
    page.wait_for_function(PLAYS)
    expect(page.get_by_role("region", name="Rule")).to_contain_text("Stayed6 min≥ 5 min")

    boxes = page.get_by_role("button", name="Boxes")
    boxes.click()
    expect(boxes).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Close-up").click()
    expect(page.locator("img.still")).to_be_visible()
    page.get_by_text("Proof", exact=True).click()
    expect(page.get_by_text("log entry")).to_be_visible()

    page.get_by_role("button", name="Reject R").click()
    page.get_by_role("button", name="duplicate").click()
    case = until_state(house, page, case_id, "rejected")
    assert [(one["action"], one["reason"], one["by"]) for one in house.case(case_id)["decisions"]] == [("reject", "duplicate", "reviewer")]
    assert case["version"] == 2
    expect(page.get_by_role("heading", name="All done")).to_be_visible()

    page.get_by_role("status").get_by_role("button", name="Undo").click()
    until_state(house, page, case_id, "open")
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()

    ready(page)
    page.get_by_role("button", name="Accept A").click()
    until_state(house, page, case_id, "confirmed")
    page.get_by_role("button", name="accepted", exact=True).click()
    page.locator("button.case").click()
    page.get_by_role("button", name="Reopen").click()
    until_state(house, page, case_id, "open")


def test_by_keys(house: House, page: Page, packet: Packet) -> None:
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    first = house.bring(packet)
    current = page.locator("button.case[aria-current='true']")
    expect(current).to_contain_text(house.number(first))
    second = house.bring(packet.but(camera=f"{packet.camera}-2", score=0.95))
    expect(page.locator("button.case")).to_have_count(2)
    expect(current).to_contain_text(house.number(first))  # the first that came is on the desk
    page.keyboard.press("ArrowUp")
    expect(current).to_contain_text(house.number(second))  # but the better evidence leads the queue
    page.keyboard.press("ArrowDown")
    expect(current).to_contain_text(house.number(first))
    page.wait_for_function(PLAYS)

    page.keyboard.press("Space")
    page.wait_for_function(f"() => {VIDEO}.paused")
    at = page.evaluate(f"{VIDEO}.currentTime")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"at => {VIDEO}.currentTime < at", arg=at)
    page.keyboard.press("]")
    page.wait_for_function(f"() => {VIDEO}.playbackRate === 2")
    page.keyboard.press("3")
    expect(page.locator("img.still")).to_be_visible()
    page.keyboard.press("0")
    expect(page.locator("img.still")).to_have_count(0)
    page.keyboard.press("v")
    expect(page.get_by_role("button", name="Zones")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)

    ready(page)
    page.keyboard.press("a")
    until_state(house, page, first, "confirmed")
    page.keyboard.press("z")
    until_state(house, page, first, "open")
    expect(current).to_contain_text(house.number(first))
    ready(page)
    page.keyboard.press("s")
    expect(current).to_contain_text(house.number(second))
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    ready(page)
    page.keyboard.press("k")
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="out-of-store trading")).to_be_visible()
    assert house.case(second)["kind"] == "V3"
    page.keyboard.press("r")
    expect(page.get_by_role("group", name="Reject: why?")).to_be_visible()
    page.keyboard.press("3")
    until_state(house, page, second, "rejected")
    assert house.case(second)["decisions"][-1]["reason"] == "moving_vendor"


def test_both_languages(house: House, page: Page, packet: Packet) -> None:
    house.bring(packet)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="占道经营")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.reload()
    expect(page.get_by_role("button", name="确认 A")).to_be_visible()


def test_a_colleague_was_faster(house: House, page: Page, packet: Packet) -> None:
    page.route("**/events", lambda route: route.abort())  # so that the page does not hear of it
    case_id = house.bring(packet)
    page.reload()
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    ready(page)
    house.ask("DELETE", "/cases/claim")  # as if the claim had run out
    house.ask("POST", f"/cases/{case_id}/decisions", Role.ADMIN, json={"action": "reject", "reason": "permit", "version": 1})
    page.keyboard.press("a")
    expect(page.get_by_text(f"admin decided {house.number(case_id)} first (rejected); yours was not submitted")).to_be_visible()
    assert [one["by"] for one in house.case(case_id)["decisions"]] == ["admin"]


def test_the_server_dies_and_comes_back(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    page.wait_for_function(PLAYS)
    ready(page)
    house.kill()
    expect(page.get_by_text("reconnecting…")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("was not submitted and is back in the queue")).to_be_visible()
    expect(page.locator("button.case")).to_have_count(1)
    page.goto(f"{house.address}/#/cases/unknown")
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    page.keyboard.press("ArrowDown")
    house.start()
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    ready(page)
    page.keyboard.press("a")
    until_state(house, page, case_id, "confirmed")


def test_the_session_ends(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    ready(page)
    page.context.clear_cookies()
    page.keyboard.press("a")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    page.get_by_text("Sign in with a login link").click()
    page.get_by_label("Token").fill("cw-reviewer-wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This token is not valid")).to_be_visible()
    page.get_by_label("Token").fill(house.login)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    assert house.case(case_id)["state"] == "open"


def test_an_auditor_only_looks(house: House, page: Page, packet: Packet) -> None:
    house.bring(packet)
    page.route("**/me", lambda route: route.fulfill(json={"name": "guest", "role": "auditor"}))
    page.reload()
    expect(page.get_by_text("Your account can look at cases")).to_be_visible()
    expect(page.get_by_role("button", name="Accept A")).to_have_count(0)


def announce(house: House, packet: Packet) -> None:
    """Makes the camera known and sends its last look, as its worker does once somebody watches."""
    jpeg = packet.files[1][2]
    house.ask(
        "PUT", f"/cameras/{packet.camera}", Role.WORKER, json={"name": {"zh": "大门", "en": packet.camera}, "public_url": "rtsp://192.0.2.7/1", "worker": "w"}
    )
    house.ask("PUT", f"/cameras/{packet.camera}/last-look", Role.WORKER, content=jpeg[:-1], headers={"X-Looked-At": "2026-11-25T08:00:00+00:00"})


def test_draws_a_zone_and_a_line(house: House, page: Page, packet: Packet) -> None:
    announce(house, packet)
    page.get_by_role("link", name="Cameras").click()
    page.get_by_role("link", name=packet.camera).click()
    expect(page.locator(".picture img")).to_be_visible()
    canvas = page.get_by_role("application")
    box = canvas.bounding_box()
    assert box is not None

    def click(*points: tuple[float, float]) -> None:
        for x, y in points:
            page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    corners = [(0.1, 0.5), (0.9, 0.4), (0.9, 0.9), (0.1, 0.95)]
    page.get_by_role("button", name="Zone", exact=True).click()
    click(*corners, corners[0])  # the first corner closes it
    page.get_by_label("Zone kind").select_option("no_stall")
    page.get_by_role("button", name="Storefront line").click()
    click((0.1, 0.4), (0.8, 0.3))
    page.keyboard.press("Enter")
    page.get_by_label("Shop").fill("No. 12")
    page.get_by_role("button", name="Flip side").click()
    page.get_by_role("button", name="Save as new version").click()
    expect(page.get_by_text("Saved as version 1")).to_be_visible()

    view = house.ask("GET", f"/views/{packet.camera}").json()
    assert view["version"] == 1
    assert view["zones"][0]["kind"] == "no_stall"
    assert view["zones"][0]["polygon"] == [pytest.approx(corner, abs=0.003) for corner in corners]
    assert (view["lines"][0]["shop"], view["lines"][0]["outside"]) == ("No. 12", "left")

    house.ask("POST", "/workers/w/health", Role.WORKER, json={"cameras": {packet.camera: {"state": "live", "view_version": 1}}})
    expect(page.get_by_text("worker obeys version 1")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download YAML").click()
    assert yaml.safe_load(download.value.path().read_text("utf-8"))["views"][0]["version"] == 1


def test_draws_by_keys(house: House, page: Page, packet: Packet) -> None:
    announce(house, packet)
    page.goto(f"{house.address}/#/cameras/{packet.camera}")
    expect(page.locator(".picture img")).to_be_visible()
    page.get_by_role("button", name="Permit area").press("Enter")
    page.get_by_role("application").focus()
    for moves in (("ArrowLeft",), ("ArrowRight", "ArrowRight"), ("ArrowDown", "ArrowDown", "ArrowLeft")):
        for move in moves:
            page.keyboard.press(f"Shift+{move}")
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save as new version").press("Enter")
    expect(page.get_by_text("Saved as version 1")).to_be_visible()
    permit = house.ask("GET", f"/views/{packet.camera}").json()["permits"][0]
    assert len(permit["polygon"]) == 3
    assert permit["hours"] == ["06:00-22:00"]


def test_somebody_saved_meanwhile(house: House, page: Page, packet: Packet) -> None:
    announce(house, packet)
    zone = {"id": "z1", "kind": "sidewalk", "polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
    first = house.ask("PUT", f"/views/{packet.camera}", json={"zones": [zone], "lines": [], "permits": []})
    page.goto(f"{house.address}/#/cameras/{packet.camera}")
    page.get_by_role("button", name="pavement").click()
    page.get_by_label("Zone kind").select_option("fire_lane")
    house.ask(
        "PUT",
        f"/views/{packet.camera}",
        json={"zones": [{**zone, "kind": "bike_lane"}], "lines": [], "permits": []},
        headers={"If-Match": first.headers["ETag"]},
    )
    page.get_by_role("button", name="Save as new version").click()
    expect(page.get_by_text("Somebody saved another version meanwhile.")).to_be_visible()
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("Saved as version 3")).to_be_visible()
    assert house.ask("GET", f"/views/{packet.camera}").json()["zones"][0]["kind"] == "fire_lane"


def test_cameras_with_their_states(house: House, page: Page, packet: Packet) -> None:
    announce(house, packet)
    page.get_by_role("link", name="Cameras").click()
    row = page.get_by_role("row").filter(has_text=packet.camera)
    expect(row).to_contain_text("unknown")
    status = {"state": "backing_off", "reason": "no answer within 10 s", "reconnects": 3}
    answer: httpx.Response = house.ask("POST", "/workers/w/health", Role.WORKER, json={"cameras": {packet.camera: status}})
    assert packet.camera not in answer.json()["last_look"]
    expect(row).to_contain_text("backing off")
    expect(row).to_contain_text("no answer within 10 s")


@pytest.mark.parametrize(
    ("told", "shown", "told_more"),
    [
        pytest.param(
            {"reader": "libav", "reader_reason": "the camera offers nothing but MP2T", "encrypted": False},
            ["libav (dearer)", "not encrypted"],
            "read through libav because: the camera offers nothing but MP2T",
            id="libav",
        ),
        pytest.param(
            {"reader": "own", "transport": "udp", "encrypted": True, "verified": False},
            ["UDP", "encrypted, certificate not verified"],
            "nobody vouches that this is the camera",
            id="UDP and TLS",
        ),
        pytest.param(
            {"reader": "own", "transport": "tcp", "decoded_whole": True, "clock_offset_seconds": -75.24, "clock_drift_ppm": 180.0, "main_open": True},
            ["no keyframes: decoded whole", "TCP", "main stream open", "clock 75.2 s behind", "clock drift +180 ppm"],
            "a keyframe interval of 2 s on the camera ends that",
            id="rare keyframes, a bad clock",
        ),
    ],
)
def test_how_a_camera_is_read(house: House, page: Page, packet: Packet, told: dict[str, object], shown: list[str], told_more: str) -> None:
    packet = packet.but(camera="read-" + re.sub("[^a-z0-9]+", "-", shown[0].lower()).strip("-"))
    announce(house, packet)
    house.ask("POST", "/workers/w/health", Role.WORKER, json={"cameras": {packet.camera: {"state": "live", "codec": "h264", **told}}})
    page.get_by_role("link", name="Cameras").click()
    row = page.get_by_role("row").filter(has_text=packet.camera)
    expect(row.get_by_role("list", name="Read by").get_by_role("listitem")).to_have_text(shown)
    row.get_by_role("link", name=packet.camera).click()
    ways = page.get_by_role("list", name="Read by")
    expect(ways).to_have_count(1)  # the camera's own page, not the list any more
    for text in shown:
        expect(ways).to_contain_text(text)
    expect(ways).to_contain_text(told_more)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("list", name="读取方式")).to_be_visible()
