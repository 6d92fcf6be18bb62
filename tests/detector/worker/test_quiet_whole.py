"""A whole worker and the real case API: what two people reject for what it is raises no third alarm, and the API knows that one was kept back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.roles import Role
from detector.fleet.spec import WatchedCamera, WorkerSpec
from tests.detector.worker.test_delivery import served
from tests.detector.worker.test_worker import SCENE, Running
from tests.stall_clip import write_stall

FIXTURE = {"action": "reject", "reason": "static_fixture"}


class Desk:
    """People at the API."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def ask(self, method: str, path: str, role: Role, **options: Any) -> Any:
        token = (self.folder / "tokens" / f"{role.value}.token").read_text().strip()
        answer = httpx.request(method, self.url + path, headers={"Authorization": f"Bearer {token}"}, **options)
        assert answer.is_success, answer.text
        return answer.json()

    def open_cases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/cases?state=open", Role.REVIEWER)["items"]
        return found

    def reject(self, role: Role) -> None:
        (case,) = self.open_cases()
        self.ask("POST", f"/cases/{case['id']}/decisions", role, json={**FIXTURE, "version": case["version"]})

    def quiet(self) -> dict[str, Any]:
        (thing,) = self.ask("GET", "/quiet", Role.REVIEWER)["items"]
        assert isinstance(thing, dict)
        return thing


@pytest.mark.slow
def test_a_thing_that_two_people_rejected_raises_no_third_alarm(tmp_path: Path) -> None:
    clip = write_stall(tmp_path / "stall.mp4", rate=10, seconds=12)
    (tmp_path / "scene.yaml").write_text(SCENE, encoding="utf-8")
    with served(tmp_path / "api") as (url, tokens):
        desk = Desk(url, tmp_path / "api")
        spec = WorkerSpec(
            name="w1", data_dir=str(tmp_path / "data"), cameras=(WatchedCamera("gate", str(clip)),), scene=str(tmp_path / "scene.yaml"), provider="cpu",
            calm_seconds=1.0, busy_seconds=1.0, suspicious_seconds=1.0, gated=False, tail_seconds=1.0, api_url=url, token=tokens[Role.WORKER],
        )  # fmt: skip
        for role in (Role.REVIEWER, Role.ADMIN):
            with Running(spec) as running:
                running.until(lambda: bool(desk.open_cases()), seconds=150.0)
            desk.reject(role)
            for name in ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm"):  # it forgets what it saw, so that it sees it anew
                (spec.folder / name).unlink(missing_ok=True)
        thing = desk.quiet()
        assert [one["by"] for one in thing["silenced_by"]] == ["reviewer", "admin"]
        assert thing["looks_known"], "the worker forgot it, and is told by the order what it looks like"
        with Running(replace(spec)) as running:
            running.until(lambda: bool(desk.quiet()["suppressed"] + desk.quiet()["shown"]), seconds=150.0)
        after = desk.quiet()
        if after["shown"]:  # this act is the one in twenty
            (case,) = desk.open_cases()
            detail = desk.ask("GET", f"/cases/{case['id']}", Role.REVIEWER)
            assert detail["packets"][0]["manifest"]["quiet"]["one_in"] == 20
        else:
            assert (after["suppressed"], desk.open_cases()) == (1, [])
        roles = {row["role"] for packet in desk.ask("GET", f"/cases/{after['case_id']}", Role.REVIEWER)["packets"] for row in packet["manifest"]["files"]}
        assert {"cutting_first", "cutting_confirming"} <= roles
