"""The demo's cameras as data: `cameras.yaml` names each one, its clip, what it shows and whether that is a violation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from curbwatch.demo.errors import CameraListError
from evidence.model import Strict, Text, first_fault
from evidence.views import Id

FOLDER = Path(__file__).resolve().parent
SHIPPED_CAMERAS = FOLDER / "cameras.yaml"
SHIPPED_SCENE = FOLDER / "scene.yaml"
MEDIA = FOLDER / "media"


class ListedCamera(Strict):
    """One camera as the list has it; `violation` is the kind that it is guilty of, null where nothing may fire."""

    id: Id
    clip: str
    name: Text
    shows: Text
    violation: str | None = None


class CameraList(Strict):
    """The whole file."""

    schema_: Literal["curbwatch.demo/1"] = Field(alias="schema")
    cameras: Annotated[tuple[ListedCamera, ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """A camera of the demo with its clip found."""

    camera_id: str
    clip: Path
    name: Text
    shows: Text
    violation: str | None


def read_cameras(path: Path, media: Path = MEDIA) -> tuple[DemoCamera, ...]:
    """Reads a list; a clip is looked for beside the list, then among the shipped ones.

    Raises:
        CameraListError: with file, line or field.
    """
    return tuple(_found(camera, path, media) for camera in _listed(path))


def shipped_ids() -> frozenset[str]:
    """The ids of the shipped demo's cameras."""
    return frozenset(camera.id for camera in _listed(SHIPPED_CAMERAS))


def _listed(path: Path) -> tuple[ListedCamera, ...]:
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CameraListError(f"{path}: cannot be read as a list of the demo's cameras ({error})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise CameraListError(f"{path}: not YAML{f' (line {mark.line + 1})' if mark else ''}: {getattr(error, 'problem', None) or error}") from None
    try:
        listed = CameraList.model_validate(data).cameras
    except ValidationError as error:
        raise CameraListError(f"{path}: {first_fault(error)}") from None
    ids = [camera.id for camera in listed]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise CameraListError(f"{path}: the camera {twice!r} is there twice")
    return listed


def _found(camera: ListedCamera, path: Path, media: Path) -> DemoCamera:
    places = (path.resolve().parent / camera.clip, media / camera.clip)
    clip = next((place for place in places if place.is_file()), None)
    if clip is None:
        raise CameraListError(f"{path}: camera {camera.id}: there is no clip {camera.clip!r}, neither beside the list nor in {media}")
    return DemoCamera(camera.id, clip, camera.name, camera.shows, camera.violation)
