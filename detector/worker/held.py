"""Evidence that is held back: the frozen clips and keyframes of stays under suspicion, one folder a stay.

They are dropped if the stay ends innocent and go into packets if it does not. Everything in here is an original as it came off the wire. A piece is there
once its meta file is: the data are written first, the meta with their hash last, so after a `kill -9` a piece is whole or absent.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from detector.errors import DetectorError
from detector.worker.coded import coded_claim
from detector.worker.files import disk_fault_in, disk_faults, move_aside, put_bytes, put_whole, remove_folder, sha256_of
from detector.worker.tools import HERE, MediaTools
from streams.clips import Clip, part_path
from streams.errors import RemuxError
from streams.media import AccessUnit, Codec, ParameterSets, split_annexb

log = logging.getLogger(__name__)

Picture = Literal["first", "middle", "confirming", "continued", "gone"]
Moment = Literal["suspected", "confirmed"]
SUFFIX = {Codec.H264: "h264", Codec.H265: "h265"}
ASIDE_SECONDS = 30 * 86400
"""How long held pictures are kept that no stay is known to."""
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class HeldFault(DetectorError):
    """A piece of held evidence cannot be kept under the name it was given."""


@dataclass(frozen=True, slots=True)
class HeldKeyframe:
    """A held picture.

    Attributes:
        arrival_seconds: monotonic clock of the boot that it came in.
        camera_unix_seconds: the camera's own clock, or None.
        damaged: bytes of it are known to be missing.
        prelude_nals: NAL units of each picture that lies before it in the file, for a camera without keyframes: they are decoded before it.
    """

    path: Path
    which: Picture
    codec: Codec
    sha256: str
    bytes: int
    wall: datetime
    arrival_seconds: float
    camera_unix_seconds: float | None
    damaged: bool
    prelude_nals: tuple[int, ...] = ()

    def unit(self) -> AccessUnit:
        """The access unit with its prelude, to be decoded."""
        nals = split_annexb(self.path.read_bytes())
        sets, prelude = ParameterSets(self.codec), []
        for number, count in enumerate(self.prelude_nals):
            picture, nals = nals[:count], nals[count:]
            for nal in picture:
                sets = sets.updated(nal)
            prelude.append(AccessUnit(self.codec, picture, number, False, self.arrival_seconds, None, sets, recovery=number == 0))
        for nal in nals:
            sets = sets.updated(nal)
        return AccessUnit(
            self.codec, nals, len(prelude), not prelude, self.arrival_seconds, self.camera_unix_seconds, sets, self.damaged, prelude=tuple(prelude)
        )


@dataclass(frozen=True, slots=True)
class HeldClip:
    """A held clip; where the camera changed its parameter sets, one of several of the same moment.

    Attributes:
        requested_wall: wall time that it was asked to begin at, or None where no beginning was asked for.
        start_wall: wall time of its first picture.
        begins: at a keyframe, or with a camera that sends none at a recovery point.
        start_seconds, end_seconds: arrival of its first and last picture.
        picture_seconds: presentation times from the clip's start.
        coded_sha256, coded_missing: over its coded pictures as they came, which are those in the file; or None and why there is no such sum.
        keyframes: arrival and presentation time of each keyframe, so that a look's box is shown on the very picture it was seen on.
    """

    path: Path
    which: Moment
    codec: Codec
    width: int
    height: int
    sha256: str
    bytes: int
    requested_wall: datetime | None
    start_wall: datetime
    start_seconds: float
    end_seconds: float
    begins: Literal["keyframe", "recovery"]
    picture_seconds: tuple[float, ...]
    keyframes: tuple[tuple[float, float], ...]
    coded_sha256: str | None = None
    coded_missing: str | None = None


class HeldEvidence:
    """The folder `held/`; used by the desk's thread."""

    def __init__(self, folder: Path, tools: MediaTools = HERE) -> None:
        self._folder, self.tools = folder, tools
        self._stays: set[str] = set()

    def hold_keyframe(self, stay_id: str, which: Picture, unit: AccessUnit, wall: datetime) -> None:
        """Keeps a keyframe with its parameter sets as Annex B, in place of an earlier one of the same name.

        Raises:
            DiskFault: the disk does not take it; nothing half is left.
            HeldFault: the stay's id is no name for a folder.
        """
        path = self.folder(stay_id) / f"keyframe_{which}.{SUFFIX[unit.codec]}"
        self._stays.add(stay_id)
        put_bytes(path, _with_sets(unit))
        facts: dict[str, Any] = {"arrival_seconds": unit.arrival_seconds, "camera_unix_seconds": unit.camera_unix_seconds, "damaged": unit.damaged}
        if unit.prelude:
            first, *others = unit.prelude
            facts["prelude_nals"] = [len(split_annexb(first.parameter_sets.annexb)) + len(first.nals), *(len(one.nals) for one in others)]
        self._put_meta(path, {"which": which, "codec": unit.codec.value, "wall": wall.isoformat(), **facts})

    def hold_clip(
        self, stay_id: str, which: Moment, units: Sequence[AccessUnit], wall_of: Callable[[float], datetime], *, camera_id: str,
        requested_start_seconds: float | None = None,
    ) -> None:  # fmt: skip
        """Keeps the pictures as a clip, remuxed and never re-encoded, in place of an earlier one of the moment; several where parameter sets change.

        Args:
            camera_id: whose they are; a clip that crashes the process that makes it is held against the camera.
            requested_start_seconds: arrival time that the clip shall begin at; it begins at the last place before it where decoding can.

        Raises:
            DiskFault: the disk does not take it; nothing half is left.
            RemuxError: there is no keyframe among the pictures, or they make no clip.
            HeldFault: the stay's id is no name for a folder.
        """
        path = self.folder(stay_id) / f"clip_{which}.mp4"
        self._stays.add(stay_id)
        made: list[Clip] = []
        try:
            write = partial(self.tools.write_clips, camera_id, units, requested_start_seconds=requested_start_seconds)
            put_whole(path, lambda draft: made.extend(_clips(write, draft, path)))
            for number, clip in enumerate(made, 1):
                part = part_path(path, number)
                if number > 1:
                    put_whole(part, partial(_move, clip.path))
                with disk_faults(part):
                    coded, reason = coded_claim(clip, units, part)
                if reason is not None:
                    log.warning("camera %s: the %s clip of %s goes without the sum of its coded pictures: %s", camera_id, which, stay_id, reason)
                self._put_meta(part, _clip_meta(which, clip, wall_of) | {"coded_sha256": coded, "coded_missing": reason})
        finally:
            for clip in made:
                clip.path.unlink(missing_ok=True)
        with disk_faults(path):
            for stale in path.parent.glob(f"clip_{which}_*.mp4"):
                if stale not in {part_path(path, number) for number in range(1, len(made) + 1)}:
                    stale.with_suffix(".json").unlink(missing_ok=True)
                    stale.unlink(missing_ok=True)

    def keyframes(self, stay_id: str) -> tuple[HeldKeyframe, ...]:
        """The stay's held pictures, by time; one that is damaged on disk is passed over with a line in the log."""
        found = []
        for path, meta in self._pieces(stay_id, "keyframe_*.json"):
            meta |= {"codec": Codec(meta["codec"]), "wall": datetime.fromisoformat(meta["wall"]), "prelude_nals": tuple(meta.get("prelude_nals", ()))}
            found.append(HeldKeyframe(path=path, **meta))
        return tuple(sorted(found, key=lambda one: one.wall))

    def clips(self, stay_id: str) -> tuple[HeldClip, ...]:
        """The stay's held clips, by time."""
        found = []
        for path, meta in self._pieces(stay_id, "clip_*.json"):
            requested = meta.get("requested_wall")
            meta |= {
                "codec": Codec(meta["codec"]), "start_wall": datetime.fromisoformat(meta["start_wall"]),
                "requested_wall": None if requested is None else datetime.fromisoformat(requested), "begins": meta.get("begins", "keyframe"),
                "picture_seconds": tuple(meta["picture_seconds"]), "keyframes": tuple((a, p) for a, p in meta["keyframes"]),
            }  # fmt: skip
            found.append(HeldClip(path=path, **meta))
        return tuple(sorted(found, key=lambda one: one.start_wall))

    def has(self, stay_id: str, piece: str) -> bool:
        """Whether a piece such as `clip_confirmed` is held."""
        return (self.folder(stay_id) / f"{piece}.json").is_file()

    def drop(self, stay_id: str) -> None:
        """Removes all that is held of a stay.

        Raises:
            DiskFault: it cannot be removed.
        """
        remove_folder(self.folder(stay_id))
        self._stays.discard(stay_id)

    def clear(self, keep: set[str]) -> None:
        """Removes what has been held since this was made, but for these stays, and the folder where nothing is left in it.

        Raises:
            DiskFault: it cannot be removed.
        """
        for stay_id in self._stays - keep:
            self.drop(stay_id)
        with disk_faults(self._folder):
            if self._folder.is_dir() and not any(self._folder.iterdir()):
                self._folder.rmdir()

    def sweep(self, keep: set[str], aside: Path, unreadable: int = 0) -> int:
        """Puts aside what belongs to no known stay, and removes drafts that a `kill -9` left; the number of folders put aside.

        Such a folder may be of an innocent stay whose end a kill cut off, or of one that a lost or older state does not know; what lies aside for
        `ASIDE_SECONDS` is removed.

        Args:
            unreadable: how many debts and views do not name their stays. While there are any, nothing is put aside or removed but drafts.
        """
        if not self._folder.is_dir():
            return 0
        with disk_faults(self._folder):
            strangers = [folder for folder in self._folder.iterdir() if folder.is_dir() and folder.name not in keep]
            if unreadable and (strangers or aside.is_dir()):
                log.error("%s: the state holds %d debts or views that name no stay; what may be theirs stays here and in %s", self._folder, unreadable, aside)
            if unreadable:
                strangers = []
            for folder in strangers:
                os.utime(folder)
                move_aside(folder, aside)
            if strangers:
                log.warning(
                    "%s: %d stays that no camera remembers lie in %s now, and are removed there after %d days",
                    self._folder, len(strangers), aside, ASIDE_SECONDS // 86400,
                )  # fmt: skip
            for pattern in ("*/*.draft", "*/*/*.draft"):
                for draft in self._folder.glob(pattern):
                    draft.unlink(missing_ok=True)
            for folder in () if unreadable else aside.glob("*/"):
                if time.time() - folder.stat().st_mtime > ASIDE_SECONDS:
                    remove_folder(folder)
        return len(strangers)

    def folder(self, stay_id: str) -> Path:
        """Where the stay's pieces lie.

        Raises:
            HeldFault: the stay's id is no name for a folder.
        """
        if not SAFE_NAME.fullmatch(stay_id):
            raise HeldFault(f"{stay_id!r} cannot name a folder of held evidence; a stay's id is letters, digits, dots, dashes and underscores")
        return self._folder / stay_id

    def _put_meta(self, path: Path, meta: dict[str, Any]) -> None:
        meta |= {"sha256": sha256_of(path), "bytes": path.stat().st_size, "file": path.name}
        put_bytes(path.with_suffix(".json"), json.dumps(meta).encode())

    def _pieces(self, stay_id: str, pattern: str) -> list[tuple[Path, dict[str, Any]]]:
        pieces = []
        for meta_path in self.folder(stay_id).glob(pattern):
            try:
                meta = json.loads(meta_path.read_bytes())
                path = meta_path.with_name(meta.pop("file"))
                whole = sha256_of(path) == meta["sha256"]
            except (OSError, ValueError, KeyError) as error:
                log.warning("%s: held evidence that cannot be read is passed over (%s)", meta_path, error)
                continue
            if whole:
                pieces.append((path, meta))
            else:
                log.warning("%s: is not what was held (its hash differs) and is passed over", path)
        return pieces


