"""One case: its packets, decisions, holds and deletions, and the files that its manifests name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from api.acts import LEAST_IOU
from api.errors import NotFound
from api.holders import told_of
from api.keeping import erasures_of, holds_of
from api.known_cases import MOST_NEAR, touches
from api.roles import Caller
from api.schema import cases, decisions, packet_files, packets
from api.shapes import CaseDetail, CaseSummary, DecisionShown, PacketShown
from api.sight import known_decisions, knows_seals, of_districts
from api.summaries import row_of, seen_of, summaries
from api.undo import decision_of, is_answered
from evidence.grading import lowered_of, text_of
from evidence.model import Text
from evidence.packet import Manifest
from evidence.quiet import overlap

MOST_EARLIER = 20


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a manifest of a case names."""

    sha256: str
    name: str
    media_type: str
    role: str


def detail(connection: Connection, case_id: str, caller: Caller) -> CaseDetail:
    """One case as the caller sees it, with packets (oldest sight first, an end last), decisions and earlier cases.

    Raises:
        NotFound: there is no such case, or it is of another district.
    """
    row = row_of(connection, case_id, caller)
    shown_now = seen_of(row).by(caller)
    if shown_now is None:
        raise NotFound("there is no such case")
    of_case = select(packets).where(packets.c.case_id == case_id, packets.c.manifest != "")
    shown = sorted(connection.execute(of_case).all(), key=lambda one: (one.last_seen, one.phase == "ended", one.received_at, one.packet_id))
    return CaseDetail(
        **shown_now.model_dump(),
        packets=[
            PacketShown(
                packet_id=one.packet_id,
                received_at=one.received_at,
                manifest=json.loads(one.manifest),
                signature=json.loads(one.signature),
                receipt=json.loads(one.receipt),
                lowered=[*told_of(one.held_by, one.worker), *_why_lowered(one)],
            )
            for one in shown
        ],
        decisions=_decisions(connection, row, caller),
        earlier=_earlier(connection, row, caller),
        holds=holds_of(connection, case_id),
        erasures=erasures_of(connection, case_id),
    )


def file_of(connection: Connection, case_id: str, sha256: str, caller: Caller) -> NamedFile:
    """The file with this hash, if a manifest of a case that the caller sees names it.

    Raises:
        NotFound: none does.
    """
    of_case = select(packet_files).join(cases, cases.c.id == packet_files.c.case_id).where(of_districts(caller))
    row = connection.execute(of_case.where(packet_files.c.case_id == case_id, packet_files.c.sha256 == sha256).limit(1)).first()
    if row is None:
        raise NotFound("no packet of this case names such a file")
    return NamedFile(row.sha256, row.name, row.media_type, row.role)


def _why_lowered(packet: Row[Any]) -> list[Text]:
    """What its evidence lacks for the grade that it claims."""
    reasons = lowered_of(packet.lowered)
    if not reasons:
        return []
    manifest = Manifest.model_validate_json(packet.manifest)
    return [text_of(reason, manifest) for reason in reasons]


def _decisions(connection: Connection, row: Row[Any], caller: Caller) -> list[DecisionShown]:
    """All that the caller may know of: not the first decision that the caller might be the second person of."""
    made = select(decisions).where(decisions.c.case_id == row.id, known_decisions(caller))
    rows = connection.execute(made.order_by(decisions.c.log_index)).all()
    return [decision_of(one, tells_seal=knows_seals(caller) or not one.sealed or is_answered(connection, one.log_index)) for one in rows]


def _earlier(connection: Connection, row: Row[Any], caller: Caller) -> list[CaseSummary]:
    """At the same place of the same view; and the one that it is a recurrence of, whichever camera saw that."""
    box, before = (row.x1, row.y1, row.x2, row.y2), row.recurrence_of
    at_place = touches(row.camera_id, row.view_id, box)
    near = summaries().where(at_place if before is None else or_(at_place, cases.c.id == before), of_districts(caller))
    touching = near.where(cases.c.id != row.id, cases.c.first_seen <= row.first_seen)
    rows = connection.execute(touching.order_by(cases.c.last_seen.desc()).limit(MOST_NEAR))
    same_place = (one for one in rows if one.id == before or overlap(box, (one.x1, one.y1, one.x2, one.y2)) >= LEAST_IOU)
    return [shown for one in islice(same_place, MOST_EARLIER) if (shown := seen_of(one).by(caller)) is not None]
