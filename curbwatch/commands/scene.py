"""`curbwatch scene check|draw`: a scene's faults, or its picture; the group holds `seen`, `suggest` and `accept` too (`scene_suggest`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from curbwatch.commands.scene_suggest import accept, picture_of, seen, suggest
from curbwatch.terminal import EXIT_NO, EXIT_WRONG_USE, complain, emit_json
from detector.judgement.kinds_on import in_force
from detector.scene.checking import CheckedScene, check_scene
from detector.scene.contradictions import contradictions
from detector.scene.drawing import draw_view, save_drawing
from detector.scene.errors import DrawingError, SceneError
from detector.scene.judged import JudgedView
from detector.scene.proposal import is_proposal, read_proposal
from detector.scene.scene import read_scene
from evidence.kinds import Catalogue, load_catalogue
from evidence.views import ViewDocument

MODEL_SHAPE = (640, 384)
"""Width and height of the shipped model's input, to which a look's cut-out is fitted."""
PICTURE_ASPECT = 16 / 9


@click.group()
def scene() -> None:
    """Checks, draws or proposes a scene file: the zones, lines and permits of cameras' views."""


for command in (seen, suggest, accept):
    scene.add_command(command)


@scene.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON line a file.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Tells the faults of scene files, each with its line and field, what contradicts itself, and what is allowed and hardly meant.

    Exit status 0: sound (warnings or not); 1: zones, permits or lines of a file contradict each other; 2: at least one file has faults and is not usable.

    Example: curbwatch scene check street.yaml
    """
    catalogue = load_catalogue()
    faulty = contradicted = False
    for path in files:
        try:
            checked = check_scene(path, catalogue, datetime.now(UTC))
        except SceneError as error:
            faulty = True
            if as_json:
                emit_json({"file": str(path), "ok": False, "faults": [_fault(fault) for fault in error.faults]})
            else:
                for line in error.lines:
                    complain(line)
            continue
        contradicted = contradicted or bool(checked.contradictions)
        if as_json:
            emit_json({"file": str(path), "ok": not checked.contradictions, **_summary(checked, catalogue)})
            continue
        _show(path, checked, catalogue)
    if faulty or contradicted:
        raise SystemExit(EXIT_WRONG_USE if faulty else EXIT_NO)


@scene.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--camera", "camera_id", help="Whose view; needed where the scene has several.")
@click.option("--view", "view_id", help="Which of the camera's positions; needed where it has several.")
@click.option("--picture", type=click.Path(path_type=Path), help="A picture of that camera, or a clip (its first keyframe), to draw over.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to write it: .png or .jpg.")
@click.option("--json", "as_json", is_flag=True, help="Print what was drawn as JSON.")
def draw(file: Path, camera_id: str | None, view_id: str | None, picture: Path | None, output: Path, as_json: bool) -> None:
    """Draws a view with its zones, lines (arrows point outside), permits and the rectangle that looks are cut to; what contradicts itself stands in the legend.

    FILE is a scene, or a proposal of `scene suggest`. Without --picture it is drawn over the view's reference picture, where that lies beside FILE.

    Example: curbwatch scene draw street.yaml --camera cam1 --picture cam1.jpg -o cam1-zones.png
    """
    proposed = is_proposal(file)
    if proposed:
        proposal = read_proposal(file)
        views, catalogue = proposal.views, load_catalogue()
        notes = [f"{name}: {why.confidence:.2f} {why.zh} · {why.en}" for name, why in proposal.reasons.items()]
    else:
        read = read_scene(file)
        views, catalogue, notes = read.views, read.catalogue(load_catalogue()), []
    view = _chosen(views, camera_id, view_id, file)
    catalogue = in_force(catalogue, view, str(file))
    ground = _ground(file, view, picture)
    aspect = PICTURE_ASPECT if ground is None else ground.shape[1] / ground.shape[0]
    crop = JudgedView(view, catalogue.kinds).look_crop(MODEL_SHAPE[0] / MODEL_SHAPE[1] / aspect)
    notes += [f"矛盾 contradiction: {what.zh} · {what.en}" for _, what in contradictions(view)]
    drawing = draw_view(view, ground, crop, [*notes, *_notes(catalogue)], proposed=proposed)
    save_drawing(output, drawing)
    if as_json:
        emit_json({"file": str(file), "camera": view.camera_id, "output": str(output), "width": drawing.shape[1], "height": drawing.shape[0]})
    else:
        click.echo(f"{output}: {view.camera_id}, {_counted(view)}")


def _ground(file: Path, view: ViewDocument, picture: Path | None) -> NDArray[np.uint8] | None:
    """The picture to draw over: the one that is named, else the view's reference picture, else none."""
    named = view.reference.file if view.reference is not None else None
    beside = None if named is None else file.parent / named
    chosen = picture or (beside if beside is not None and beside.is_file() else None)
    return None if chosen is None else picture_of(chosen)


