"""The pictures that views were drawn on, from the real case API to the worker: given by a person, fetched by the worker's line, measured against."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import httpx
import pytest

from api.roles import Role
from detector.fleet.spec import WatchedCamera
from detector.judgement.drift import Status
from detector.judgement.drift.landmarks import gauge_of
from detector.worker import measuring, registry
from detector.worker.references import References
from detector.worker.registry import ApiClient, RegistryLine
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import ViewDocument
from tests.detector.worker.test_delivery import served
from tests.street_picture import seen, street, with_noise

WHOLE = street(2)
POSITIONS = {"left": seen(WHOLE, right=-0.4), "right": seen(WHOLE, right=0.3)}
ZONES = [{"id": "walk", "kind": "sidewalk", "polygon": [[0.2, 0.55], [0.8, 0.55], [0.8, 0.8], [0.2, 0.8]]}]


@pytest.mark.slow
def test_a_worker_fetches_the_pictures_of_its_views_and_knows_its_cameras_positions_by_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "EXCHANGE_SECONDS", 0.02)
    references = References(tmp_path / "data")
    watched = Watched.of(WatchedCamera("c1", "x"), load_catalogue(), ViewDocument(camera_id="c1"))

    def on_views(documents: object) -> None:
        assert isinstance(documents, tuple)
        references.want(documents)
        if documents:
            watched.take_views([one for one in documents if one.camera_id == "c1"])

    with served(tmp_path / "api") as (url, tokens):
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {tokens[Role.REVIEWER]}"}) as person:
            for name, picture in POSITIONS.items():
                assert person.put("/views/c1", json={"view_id": name, "zones": ZONES}).status_code == 200
                jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
                assert person.put("/views/c1/reference", params={"view": name}, content=jpeg).status_code == 200
        line = RegistryLine(
            ApiClient(url, tokens[Role.WORKER], "w1"), cameras=dict, health=lambda: {"cameras": {}}, on_views=on_views, on_orders=lambda _: None,
            on_standing=lambda _: None, references=references,
        )  # fmt: skip
        line.start()
        try:
            deadline = time.monotonic() + 60
            while len(watched.presets) < 2 or references.missing:
                assert time.monotonic() < deadline, (line.trouble, references.missing)
                time.sleep(0.02)
        finally:
            line.stop()
            line.join(10)
    assert watched.paused == "unrecognised", "nothing is judged before it is known which is seen"
    seen_views = []
    for number, (at, picture) in enumerate([(4.0, "left"), (8.0, "left"), (12.0, "right"), (16.0, "right"), (20.0, "right")]):
        luma = with_noise(POSITIONS[picture], 2, number)
        if measuring.glance(watched, cv2.resize(luma, (64, 36), interpolation=cv2.INTER_AREA), at):
            measuring.measure(watched, gauge_of(luma, 180), at, datetime.now(UTC) + timedelta(seconds=at), references)
        seen_views.append(watched.document.view_id)
    assert seen_views == ["left", "left", "right", "right", "right"]
    assert watched.preset.placement.status is Status.IN_PLACE