def _with_sets(unit: AccessUnit) -> bytes:
    """The picture as it came, with its prelude, and with the parameter sets before it where it does not carry them itself."""
    sets = unit.parameter_sets
    carried = not unit.prelude and all(nal in unit.nals for nal in (*sets.vps, *sets.sps, *sets.pps))
    return unit.annexb(with_parameter_sets=not carried)


def _move(source: Path, target: Path) -> None:
    source.replace(target)


def _clip_meta(which: Moment, clip: Clip, wall_of: Callable[[float], datetime]) -> dict[str, Any]:
    requested = clip.requested_start_seconds
    return {
        "which": which, "codec": clip.codec.value, "width": clip.width, "height": clip.height,
        "requested_wall": None if requested is None else wall_of(requested).isoformat(),
        "start_wall": wall_of(clip.start_arrival_seconds).isoformat(), "begins": clip.begins,
        "start_seconds": clip.start_arrival_seconds, "end_seconds": clip.end_arrival_seconds,
        "picture_seconds": [round(seconds, 6) for seconds in clip.picture_seconds],
        "keyframes": [[arrival, round(seconds, 6)] for arrival, seconds in clip.keyframes],
    }  # fmt: skip


def _clips(write: Callable[[Path], tuple[Clip, ...]], draft: Path, path: Path) -> tuple[Clip, ...]:
    try:
        return write(draft)
    except RemuxError as error:
        raise disk_fault_in(error, path) or error from error.__cause__
