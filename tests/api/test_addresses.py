"""Secrets in addresses of cameras: found wherever they stand, filled in for the holder alone, left out of sentences."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sqlalchemy import update

from api.addresses import holds_secret, may_hold_secret, shown, with_login, without_secrets
from api.roles import Role
from api.schema import camera_versions, cameras
from api.service import Api
from api.vault import Vault

from .conftest import Clock, Site
from .test_enrolments import enrolment

HELD = [
    "rtsp://10.0.0.5:554/user=admin&password=abc123&channel=1&stream=0.sdp",
    "rtsp://10.0.0.5:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream",
    "rtsp://10.0.0.5/live;password=abc123",
    "rtsp://10.0.0.5/live#password=abc123",
    "http://10.0.0.5/video.cgi?loginuse=admin&loginpas=abc123",
    "http://10.0.0.5/video.cgi?usr=admin&pw=abc123",
    "http://10.0.0.5/video.cgi?user%3Dadmin%26pwd%3Dabc123",
    "http://10.0.0.5/x?access_token=abc123",
    "http://10.0.0.5/x?api_key=abc123",
    "http://10.0.0.5/x?to=rtsp%253A%252F%252Fa%253Aabc123%40b",
    "rtsp://10.0.0.5/admin:abc123/1",
    "rtsp://admin:abc123@10.0.0.5/1",
    "rtsp://admin@10.0.0.5/1",
    "rtsp://10.0.0.5/user={username}&password=abc123",
]
PLAIN = [
    "rtsp://10.0.0.5:554/Streaming/Channels/101",
    "rtsp://10.0.0.5/cam/realmonitor?channel=1&subtype=0",
    "rtsp://gate-key.example:554/h264/ch1/main/av_stream",
    "rtsp://10.0.0.5/user={username}&password={password}&channel=1&stream=0.sdp",
    "rtsp://10.0.0.5/user={username}_password={password}_channel=1_stream=0.sdp",
    "rtsp://10.0.0.5/user=…/ch1",
    "http://10.0.0.5/flv?app=live&stream=34020000001320000001&user_id=3",
    "rtsp://[2001:db8::5]:554/1?time=10:30",
    "rtsp://10.0.0.5:554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1",
    "rtsp://10.0.0.5/axis-media/media.amp?videocodec=h264&resolution=1280x720&fps=15",
    "rtsp://10.0.0.5/Streaming/tracks/101?starttime=20260101T010101Z&endtime=20260101T020000Z",
    "rtsp://10.0.0.5/mode=real&idc=1&ids=2",
    "rtsp://10.0.0.5/play?ak={username}&sk={password}",
    "rtsp://10.0.0.5/1?",
    "https://platform.example/play?of={camera_id}#/data/0/url",
    "https://platform.example/play?id={camera_id}&appKey={username}&sign={password}#/url",
]


UNKNOWN = [
    "https://gw.example/api/play?appKey=23f1&sign=abc123",
    "https://gw.example/play?ak=AKIA&sk=abc123",
    "https://gw.example/play?accessKey=abc123",
    "rtsp://10.0.0.5/live?code=abc123",
    "rtsp://10.0.0.5/live?pin=9876&channel=1",
    "rtsp://10.0.0.5/live?p=abc123&u=root",
    "rtsp://10.0.0.5/live?jwt=eyJhbGciOi.abc123.yy",
    "rtsp://10.0.0.5/live?session=abc123",
    "rtsp://10.0.0.5/live?hash=abc123",
    "rtsp://10.0.0.5/live?verify=abc123",
    "rtsp://10.0.0.5/live?mima=abc123",
    "rtsp://10.0.0.5/live?usr=a&psd=abc123",
    "rtsp://10.0.0.5/?up=admin:abc123",
    "rtsp://10.0.0.5/mima=abc123&channel=1",
    "rtsp://10.0.0.5/live#k=abc123",
    "rtsp://10.0.0.5/live?abc123",
    "rtsp://10.0.0.5/live?x%3Dabc123",
]
"""What no list of secrets' names would find."""


@pytest.mark.parametrize("url", [*HELD, *UNKNOWN])
def test_what_may_be_a_secret_is_shown_to_nobody(url: str) -> None:
    assert may_hold_secret(url)
    told = shown(url)
    assert told is not None
    assert ("abc123" not in told, "9876" not in told, may_hold_secret(told)) == (True, True, False), told
    assert told.startswith(url.partition("//")[0] + "//")


@pytest.mark.parametrize("url", HELD)
def test_an_address_that_holds_a_secret(url: str) -> None:
    assert holds_secret(url)
    assert "abc123" not in without_secrets(f"{url} answered 401") or "%" in url or "admin:abc123/" in url


