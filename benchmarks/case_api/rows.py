"""Rows of a city's cases, drawn from a seed: 8,000 cameras in 16 districts, a year and more of cases, the newest of them open.

They are made past the API, since two million deliveries would take a day; the log's chain and the words of search are made as the API makes them.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from api import search
from api.acts import queue_value
from api.moments import microseconds
from evidence.kinds import load_catalogue
from evidence.packet import Grade

CAMERAS = 8000
DISTRICTS = ("东城", "西城", "朝阳", "丰台", "石景山", "海淀", "门头沟", "房山", "通州", "顺义", "昌平", "大兴", "怀柔", "平谷", "密云", "延庆")
STREETS = ("解放路", "民主街", "东风大道", "建设路", "和平里", "新华街", "长江路", "中山路", "幸福巷", "人民大道", "学院路", "北环路")
CORNERS = ("北口", "南口", "菜市场门前", "地铁站出口", "学校东门", "医院对面", "公交站旁", "十字路口")
NOTES = ("摊主已劝离", "占用盲道，已拍照", "店主承诺整改", "重复出现，转执法队", "有临时许可", "误报：停放的车辆", "夜间复查", "moved on after talking")
REVIEWERS = ("李娜", "王强", "张敏", "刘洋", "陈静", "anna", "otto")
OPEN = 3000
"""Cases that nobody has judged yet: a day's work of ten people."""
SPAN = timedelta(days=420)
END = datetime(2026, 11, 25, tzinfo=UTC)
FILES = (("clip_confirmed", "clip.mp4", "video/mp4", 300_000), ("closeup", "closeup.jpg", "image/jpeg", 60_000))
HEADS = {
    "cameras": ("camera_id", "name", "worker", "announced_at", "version", "district", "address", "tls_verify", "enabled"),
    "cases": (
        "id", "number", "act_id", "kind", "claimed_kind", "kind_name", "grade", "camera_id", "view_id", "state", "version", "first_seen", "confirmed_at",
        "shown_at", "last_seen", "ended_at", "dwell_seconds", "score", "value", "x1", "y1", "x2", "y2", "thumbnail_sha256", "created_at", "updated_at",
        "created_index", "changed_index", "district", "decided_at", "held",
    ),
    "acts": ("act_id", "case_id"),
    "log": ("log_index", "event", "at", "by", "case_id", "document", "sha256"),
    "packets": (
        "packet_id", "case_id", "act_id", "phase", "worker", "sequence", "last_seen", "manifest", "manifest_sha256", "signature", "receipt", "received_at",
    ),
    "packet_files": ("packet_id", "name", "case_id", "sha256", "media_type", "role", "bytes"),
    "decisions": ("log_index", "case_id", "version", "at", "by", "action", "reason", "note", "state_before", "sealed", "undone"),
    search.TABLE: ("rowid", "words"),
}  # fmt: skip
"""The columns that are filled, by table, in an order in which tables may refer to each other."""
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of the city."""

    camera_id: str
    name: dict[str, str]
    district: str
    address: str


def cameras(seed: int = 1) -> list[Camera]:
    """The city's cameras."""
    dice = random.Random(seed)
    found = []
    for number in range(CAMERAS):
        district, street, corner = dice.choice(DISTRICTS), dice.choice(STREETS), dice.choice(CORNERS)
        name = {"zh": f"{street}{number % 300}号{corner}", "en": f"Camera {number}"}
        found.append(Camera(f"cam-{number:05d}", name, district, f"{district}区{street}{number % 300}号"))
    return found


def camera_rows(city: list[Camera]) -> Iterator[Row]:
    """Rows of `cameras`."""
    for one in city:
        yield one.camera_id, json.dumps(one.name, ensure_ascii=False), "worker-1", microseconds(END - SPAN), 1, one.district, one.address, False, True


