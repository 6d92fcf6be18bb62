"""What judging remembers, as JSON and back: exact to the last digit, times with their zone.

It is written about once a second for views under suspicion, so samples are rows, not mappings. What an older version did not write takes its default
when it is read; what cannot be read is one error, and the view begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from detector.errors import DetectorError
from detector.judgement.values import Box, Bystander, Member, Newcomer, Stay, StayGap, StaySample, StayShift, ViewState, Zoom

PLAIN = (
    "first_seconds", "last_seconds", "known_seconds", "looks", "attended_looks", "missed", "unchanged", "missed_since_seconds",
    "suspected", "halfway", "confirmed_kind", "zoom_due_seconds", "zoom_refusals", "continued", "told_seconds", "hidden_seconds",
    "hidden_share",
    "short_since_seconds", "allowed_since_seconds", "found_standing", "new_share", "stood_seconds",
)  # fmt: skip
"""Fields of a stay that JSON holds as they are."""


class MemoryFault(DetectorError):
    """A remembered state is not one that this version wrote or understands."""


def state_to_json(state: ViewState) -> dict[str, Any]:
    """All that judging remembers of a view, as JSON data."""
    return {
        "stays": [stay_to_json(stay) for stay in state.stays],
        "bystanders": [[list(one.xyxy), one.first_seconds, one.last_seconds, one.looks, one.missed] for one in state.bystanders],
        "last_look_seconds": state.last_look_seconds,
        "away": state.away,
        "since_seconds": state.since_seconds,
    }


def state_from_json(body: Mapping[str, Any]) -> ViewState:
    """Reads what `state_to_json` wrote.

    Raises:
        MemoryFault: it is something else.
    """
    try:
        return ViewState(
            stays=tuple(stay_from_json(stay) for stay in body.get("stays", ())),
            bystanders=tuple(Bystander(_box(xyxy), first, last, *counts) for xyxy, first, last, *counts in body.get("bystanders", ())),
            last_look_seconds=body.get("last_look_seconds"),
            away=bool(body.get("away", False)),
            since_seconds=body.get("since_seconds"),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise MemoryFault(f"the remembered state of a view cannot be read ({error}); its stays begin anew") from error


def stay_to_json(stay: Stay) -> dict[str, Any]:
    """A stay as JSON data."""
    return {
        "stay_id": stay.stay_id,
        **{name: getattr(stay, name) for name in PLAIN},
        "first_wall": stay.first_wall.isoformat(),
        "last_wall": stay.last_wall.isoformat(),
        "confirmed_wall": None if stay.confirmed_wall is None else stay.confirmed_wall.isoformat(),
        "xyxy": list(stay.xyxy),
        "signature": list(stay.signature),
        "votes": dict(stay.votes),
        "dwell_seconds": dict(stay.dwell_seconds),
        "outside_seconds": dict(stay.outside_seconds),
        "in_place": list(stay.in_place),
        "at_line": list(stay.at_line),
        "samples": [_sample_to_row(sample) for sample in stay.samples],
        "gaps": [[gap.begins.isoformat(), gap.ends.isoformat(), gap.reason] for gap in stay.gaps],
        "shifts": [[shift.wall.isoformat(), list(shift.before), list(shift.after), shift.metres] for shift in stay.shifts],
        "newcomer": None if stay.newcomer is None else [list(stay.newcomer.signature), [_sample_to_row(sample) for sample in stay.newcomer.samples]],
        "members": [_member_to_row(member) for member in stay.members],
        "beside": dict(stay.beside),
        "zoom": None if stay.zoom is None else _zoom_to_row(stay.zoom),
    }


def stay_from_json(body: Mapping[str, Any]) -> Stay:
    """Reads what `stay_to_json` wrote.

    Raises:
        MemoryFault: it is something else.
    """
    try:
        newcomer, zoom, confirmed_wall = body.get("newcomer"), body.get("zoom"), body.get("confirmed_wall")
        return Stay(
            stay_id=str(body["stay_id"]),
            **{name: body[name] for name in PLAIN if name in body},
            first_wall=_moment(body["first_wall"]),
            last_wall=_moment(body["last_wall"]),
            confirmed_wall=None if confirmed_wall is None else _moment(confirmed_wall),
            xyxy=_box(body["xyxy"]),
            signature=tuple(body["signature"]),
            votes=dict(body["votes"]),
            dwell_seconds=dict(body.get("dwell_seconds", {})),
            outside_seconds=dict(body.get("outside_seconds", {})),
            in_place=tuple(body.get("in_place", ())),
            at_line=tuple(body.get("at_line", ())),
            samples=tuple(_sample_from_row(row) for row in body.get("samples", ())),
            gaps=tuple(StayGap(_moment(begins), _moment(ends), reason) for begins, ends, reason in body.get("gaps", ())),
            shifts=tuple(StayShift(_moment(wall), _box(before), _box(after), float(metres)) for wall, before, after, metres in body.get("shifts", ())),
            newcomer=None if newcomer is None else Newcomer(tuple(newcomer[0]), tuple(_sample_from_row(row) for row in newcomer[1])),
            members=tuple(_member_from_row(row) for row in body.get("members", ())),
            beside=dict(body.get("beside", {})),
            zoom=None if zoom is None else _zoom_from_row(zoom),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise MemoryFault(f"a remembered stay cannot be read ({type(error).__name__}: {error})") from error


def _sample_to_row(sample: StaySample) -> list[Any]:
    box = None if sample.xyxy is None else list(sample.xyxy)
    return [sample.at_seconds, sample.wall.isoformat(), sample.status, sample.label, box, sample.score, sample.attended]


def _sample_from_row(row: Sequence[Any]) -> StaySample:
    at_seconds, wall, status, label, box, score, attended = row
    return StaySample(float(at_seconds), _moment(wall), status, label, None if box is None else _box(box), score, bool(attended))


def _zoom_to_row(zoom: Zoom) -> list[Any]:
    return [zoom.agreed, zoom.score, None if zoom.xyxy is None else list(zoom.xyxy), zoom.looks_like, zoom.covered]


def _zoom_from_row(row: Sequence[Any]) -> Zoom:
    agreed, score, box, *said = row
    looks_like, covered = said or (None, None)
    return Zoom(agreed, score, None if box is None else _box(box), looks_like, covered)


def _member_to_row(member: Member) -> list[Any]:
    walls = [member.first_wall.isoformat(), member.last_wall.isoformat()]
    return [member.stay_id, member.label, list(member.xyxy), *walls, member.stands_for, member.dwell_seconds]


def _member_from_row(row: Sequence[Any]) -> Member:
    stay_id, label, box, first, last, stands_for, dwell_seconds = row
    return Member(str(stay_id), str(label), _box(box), _moment(first), _moment(last), int(stands_for), float(dwell_seconds))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text} has no zone")
    return moment


def _box(values: Sequence[float]) -> Box:
    left, top, right, bottom = values
    return float(left), float(top), float(right), float(bottom)
