"""Recorded footage that is for tests: its frames never train a model, and are told by their perceptual hashes.

`footage.txt` lists hashes of the recordings' frames, so the refusal works where the recordings are not there. A car that drives by changes up to 40 of the
64 bits within a second, so every frame is taken, and those that lie near one before them are left out of the list.
`python -m models.photographs FOLDER > footage.txt` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from models.errors import TrainingError
from models.photographs.hashes import distances, hash_pixels

NEAR_FRAME = 6
"""Largest distance at which a picture counts as a frame; less than between photographs (`hashes.NEAR`), since the empty asphalt of a car park lies at 8 from
a street before a plain fence. A frame is 2 from a listed one at most, and compression adds as much."""
KNOWN = Path(__file__).with_name("footage.txt")
ENDINGS = frozenset({".mp4", ".mkv", ".avi", ".mov", ".ts", ".h264", ".h265"})
SECONDS_APART = 0.0
LISTED_APART = 2
"""A frame within so many bits of a listed one is not listed too."""


def frame_hashes(video: Path, seconds_apart: float = SECONDS_APART) -> Iterator[tuple[float, int]]:
    """Second and hash of a frame every `seconds_apart` of a recording.

    Raises:
        TrainingError: it cannot be read as video.
    """
    import av

    try:
        with av.open(str(video)) as container:
            due = 0.0
            for frame in container.decode(video=0):
                second = float(frame.time or 0.0)
                if second + 1e-6 >= due:
                    due += seconds_apart
                    yield second, hash_pixels(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
    except (av.FFmpegError, OSError, IndexError) as error:
        raise TrainingError(f"{video} cannot be read as a recording: {' '.join(str(error).split())}") from None


@lru_cache(maxsize=8)
def hashes_in(folder: Path) -> tuple[tuple[int, str], ...]:
    """Hash and place (file and second) of frames of every recording in a folder; any frame between them is near one.

    Raises:
        TrainingError: the folder holds no recording, or one that cannot be read.
    """
    videos = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS) if folder.is_dir() else []
    if not videos:
        raise TrainingError(f"{folder} holds no recording: name the folder of the footage whose frames training refuses")
    listed: list[tuple[int, str]] = []
    for video in videos:
        for second, value in frame_hashes(video):
            if not listed or int(distances([value], [other for other, _ in listed]).min()) > LISTED_APART:
                listed.append((value, f"{video.name} at {second:.1f} s"))
    return tuple(listed)


@lru_cache(maxsize=1)
def known_hashes() -> tuple[tuple[int, str], ...]:
    """Hash and place of the frames in the committed list."""
    lines = KNOWN.read_text(encoding="ascii").splitlines()
    return tuple((int(value, 16), place) for value, place in (line.split(" ", 1) for line in lines if line and not line.startswith("#")))