def case_rows(count: int, city: list[Camera], seed: int = 1) -> Iterator[dict[str, list[Row]]]:
    """For each case, from the oldest on, its rows by table."""
    dice = random.Random(seed)
    catalogue = load_catalogue()
    kinds = [kind for kind in catalogue.kinds if kind.enabled]
    weights = [1 / (1 + place) for place in range(len(kinds))]
    names = {kind.id: json.dumps(kind.name.model_dump(), ensure_ascii=False) for kind in kinds}
    step = SPAN / max(1, count)
    previous, index = None, 0
    for number in range(1, count + 1):
        at = END - SPAN + step * number
        kind = dice.choices(kinds, weights)[0]
        camera = city[dice.randrange(len(city))]
        grade = Grade.B if dice.random() < 0.8 else Grade.C
        score = round(dice.uniform(0.3, 0.95), 4)
        case_id, act_id, packet_id = (hashlib.blake2s(f"{what}{number}".encode(), digest_size=16).hexdigest() for what in ("case", "act", "packet"))
        moment = microseconds(at)
        rows: dict[str, list[Row]] = {"log": []}
        index += 1
        previous = _log(rows, index, "manifest", moment, "worker worker-1", case_id, previous)
        created, decided = index, None
        state = "open"
        if number <= count - OPEN:
            state = "confirmed" if dice.random() < 0.6 else "rejected"
            decided, by = moment + dice.randrange(60, 86_400) * 1_000_000, dice.choice(REVIEWERS)
            note = dice.choice(NOTES) if dice.random() < 0.3 else None
            index += 1
            previous = _log(rows, index, "decision", decided, by, case_id, previous)
            action, reason = ("confirm", None) if state == "confirmed" else ("reject", "permit")
            rows["decisions"] = [(index, case_id, 1, decided, by, action, reason, note, "open", False, False)]
        x, y = dice.uniform(0, 0.8), dice.uniform(0.2, 0.7)
        files = [(packet_id, name, case_id, _hash(number, role), media, role, size) for role, name, media, size in FILES]
        rows["cases"] = [(
            case_id, number, act_id, kind.id, kind.id, names[kind.id], grade.value, camera.camera_id, "main", state, 1 if decided is None else 2,
            moment - 360_000_000, moment, moment, moment, None, 360.0, score, queue_value(grade, score, at), x, y, x + 0.1, y + 0.2, files[1][3],
            moment, decided or moment, created, index, camera.district, decided, False,
        )]  # fmt: skip
        rows["acts"] = [(act_id, case_id)]
        manifest = json.dumps(_manifest(packet_id, act_id, kind.id, camera.camera_id, [x, y, x + 0.1, y + 0.2], number))
        rows["packets"] = [(
            packet_id, case_id, act_id, "confirmed", "worker-1", number, moment, manifest, _hash(number, "manifest"), "{}", "{}", moment
        )]  # fmt: skip
        rows["packet_files"] = list(files)
        said = () if decided is None else tuple(part for part in (rows["decisions"][0][4], rows["decisions"][0][7]) if part)
        of_words = {case_id, str(number), *_words(kind.id, names[kind.id], camera.camera_id, tuple(camera.name.values()), camera.district, camera.address)}
        of_words |= {word for one in said for word in _said(one)} | {search.facet("state", state)}
        rows[search.TABLE] = [(number, " ".join(sorted(of_words)))]
        yield rows


@cache
def _words(kind: str, kind_name: str, camera_id: str, names: tuple[str, ...], district: str, address: str) -> frozenset[str]:
    told = [kind, *json.loads(kind_name).values(), camera_id, *names, district, address, "main"]
    narrowing = {search.facet("kind", kind), search.facet("camera", camera_id), search.facet("district", district)}
    return frozenset({word for one in told for word in search.words_of(one)} | narrowing)


@cache
def _said(told: str) -> frozenset[str]:
    return frozenset(search.words_of(told))


def _manifest(packet_id: str, act_id: str, kind: str, camera_id: str, xyxy: list[float], number: int) -> dict[str, Any]:
    """What the API reads of a packet's manifest when its case is decided: which thing it shows, and how that looks."""
    look = [byte / 255 for byte in hashlib.blake2b(str(number).encode(), digest_size=64).digest()]
    stay = {"look": [round(one, 2) for one in look]}
    named = {"camera": {"id": camera_id}, "view": {"id": "main"}, "kind": {"id": kind}, "place": {"xyxy": xyxy}}
    return {"packet_id": packet_id, "act_id": act_id, **named, "stay": stay, "files": []}


def _hash(number: int, what: str) -> str:
    return hashlib.blake2s(f"{what}{number}".encode()).hexdigest()


def _log(rows: dict[str, list[Row]], index: int, event: str, moment: int, by: str, case_id: str, previous: str | None) -> str:
    before = "null" if previous is None else f'"{previous}"'
    document = f'{{"at":{moment},"by":"{by}","case_id":"{case_id}","event":"{event}","log_index":{index},"previous_sha256":{before}}}'
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    rows["log"].append((index, event, moment, by, case_id, document, sha256))
    return sha256
