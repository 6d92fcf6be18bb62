"""What judging remembers, as JSON and back: exact to the last digit, times with their zone.

It is written about once a second for views under suspicion, so samples are rows, not mappings. What an older version did not write takes its default
when it is read; what cannot be read is one error, and the view begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from detector.errors import DetectorError
from detector.judgement.values import Box, Bystander, Newcomer, Stay, StayGap, StaySample, ViewState, Zoom

PLAIN = (
    "first_seconds", "last_seconds", "known_seconds", "looks", "attended_looks", "missed", "unchanged", "missed_since_seconds",
    "suspected", "halfway", "confirmed_kind", "zoom_due_seconds", "zoom_refusals", "continued", "told_seconds",
)  # fmt: skip
"""Fields of a stay that JSON holds as they are."""


class MemoryFault(DetectorError):
    """A remembered state is not one that this version wrote or understands."""


def state_to_json(state: ViewState) -> dict[str, Any]:
    """All that judging remembers of a view, as JSON data."""
    return {
        "stays": [stay_to_json(stay) for stay in state.stays],
        "bystanders": [[list(one.xyxy), one.first_seconds, one.last_seconds, one.looks] for one in state.bystanders],
        "last_look_seconds": state.last_look_seconds,
    }


def state_from_json(body: Mapping[str, Any]) -> ViewState:
    """Reads what `state_to_json` wrote.

    Raises:
        MemoryFault: it is something else.
    """
    try:
        return ViewState(
            stays=tuple(stay_from_json(stay) for stay in body.get("stays", ())),
            bystanders=tuple(Bystander(_box(xyxy), first, last, looks) for xyxy, first, last, looks in body.get("bystanders", ())),
            last_look_seconds=body.get("last_look_seconds"),
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
        "in_place": list(stay.in_place),
        "at_line": list(stay.at_line),
        "samples": [_sample_to_row(sample) for sample in stay.samples],
        "gaps": [[gap.begins.isoformat(), gap.ends.isoformat(), gap.reason] for gap in stay.gaps],
        "newcomer": None if stay.newcomer is None else [list(stay.newcomer.signature), [_sample_to_row(sample) for sample in stay.newcomer.samples]],
        "zoom": None if stay.zoom is None else [stay.zoom.agreed, stay.zoom.score, None if stay.zoom.xyxy is None else list(stay.zoom.xyxy)],
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
            in_place=tuple(body.get("in_place", ())),
            at_line=tuple(body.get("at_line", ())),
            samples=tuple(_sample_from_row(row) for row in body.get("samples", ())),
            gaps=tuple(StayGap(_moment(begins), _moment(ends), reason) for begins, ends, reason in body.get("gaps", ())),
            newcomer=None if newcomer is None else Newcomer(tuple(newcomer[0]), tuple(_sample_from_row(row) for row in newcomer[1])),
            zoom=None if zoom is None else Zoom(zoom[0], zoom[1], None if zoom[2] is None else _box(zoom[2])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise MemoryFault(f"a remembered stay cannot be read ({type(error).__name__}: {error})") from error


def _sample_to_row(sample: StaySample) -> list[Any]:
    box = None if sample.xyxy is None else list(sample.xyxy)
    return [sample.at_seconds, sample.wall.isoformat(), sample.status, sample.label, box, sample.score, sample.attended]


def _sample_from_row(row: Sequence[Any]) -> StaySample:
    at_seconds, wall, status, label, box, score, attended = row
    return StaySample(float(at_seconds), _moment(wall), status, label, None if box is None else _box(box), score, bool(attended))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text} has no zone")
    return moment


def _box(values: Sequence[float]) -> Box:
    left, top, right, bottom = values
    return float(left), float(top), float(right), float(bottom)
