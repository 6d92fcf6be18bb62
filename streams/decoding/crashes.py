"""Whose pictures crash decoders: a camera that was being decoded at two crashes within an hour is set aside. Pure; the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field

CRASHES = 2
"""One crash may be the machine's (no memory, a person's `kill`), and costs a look; two are the camera's."""
WINDOW_SECONDS = 3600.0


@dataclass(slots=True)
class CrashBook:
    """Remembers the crashes of the last hour by camera."""

    crashes: int = CRASHES
    window_seconds: float = WINDOW_SECONDS
    _times: dict[str, list[float]] = field(default_factory=dict)

    def note(self, camera_id: str, now: float) -> bool:
        """Writes down a crash; whether the camera is to be set aside now (its account then begins anew: whoever lets it in again gives it two)."""
        self._times = {one: kept for one, times in self._times.items() if (kept := [at for at in times if now - at < self.window_seconds])}
        times = self._times.setdefault(camera_id, [])
        times.append(now)
        if len(times) < self.crashes:
            return False
        del self._times[camera_id]
        return True
