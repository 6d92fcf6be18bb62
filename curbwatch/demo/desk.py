"""What a reviewer sees over the API, as the demo needs it: each camera's looks, the cases with their place, the packets to be checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from curbwatch.demo.coverage import LookSpan
from curbwatch.demo.verdict import Box, SeenCase

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class CameraSeen:
    """A camera's state and its looks by the present run of the worker, None before the first."""

    camera_id: str
    state: str
    looks: LookSpan | None


class Desk:
    """A reviewer's line to the API; every call may raise `httpx.HTTPError` while the API is away."""

    def __init__(self, page: str, token: str) -> None:
        self._client = httpx.Client(base_url=page, headers={"Authorization": f"Bearer {token}", "X-Purpose": "audit"}, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def cameras(self) -> list[CameraSeen]:
        """All cameras that the registry knows."""
        return [camera_seen(item) for item in self._get("/cameras").json()["items"]]

    def cases(self) -> list[dict[str, Any]]:
        """The summaries of all cases, oldest first."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self._get("/cases", {"order": "newest", "limit": "100", **({"cursor": cursor} if cursor else {})}).json()
            items += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return items[::-1]

    def case(self, case_id: str) -> dict[str, Any]:
        """A case with its packets."""
        detail: dict[str, Any] = self._get(f"/cases/{case_id}").json()
        return detail

    def save_packets(self, detail: Mapping[str, Any], folder: Path) -> list[Path]:
        """Writes every packet of a case as the folder that `curbwatch evidence verify` takes."""
        saved = []
        for packet in detail["packets"]:
            place = folder / packet["packet_id"]
            place.mkdir(parents=True, exist_ok=True)
            signed = {"manifest": packet["manifest"], "signature": packet["signature"]}
            (place / "manifest.json").write_text(json.dumps(signed, ensure_ascii=False), encoding="utf-8")
            if packet.get("receipt") is not None:
                (place / "receipt.json").write_text(json.dumps(packet["receipt"]), encoding="utf-8")
            for file in packet["manifest"]["files"]:
                (place / file["name"]).write_bytes(self._get(f"/cases/{detail['id']}/files/{file['sha256']}").content)
            saved.append(place)
        return saved

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
        answer = self._client.get(path, params=dict(query or {}))
        answer.raise_for_status()
        return answer


def camera_seen(item: Mapping[str, Any]) -> CameraSeen:
    """Reads a camera as the registry tells of it."""
    status = item.get("status") or {}
    first, last = status.get("first_look_at"), status.get("last_look_at")
    keyframes = sum(int(status.get(name) or 0) for name in ("looks", "unchanged"))
    looks = LookSpan(datetime.fromisoformat(first), datetime.fromisoformat(last), keyframes) if first and last else None
    return CameraSeen(item["camera_id"], status.get("state") or "connecting", looks)


def seen_case(detail: Mapping[str, Any]) -> SeenCase:
    """A case as the judge takes it; its place is that of its leading packet, the first that confirmed it."""
    packets = [packet["manifest"] for packet in detail["packets"]]
    leading = next((manifest for manifest in packets if manifest["phase"] == "confirmed"), packets[0])
    x0, y0, x1, y1 = leading["place"]["xyxy"]
    place: Box = (x0, y0, x1, y1)
    return SeenCase(str(detail["number"]), detail["camera_id"], detail["kind"], place)
