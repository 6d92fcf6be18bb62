"""An upload that the line cuts in the middle goes on where it was cut: the worker's sender and the real case API with the harness's line between them."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from api.roles import Role
from benchmarks.kills.proxy import HOST, Proxy
from curbwatch.demo.house import free_port
from detector.worker.line import LineFault
from detector.worker.outbox import Outbox
from detector.worker.sender import Sender
from evidence.canonical import sha256_hex
from tests.detector.worker.boxes import KEY
from tests.detector.worker.test_delivery import served


def test_an_upload_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    path, sha256 = tmp_path / "clip.mp4", sha256_hex(content)
    path.write_bytes(content)
    with served(tmp_path / "api") as (url, tokens), Proxy(free_port(), httpx.URL(url).port or 0) as proxy:
        sender = Sender(Outbox(tmp_path), base_url=f"http://{HOST}:{proxy.server_address[1]}", token=tokens[Role.WORKER], worker="w1", key=KEY)
        proxy.mode = "cutting"
        with pytest.raises(LineFault):
            sender._bring(path, sha256, even_if_known=False)
        proxy.mode = "well"
        sender._bring(path, sha256, even_if_known=False)
        sender.close()
        known = httpx.head(f"{url}/blobs/{sha256}", headers={"Authorization": f"Bearer {tokens[Role.WORKER]}"})
        assert (known.status_code, proxy.acted["cut"], proxy.acted["resumed"]) == (200, 1, 1)


def test_a_packet_in_one_request_is_cut_in_the_middle_and_then_refused_by_its_size(tmp_path: Path) -> None:
    with served(tmp_path / "api") as (url, _), Proxy(free_port(), httpx.URL(url).port or 0) as proxy:
        proxy.mode = "cutting"
        address = f"http://{HOST}:{proxy.server_address[1]}/packets/bundle"
        with pytest.raises(httpx.HTTPError):
            httpx.post(address, content=bytes(300_000))
        refused = httpx.post(address, content=bytes(300_000))
        assert (refused.status_code, refused.headers["Content-Type"]) == (413, "text/html")
        assert (proxy.acted["cut whole"], proxy.acted["refused whole"], proxy.acted["no API"]) == (1, 1, 0)
