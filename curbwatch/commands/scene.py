"""`curbwatch scene check|draw`: a scene's faults, or its picture."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from curbwatch.terminal import EXIT_WRONG_USE, complain, emit_json
from detector.scene.checking import CheckedScene, check_scene
from detector.scene.drawing import draw_view, save_drawing
from detector.scene.errors import DrawingError, SceneError
from detector.scene.judged import JudgedView
from detector.scene.scene import Scene, read_scene
from evidence.kinds import Catalogue, load_catalogue
from evidence.views import ViewDocument
from models.pictures import read_picture
from streams.decoding import Crop, decode_keyframe
from streams.recorded import read_access_units

VIDEO_ENDINGS = frozenset({".mp4", ".mkv", ".mov", ".m4v", ".ts", ".avi"})
MODEL_SHAPE = (640, 384)
"""Width and height of the shipped model's input, to which a look's cut-out is fitted."""
PICTURE_ASPECT = 16 / 9


@click.group()
def scene() -> None:
    """Checks or draws a scene file: the zones, lines and permits of cameras' views."""


@scene.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON line a file.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Tells the faults of scene files, each with its line and field, and what is allowed and hardly meant.

    Exit status 0: usable (warnings or not); 2: at least one file has faults.

    Example: curbwatch scene check street.yaml
    """
    catalogue = load_catalogue()
    faulty = False
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
        if as_json:
            emit_json({"file": str(path), "ok": True, **_summary(checked, catalogue)})
            continue
        _show(path, checked, catalogue)
    if faulty:
        raise SystemExit(EXIT_WRONG_USE)


@scene.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--camera", "camera_id", help="Whose view; needed where the scene has several.")
@click.option("--picture", type=click.Path(path_type=Path), help="A picture of that camera, or a clip (its first keyframe), to draw over.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to write it: .png or .jpg.")
@click.option("--json", "as_json", is_flag=True, help="Print what was drawn as JSON.")
def draw(file: Path, camera_id: str | None, picture: Path | None, output: Path, as_json: bool) -> None:
    """Draws a view with its zones, lines (arrows point outside), permits and the rectangle that looks are cut to.

    Example: curbwatch scene draw street.yaml --camera cam1 --picture cam1.jpg -o cam1-zones.png
    """
    read = read_scene(file)
    view = _chosen(read, camera_id, file)
    catalogue = read.catalogue(load_catalogue()).overridden(view.kinds, str(file))
    ground = None if picture is None else _picture(picture)
    aspect = PICTURE_ASPECT if ground is None else ground.shape[1] / ground.shape[0]
    crop = JudgedView(view, catalogue.kinds).look_crop(MODEL_SHAPE[0] / MODEL_SHAPE[1] / aspect)
    drawing = draw_view(view, ground, crop, _notes(catalogue))
    save_drawing(output, drawing)
    if as_json:
        emit_json({"file": str(file), "camera": view.camera_id, "output": str(output), "width": drawing.shape[1], "height": drawing.shape[0]})
    else:
        click.echo(f"{output}: {view.camera_id}, {_counted(view)}")


def _chosen(read: Scene, camera_id: str | None, file: Path) -> ViewDocument:
    names = [view.camera_id for view in read.views]
    listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    if not names:
        raise DrawingError(f"{file}: has no view to draw")
    if camera_id is None and len(names) > 1:
        raise DrawingError(f"{file}: has {len(names)} views; name one with --camera: {listed}")
    view = read.view(camera_id or names[0])
    if view is None:
        raise DrawingError(f"{file}: has no view of the camera {camera_id!r}; there are {listed}")
    return view


def _picture(path: Path) -> NDArray[np.uint8]:
    if path.suffix.lower() not in VIDEO_ENDINGS:
        return read_picture(path)
    unit = next((unit for unit in read_access_units(path) if unit.keyframe), None)
    if unit is None:
        raise DrawingError(f"{path}: holds no keyframe")
    return decode_keyframe(unit, (Crop(0.0, 0.0, 1.0, 1.0),)).crops[0].pixels


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
    click.echo(f"{path}: sound: {len(views)} views, {zones} zones, {lines} lines, {permits} permits, {len(checked.warnings)} warnings")
    for note in _notes(checked.scene.catalogue(catalogue)):
        click.echo(f"  changed: {note}")
    for view in views:
        for note in _notes(catalogue.overridden(view.kinds, str(path))):
            click.echo(f"  changed at {view.camera_id}: {note}")
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
                    for side in JudgedView(view, changed.overridden(view.kinds, view.camera_id).kinds).look_crop(
                        MODEL_SHAPE[0] / MODEL_SHAPE[1] / PICTURE_ASPECT
                    )
                ],
            }
            for view in checked.scene.views
        ],
        "warnings": [_fault(warning) for warning in checked.warnings],
    }
