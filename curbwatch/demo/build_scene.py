"""Builds the demo's scene file from the clips' ground truth: `python -m curbwatch.demo.build_scene [truth.json] [scene.yaml]`.

The renderer knows where kerb, shop fronts and the painted box lie in each picture, so nobody draws zones by hand; the same truth gives the
same file. The dwell is shortened so that a clip of a minute proves something; the file says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from curbwatch.demo.cameras import SHIPPED_SCENE, shipped_ids
from curbwatch.demo.errors import CameraListError, TruthError
from curbwatch.demo.truth import TRUTH_FILE, ClipTruth, read_truth
from evidence.kinds import load_catalogue
from evidence.views import KindOverride, Permit, StorefrontLine, ViewDocument, Zone, ZoneKind

OVERRIDES = {
    "V2": KindOverride(dwell_seconds=20, minimum_looks=4, grace_seconds=20),
    "V3": KindOverride(dwell_seconds=20, minimum_looks=4, grace_seconds=20),
}
"""Each bait stands for 54 s and more, so 20 s is a fair question. The grace bridges the clip's seam, where what stands is away for up to
6 s before it comes back: with looks every 4 to 10 s that is less than 20 s unseen."""
PERMIT = {"from": "2024-01-01", "until": "2049-12-31", "holder": "便民摊点（演示）"}
"""Of every painted box: valid on all days and at all hours, so that the demo does not depend on the day it is run."""

HEAD = """\
# The scene of the demo's cameras, built from the clips' ground truth by `python -m curbwatch.demo.build_scene`.
# The dwell is SHORTENED for the demo: {shortened}.
# Copy this file, change a zone, a line, the dwell or the permit, and give it to `curbwatch demo --scene FILE`.
schema: curbwatch.scene/1
note: "{note}"
"""


def build_views(truth: Iterable[ClipTruth]) -> list[ViewDocument]:
    """The view of each clip's camera: pavement, carriageway, storefront line, and a permit for each painted box."""
    return [
        ViewDocument(
            camera_id=clip.camera_id,
            zones=(
                Zone(id="sidewalk", kind=ZoneKind.SIDEWALK, polygon=clip.sidewalk),
                Zone(id="carriageway", kind=ZoneKind.CARRIAGEWAY, polygon=clip.carriageway),
            ),
            lines=(StorefrontLine(id="shops", points=clip.storefront_line, outside="left" if clip.outside == "left" else "right"),),
            permits=tuple(
                Permit.model_validate({"id": f"permit-{clip.camera_id}-{number}", "polygon": box, **PERMIT}) for number, box in enumerate(clip.permit_boxes, 1)
            ),
        )
        for clip in truth
    ]


def write_scene(views: Iterable[ViewDocument]) -> str:
    """The scene file's text: points one polygon a line, so that a person can edit it."""
    real = {kind.id: kind.dwell_seconds for kind in load_catalogue().kinds}
    shortened = ", ".join(f"{kind} {override.dwell_seconds:g} s instead of {real[kind]:g} s" for kind, override in OVERRIDES.items())
    note = "演示：停留时长已缩短 · demo: the dwell is shortened (" + shortened + ")"
    lines = [HEAD.format(shortened=shortened, note=note).rstrip("\n"), "kinds:"]
    for kind, override in OVERRIDES.items():
        values = ", ".join(f"{name}: {value:g}" for name, value in override.model_dump(exclude_none=True).items())
        lines.append(f"  {kind}: {{{values}}} # as shipped the dwell is {real[kind]:g} s")
    lines.append("views:")
    for view in views:
        lines += [f"  - camera_id: {view.camera_id}", "    zones:"]
        lines += [f"      - {{id: {zone.id}, kind: {zone.kind.value}, polygon: {_points(zone.polygon)}}}" for zone in view.zones]
        lines.append("    lines:")
        lines += [f"      - {{id: {line.id}, outside: {line.outside}, points: {_points(line.points)}}}" for line in view.lines]
        if view.permits:
            lines.append("    permits:")
        for permit in view.permits:
            lines += [
                f"      - id: {permit.id}",
                f"        holder: {permit.holder}",
                f"        from: {permit.first_day.isoformat()}",
                f"        until: {permit.last_day.isoformat()}",
                f"        polygon: {_points(permit.polygon)}",
            ]
    return "\n".join(lines) + "\n"


def _points(points: Iterable[tuple[float, float]]) -> str:
    return "[" + ", ".join(f"[{x:g}, {y:g}]" for x, y in points) + "]"


def main(arguments: list[str]) -> int:
    """Builds the shipped scene anew; exit status 2 where the truth is not usable."""
    source = Path(arguments[0]) if arguments else TRUTH_FILE
    target = Path(arguments[1]) if len(arguments) > 1 else SHIPPED_SCENE
    try:
        ids = shipped_ids()
        clips = [clip for clip in read_truth(source).values() if clip.camera_id in ids]
    except (CameraListError, TruthError) as error:
        print(f"curbwatch: {error}", file=sys.stderr)
        return 2
    target.write_text(write_scene(build_views(clips)), encoding="utf-8")
    print(f"{target}: {len(clips)} views")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