def _chosen(views: Sequence[ViewDocument], camera_id: str | None, view_id: str | None, file: Path) -> ViewDocument:
    """The one view that is named, or the only one."""
    if not views:
        raise DrawingError(f"{file}: has no view to draw")
    fits = [view for view in views if camera_id in (None, view.camera_id) and view_id in (None, view.view_id)]
    if len(fits) == 1:
        return fits[0]
    cameras = list(dict.fromkeys(view.camera_id for view in fits or views))
    if not fits and camera_id is not None and camera_id not in cameras:
        raise DrawingError(f"{file}: has no view of the camera {camera_id!r}; there are {_some(cameras)}")
    if len(cameras) > 1:
        raise DrawingError(f"{file}: has {len(views)} views; name one with --camera: {_some(cameras)}")
    positions = [view.view_id for view in views if view.camera_id == cameras[0]]
    raise DrawingError(f"{file}: {'name one with --view' if fits else f'has no view {view_id!r} of {cameras[0]}'}; there are {_some(positions)}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _notes(catalogue: Catalogue) -> list[str]:
    return [f"{kind.id} {kind.name.zh} {kind.name.en}: {', '.join(_changes(kind.id, catalogue))}" for kind in catalogue.kinds if kind.overridden]


def _changes(kind_id: str, catalogue: Catalogue) -> list[str]:
    kind = catalogue.kind(kind_id)
    assert kind is not None
    return [f"{name} {getattr(kind, name):g}" if isinstance(getattr(kind, name), float) else f"{name} {getattr(kind, name)}" for name in kind.overridden]


def _counted(view: ViewDocument) -> str:
    return f"{len(view.zones)} zones, {len(view.lines)} lines, {len(view.permits)} permits"


def _show(path: Path, checked: CheckedScene, catalogue: Catalogue) -> None:
    views = checked.scene.views
    zones, lines, permits = (sum(len(getattr(view, name)) for view in views) for name in ("zones", "lines", "permits"))
    counts = f"{len(views)} views, {zones} zones, {lines} lines, {permits} permits, {len(checked.warnings)} warnings"
    click.echo(f"{path}: {f'{len(checked.contradictions)} contradictions' if checked.contradictions else 'sound'}: {counts}")
    for note in _notes(checked.scene.catalogue(catalogue)):
        click.echo(f"  changed: {note}")
    for view in views:
        for note in _notes(in_force(catalogue, view, str(path))):
            click.echo(f"  changed at {view.camera_id}: {note}")
    for contradiction in checked.contradictions:
        complain(f"{path}: {contradiction}")
    for warning in checked.warnings:
        click.echo(f"{path}: warning: {warning}")


def _fault(fault: Any) -> dict[str, Any]:
    return {"line": fault.line, "field": fault.field, "what": fault.what}


def _summary(checked: CheckedScene, catalogue: Catalogue) -> dict[str, Any]:
    changed = checked.scene.catalogue(catalogue)
    return {
        "kinds": {kind.id: {name: getattr(kind, name) for name in kind.overridden} for kind in changed.kinds if kind.overridden},
        "views": [
            {
                "camera": view.camera_id,
                "view": view.view_id,
                "version": view.version,
                "zones": len(view.zones),
                "lines": len(view.lines),
                "permits": len(view.permits),
                "look_crop": [
                    round(side, 4)
                    for side in JudgedView(view, in_force(changed, view, view.camera_id).kinds).look_crop(MODEL_SHAPE[0] / MODEL_SHAPE[1] / PICTURE_ASPECT)
                ],
            }
            for view in checked.scene.views
        ],
        "contradictions": [_fault(contradiction) for contradiction in checked.contradictions],
        "warnings": [_fault(warning) for warning in checked.warnings],
    }
