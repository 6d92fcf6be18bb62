"""A scene file: what is drawn on the views of many cameras, and the thresholds that a city sets. Read whole or refused whole.

    schema: curbwatch.scene/1
    kinds: {V2: {dwell_seconds: 180}}
    views:
      - camera_id: cam1
        zones: [{id: pavement, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 1], [0.1, 1]]}]

The fields of a view are those of `evidence.views.ViewDocument`, so a file's view and the registry's are one shape.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from detector.scene.errors import SceneError, SceneFault
from detector.scene.shaping import told_shape
from evidence.kinds import Catalogue
from evidence.lined import Lined, UnreadableYaml, read_lined
from evidence.model import Strict
from evidence.policies import Policies
from evidence.views import ItemFault, KindOverride, PictureRules, ViewDocument

SCHEMA = "curbwatch.scene/1"
PROPOSAL_SCHEMA = "curbwatch.scene-proposal/1"
MAX_FILE_BYTES = 64 * 1024 * 1024
PATTERNS = {
    **dict.fromkeys(("hours", "vendor_hours"), "hours are written HH:MM-HH:MM, such as 19:00-01:00 or 00:00-24:00"),
    **dict.fromkeys(("from", "until"), "a season's days are written MM-DD, such as 05-01"),
    **dict.fromkeys(("id", "camera_id", "view_id"), "an id has letters, digits, dots, hyphens and underscores, at most 64, and begins with a letter or digit"),
}
"""What a field's pattern means, in words."""


class Scene(Strict):
    """Views of cameras, one a camera (of one that turns, one for each of its positions), and overrides of kinds and of picture health for all of them;
    `policies` hold in every view that says nothing of policies itself.
    """

    schema_: Literal["curbwatch.scene/1"] = Field(alias="schema")
    note: str | None = None
    kinds: dict[str, KindOverride] = Field(default_factory=dict)
    policies: Policies | None = None
    picture: PictureRules | None = None
    views: Annotated[tuple[ViewDocument, ...], Field(strict=False)] = ()
    _where: str = PrivateAttr(default="scene")

    @property
    def where(self) -> str:
        """The file that it was read from; the reference pictures that it names lie beside it."""
        return self._where

    @cached_property
    def _by_camera(self) -> dict[str, tuple[ViewDocument, ...]]:
        found: dict[str, list[ViewDocument]] = {}
        for view in self.views:
            found.setdefault(view.camera_id, []).append(self._with_policies(view))
        return {camera_id: tuple(views) for camera_id, views in found.items()}

    def _with_policies(self, view: ViewDocument) -> ViewDocument:
        return view.model_copy(update={"policies": self.policies}) if view.policies is None and self.policies is not None else view

    def views_of(self, camera_id: str) -> tuple[ViewDocument, ...]:
        """The views of a camera, in the order of the file; of one that turns there are several, and where the scene has none there is none."""
        return self._by_camera.get(camera_id, ())

    def view(self, camera_id: str) -> ViewDocument | None:
        """The first view of a camera, or None where the scene has none."""
        return next(iter(self.views_of(camera_id)), None)

    def catalogue(self, base: Catalogue) -> Catalogue:
        """The catalogue with the scene's overrides (a view's own come on top of these).

        Raises:
            CatalogueError: an override of a kind that the catalogue does not have.
        """
        return base.overridden(self.kinds, self._where)


def read_scene(path: Path | str) -> Scene:
    """Reads a scene file.

    Raises:
        SceneError: it cannot be read, or any line of it is at fault.
    """
    path = Path(path)
    scene, faults = parse_scene(read_text(path), str(path))
    if scene is None:
        raise SceneError(path, faults)
    return scene


