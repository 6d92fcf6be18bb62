"""A proposal for a view as a file: not a scene, so that nothing of it is in force before a person has looked at it and accepted it.

    schema: curbwatch.scene-proposal/1
    made: {at: 2026-11-26T08:00:00+08:00, picture: cam1.jpg, size: [1920, 1080], by: curbwatch 0.1.0}
    reasons:
      sidewalk-1: {confidence: 0.7, zh: …, en: …}
    views:
      - camera_id: cam1
        zones: […]

`curbwatch scene accept` makes a scene file of it, and the scene says who accepted what.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from detector.scene.errors import ProposalError
from detector.scene.scene import PROPOSAL_SCHEMA, Scene, parse_scene, read_text
from detector.scene.suggesting import Suggested
from detector.scene.writing import flow, scene_text, view_lines
from evidence.lined import UnreadableYaml, read_lined
from evidence.model import Moment, Share, Strict, Text, first_fault
from evidence.pictures import Reference
from evidence.views import Id, ViewDocument


class Made(Strict):
    """What a proposal was made from.

    Attributes:
        picture: the file's name; size: its width and height in pixels.
        people, vehicles: arrivals of the day's grid, where one was given; since, until: its time.
        vanishing_point: where the street's edges meet, in shares of the picture; lens: how much it bends them; camera_metres: how high people's height says
            that the camera hangs.
    """

    at: Moment
    by: str
    picture: str
    size: Annotated[tuple[int, int], Field(strict=False)]
    model: str | None = None
    people: int | None = None
    vehicles: int | None = None
    since: Moment | None = None
    until: Moment | None = None
    vanishing_point: Annotated[tuple[float, float], Field(strict=False)] | None = None
    lens: float = 0.0
    camera_metres: float | None = None


class Why(Text):
    """Why a zone or line is proposed; `confidence` says in which order to look at them."""

    confidence: Share


class Proposal(Strict):
    """One view, proposed."""

    schema_: Literal["curbwatch.scene-proposal/1"] = Field(alias="schema")
    note: Text
    made: Made
    reasons: dict[Id, Why]
    views: Annotated[tuple[ViewDocument, ...], Field(strict=False, min_length=1, max_length=1)]

    @property
    def view(self) -> ViewDocument:
        """The proposed view."""
        return self.views[0]


def proposal_of(found: Suggested, made: Made, camera_id: str, view_id: str = "main") -> Proposal:
    """A proposal of what was found; the picture that it was found in is the view's reference, where it is of a kind that can be one."""
    reference = Reference(file=made.picture) if made.picture.lower().endswith(REFERENCES) else None
    view = ViewDocument(camera_id=camera_id, view_id=view_id, zones=found.zones, lines=found.lines, reference=reference)
    reasons = {name: Why(confidence=why.confidence, zh=why.zh, en=why.en) for name, why in found.reasons.items()}
    return Proposal(schema="curbwatch.scene-proposal/1", note=Text(zh=found.note[0], en=found.note[1]), made=made, reasons=reasons, views=(view,))


REFERENCES = (".jpg", ".jpeg", ".png")
HEAD = """\
# A PROPOSAL of `curbwatch scene suggest`. Nothing of it is in force. Look at it (`curbwatch scene draw`), then accept what is right:
# `curbwatch scene accept {file} --by NAME -o scene.yaml`. 提议，未生效：请核对后采纳。
"""


def proposal_text(proposal: Proposal, file: str = "proposal.yaml") -> str:
    """The proposal as YAML."""
    data = proposal.model_dump(mode="json", by_alias=True, exclude_none=True)
    lines = [HEAD.format(file=file).rstrip("\n"), f"schema: {data['schema']}"]
    lines += [f"note: {flow(data['note'])}", f"made: {flow(data['made'])}"]
    lines += ["reasons:" if data["reasons"] else "reasons: {}", *(f"  {name}: {flow(why)}" for name, why in data["reasons"].items())]
    return "\n".join([*lines, "views:", *view_lines(proposal.view)]) + "\n"