@pytest.mark.parametrize("url", PLAIN)
def test_an_address_that_holds_none(url: str) -> None:
    assert not holds_secret(url)
    assert (may_hold_secret(url), shown(url)) == (False, url)
    assert without_secrets("no address here: password=x") == "no address here: password=x"


@pytest.mark.parametrize(
    ("url", "filled"),
    [
        pytest.param("rtsp://10.0.0.5/1", "rtsp://ad%40min:p%2F%26w@10.0.0.5/1", id="as user information"),
        pytest.param("rtsp://10.0.0.5/user={username}&password={password}", "rtsp://10.0.0.5/user=ad%40min&password=p%2F%26w", id="in its places"),
        pytest.param(None, None, id="none"),
    ],
)
def test_the_holder_s_address(url: str | None, filled: str | None) -> None:
    assert with_login(url, {"username": "ad@min", "password": "p/&w"}) == filled
    assert with_login(url, None) == url


LOGIN = {"username": "admin", "password": "abc123"}
BLANK = "rtsp://10.0.0.5:554/user={username}&password={password}&channel=1"


@pytest.fixture
def api(api: Api) -> Api:
    object.__setattr__(api, "vault", Vault.of({"CURBWATCH_SECRETS_KEY": base64.b64encode(bytes(32)).decode()}))
    return api


@pytest.mark.parametrize(
    ("told", "names"),
    [
        pytest.param({"url": HELD[0]}, "{username} and {password}", id="a password in the path"),
        pytest.param({"url": "rtsp://10.0.0.5/1", "sub_url": HELD[1]}, "sub_url: ", id="of the small stream"),
        pytest.param({"resolver": HELD[4]}, "resolver: ", id="of a resolver"),
        pytest.param({"url": BLANK}, "has no login", id="places and no login"),
        pytest.param({"url": "https://gw.example/play?appKey=1&sign=abc123"}, "{username} and {password}", id="a name that nobody knows"),
        pytest.param({"url": "rtsp://10.0.0.5/play?sign=…"}, "url: has …", id="one whose values were left out"),
    ],
)
async def test_such_a_camera_is_not_saved(site: Site, told: dict[str, Any], names: str) -> None:
    async with site.client(Role.ADMIN) as admin:
        answer = await admin.put("/cameras/gate-1", json={"worker": "worker-1", **told})
        assert (answer.status_code, names in answer.json()["detail"], "abc123" in answer.text) == (422, True, False), answer.text
        assert (await admin.get("/cameras/gate-1")).status_code == 404


async def test_what_was_saved_or_announced_before_is_shown_without_what_may_be_a_secret(site: Site) -> None:
    url = "https://gw.example/play?appKey=abc123&channel=2"
    async with site.client(Role.WORKER) as worker:
        assert (await worker.put("/cameras/gate-2", json={"worker": "worker-1", "public_url": url})).status_code == 200
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.put("/cameras/gate-1", json={"worker": "worker-1", "url": "rtsp://10.0.0.5/1"})).status_code == 200
    with site.api.database.write() as connection:
        connection.execute(update(cameras).values(url=url, sub_url=url, resolver=url))
        connection.execute(update(camera_versions).values(document=json.dumps({"url": url, "resolver": url})))
    async with site.client(Role.REVIEWER) as reviewer:
        for path in ("/cameras", "/cameras/gate-1", "/cameras/gate-2", "/cameras/gate-1/versions/1"):
            told = (await reviewer.get(path)).text
            assert ("abc123" in told, "appKey=…&channel=2" in told) == (False, True), path


async def test_a_login_in_the_path_is_sealed_and_told_to_the_holder_alone(site: Site, clock: Clock) -> None:
    async with site.client(Role.ADMIN) as admin:
        invited = (await admin.post("/enrolments", json={"worker": "worker-1"})).json()["token"]
        saved = await admin.put("/cameras/gate-1", json={"url": BLANK, "worker": "worker-1", "login": LOGIN})
        assert (saved.status_code, saved.json()["url"], saved.json()["public_url"]) == (200, BLANK, BLANK)
    own = (await site.client().post("/workers/worker-1/enrolment", json=enrolment("worker-1", invited, site.key))).json()["token"]
    clock.forward(minutes=1)
    async with site.client(headers={"Authorization": f"Bearer {own}"}) as worker:
        held = (await worker.get("/workers/worker-1/cameras")).json()["items"]
    assert [one["url"] for one in held] == ["rtsp://10.0.0.5:554/user=admin&password=abc123&channel=1"]
    async with site.client(Role.REVIEWER) as reviewer:
        for path in ("/cameras", "/cameras/gate-1", "/cameras/gate-1/versions/1"):
            assert "abc123" not in (await reviewer.get(path)).text