def read_text(path: Path) -> str:
    """A scene file's text.

    Raises:
        SceneError: it cannot be read, is gigantic, or is no UTF-8.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SceneError(path, [SceneFault(0, "", f"is larger than {MAX_FILE_BYTES >> 20} MiB, which no scene is")])
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SceneError(path, [SceneFault(0, "", f"cannot be read ({error.strerror or error})")]) from error
    except UnicodeDecodeError as error:
        raise SceneError(path, [SceneFault(0, "", "is no UTF-8 text; save it as UTF-8")]) from error


def parse_scene(text: str, where: str = "scene") -> tuple[Scene | None, list[SceneFault]]:
    """The scene of a YAML text, or None and every fault in the order of lines."""
    try:
        lined = read_lined(text)
    except UnreadableYaml as error:
        return None, [SceneFault(error.line, "", error.what)]
    if not isinstance(lined.data, dict):
        return None, [SceneFault(1, "", f"is no scene; it begins with `schema: {SCHEMA}` and has a list `views`")]
    schema = lined.data.get("schema")
    if schema != SCHEMA:
        what = f"is missing; write `schema: {SCHEMA}`" if schema is None else f"is {schema!r}; this version reads {SCHEMA}"
        if schema == PROPOSAL_SCHEMA:
            what = "is a proposal, of which nothing is in force: look at it with `curbwatch scene draw`, then `curbwatch scene accept` makes a scene of it"
        return None, [SceneFault(lined.line_of(["schema"]), "schema", what)]
    try:
        scene = Scene.model_validate(lined.data)
    except ValidationError as error:
        faults = {_fault(fault, lined) for fault in error.errors(include_url=False)}
        return None, sorted(faults, key=lambda fault: (fault.line, fault.field))
    scene._where = where
    faults_beyond = _beyond_shape(scene, lined)
    return (None, faults_beyond) if faults_beyond else (scene, [])


def _beyond_shape(scene: Scene, lined: Lined) -> list[SceneFault]:
    """What one view's check cannot see: a view twice, of a camera with several views one that cannot be recognised, and a schedule that was left empty."""
    faults: list[SceneFault] = []
    first: dict[tuple[str, str], int] = {}
    for index, view in enumerate(scene.views):
        line = lined.line_of(["views", index, "camera_id"])
        known = view.camera_id, view.view_id
        if known in first:
            faults.append(
                SceneFault(
                    line, f"views[{index}].camera_id",
                    f"the camera {view.camera_id!r} has a view already in line {first[known]}; those of a camera that turns have a view_id each",
                )
            )  # fmt: skip
        first.setdefault(known, line)
        if view.reference is None and len(scene.views_of(view.camera_id)) > 1:
            what = "is missing: the camera has several views, and which of them is seen is found by their reference pictures"
            faults.append(SceneFault(line, f"views[{index}].reference", what))
        for number, permit in enumerate(lined.data["views"][index].get("permits", ())):
            if "schedule" in permit and not permit["schedule"]:
                at = ("views", index, "permits", number, "schedule")
                what = "has no entry, and the permit would hold all day on all days; list when it holds, or leave it out"
                faults.append(SceneFault(lined.line_of(at), dotted(at), what))
    return sorted(faults, key=lambda fault: fault.line)


def dotted(path: Sequence[str | int]) -> str:
    """A field's place as people write it: `views[0].zones[1].polygon`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _fault(fault: Any, lined: Lined) -> SceneFault:
    path = list(fault["loc"])
    of_item = fault.get("ctx", {}).get("error")
    if isinstance(of_item, ItemFault):
        path, what = [*path, *of_item.at], _told_twice([*path, *of_item.at], of_item.what, lined)
    elif fault["type"] == "extra_forbidden":
        what = _unknown_key(path)
    elif fault["type"] == "missing":
        what = "is missing"
    elif fault["type"] == "string_pattern_mismatch":
        what = f"is {fault['input']!r}; {PATTERNS.get(str(path[-2]) if isinstance(path[-1], int) else str(path[-1]), 'that is not its form')}"
    elif (shape := told_shape(path, lined.data, str(fault["msg"]).removeprefix("Value error, "))) is not None:
        path, what = shape
    else:
        what = str(fault["msg"]).removeprefix("Value error, ")
        given = fault.get("input")
        if isinstance(given, str | int | float) and not isinstance(given, bool) and fault["type"] != "value_error":
            what += f", not {given!r}"
    return SceneFault(lined.line_of(path), dotted(path), what[:1].lower() + what[1:])


def _told_twice(path: Sequence[str | int], what: str, lined: Lined) -> str:
    """What is wrong with an item; of an id that is there twice with the line of the first."""
    if path[-1] != "id":
        return what
    items = lined.data
    for part in path[:-2]:
        items = items[part]
    same = next(number for number, item in enumerate(items) if item["id"] == items[path[-2]]["id"])
    return f"{what} (first in line {lined.line_of([*path[:-2], same, 'id'])})"


def _unknown_key(path: Sequence[str | int]) -> str:
    known = [field.alias or name for name, field in _model_at(path[:-1]).model_fields.items()]
    close = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
    return f"is not a known key here{f'; did you mean {close[0]}?' if close else ''} (there are {', '.join(known)})"


def _model_at(path: Sequence[str | int]) -> type[BaseModel]:
    """The model whose keys stand at a place of the file."""
    model: type[BaseModel] = Scene
    for part in path:
        field = next((field for name, field in model.model_fields.items() if part in (name, field.alias)), None)
        model = model if field is None else _model_in(field.annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field's type holds: its own, or that of its items."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