def read_proposal(path: Path) -> Proposal:
    """Reads a proposal.

    Raises:
        SceneError: the file cannot be read. ProposalError: it is no proposal, or was damaged by hand.
    """
    try:
        data = read_lined(read_text(path)).data
    except UnreadableYaml as error:
        raise ProposalError(f"{path}: line {error.line}: {error.what}") from None
    if not isinstance(data, dict) or data.get("schema") != PROPOSAL_SCHEMA:
        raise ProposalError(f"{path}: is no proposal (`schema: {PROPOSAL_SCHEMA}`); `curbwatch scene suggest` makes one")
    try:
        return Proposal.model_validate(data)
    except ValidationError as error:
        raise ProposalError(f"{path}: {first_fault(error)}") from None


def accepted_view(proposal: Proposal, path: Path, only: Collection[str], without: Collection[str]) -> ViewDocument:
    """The view with what a person accepts of it: `only` these zones and lines (all where none is named), `without` those.

    Raises:
        ProposalError: an id that the proposal does not have, or nothing is left.
    """
    view = proposal.view
    known = [*(zone.id for zone in view.zones), *(line.id for line in view.lines)]
    strange = sorted({*only, *without} - set(known))
    if strange:
        raise ProposalError(f"{path}: proposes no {', '.join(strange)}; there are {', '.join(known) or 'none'}")
    kept = {name for name in known if (not only or name in only) and name not in without}
    zones = tuple(zone for zone in view.zones if zone.id in kept)
    if not zones:
        raise ProposalError(f"{path}: no zone of it is accepted, and a view without a zone judges nothing")
    return view.model_copy(update={"zones": zones, "lines": tuple(line for line in view.lines if line.id in kept)})


def beside(view: ViewDocument, scene: Path) -> ViewDocument:
    """The view as it stands in a scene file: without a reference picture that does not lie beside it."""
    named = view.reference is not None and view.reference.file is not None and (scene.parent / view.reference.file).is_file()
    return view if view.reference is None or named else view.model_copy(update={"reference": None})


def accepted_text(view: ViewDocument, by: str, at: datetime, source: str) -> str:
    """A scene of an accepted view, which says who accepted it and when."""
    return scene_text([view], f"view of {view.camera_id}: proposed by curbwatch ({source}), accepted by {by} at {at.isoformat(timespec='seconds')}")


def added_to(text: str, view: ViewDocument, path: Path) -> str:
    """A scene file's text with a view more, all else as it was written.

    Raises:
        ProposalError: the file has faults, or a view of that camera and position already, or its views are written so that none can be added by program.
    """
    before, faults = parse_scene(text, str(path))
    if before is None:
        raise ProposalError(f"{path}: {faults[0]}; mend it first (`curbwatch scene check`)")
    if any((one.camera_id, one.view_id) == (view.camera_id, view.view_id) for one in before.views):
        raise ProposalError(
            f"{path}: has a view {view.view_id} of the camera {view.camera_id} already; accept into another file and take over what you want by hand"
        )
    lines = text.rstrip().splitlines()
    added = "\n".join([*lines, *([] if before.views else ["views:"]), *view_lines(view)]) + "\n"
    after, _ = parse_scene(added, str(path))
    if after is None or not _is_added(before, after, view):
        raise ProposalError(f"{path}: `views` is not a list at the file's end with two spaces before each dash; accept into another file and paste it by hand")
    return added


def _is_added(before: Scene, after: Scene, view: ViewDocument) -> bool:
    return after.views == (*before.views, view) and after.kinds == before.kinds and after.note == before.note


def is_proposal(path: Path) -> bool:
    """Whether a file says of itself that it is a proposal.

    Raises:
        SceneError: it cannot be read.
    """
    return re.search(rf"^schema:\s*[\"']?{re.escape(PROPOSAL_SCHEMA)}\b", read_text(path), re.MULTILINE) is not None
