"""The scene file beside a rendered clip: zones, storefront lines and permits as its truth has them, and a dwell that a clip of minutes can outlast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidence.kinds import load_catalogue

MINIMUM_LOOKS = 4
ON = "\n# Kinds that nothing real has proven are ON here, all that the clips show; what they raise is a lead (grade C)."
HEAD = """\
# The scene of a clip of the rendered street, from its ground truth; written anew by each `curbwatch street video --seed`.
# The dwell of every kind is SHORTENED to {dwell:g} s, so that a clip of minutes proves something.{on}
schema: curbwatch.scene/1
note: "演示：停留时长已缩短 · rendered clip: the dwell of every kind is {dwell:g} s"
"""


def scene_text(truth: Mapping[str, Any]) -> str:
    """The scene of a clip as YAML, points one polygon a line; every kind of the catalogue has the clip's dwell, and those that the clips show are on."""
    dwell, shown = float(truth["dwell_seconds"]), truth.get("kinds", ())
    lines = [HEAD.format(dwell=dwell, on=ON if shown else "").rstrip("\n"), "kinds:"]
    for kind in load_catalogue().kinds:
        on = "enabled: true, " if kind.id in shown and not kind.enabled else ""
        lines.append(f"  {kind.id}: {{{on}dwell_seconds: {dwell:g}, minimum_looks: {MINIMUM_LOOKS}}}")
    lines += ["views:", f"  - camera_id: {truth['camera_id']}", "    zones:"]
    lines += [f"      - {{id: {zone['id']}, kind: {zone['kind']}, polygon: {_points(zone['polygon'])}}}" for zone in truth["zones"]]
    if truth["lines"]:
        lines.append("    lines:")
        lines += [f"      - {{id: {line['id']}, outside: {line['outside']}, points: {_points(line['points'])}}}" for line in truth["lines"]]
    if truth["permits"]:
        lines.append("    permits:")
    for permit in truth["permits"]:
        lines += [
            f"      - id: {permit['id']}",
            "        holder: 便民摊点（演示）",
            f"        from: {permit['from']}",
            f"        until: {permit['until']}",
            f'        hours: ["{permit["hours"]}"]',
            f"        polygon: {_points(permit['polygon'])}",
        ]
    return "\n".join(lines) + "\n"


def _points(points: Iterable[Iterable[float]]) -> str:
    return "[" + ", ".join("[" + ", ".join(f"{v:g}" for v in point) + "]" for point in points) + "]"
