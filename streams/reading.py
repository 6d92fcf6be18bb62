"""One camera's life: its stream, or its two streams, of which one gives the looks; set aside where it is refused; changed while it is read."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from streams.backoff import REFUSED
from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.feed import Feed
from streams.media import AccessUnit
from streams.ring import Ring
from streams.settings import Neighbours, ReaderSettings
from streams.sources import Target
from streams.tally import Tally, summed


class CameraReading:
    """Reads one camera until it is ended. `on_keyframe(camera_id, unit)` gets every keyframe, or picture with its prelude, that can be looked at.

    Of a camera with a small stream, that one is connected all the time and gives the looks; the main stream is connected while it is asked for, and gives
    looks and ring as long as it is live.
    """

    def __init__(self, spec: CameraSpec, settings: ReaderSettings, neighbours: Neighbours, on_keyframe: Callable[[str, AccessUnit], None]) -> None:
        self.spec, self._settings, self._neighbours, self._on_keyframe = spec, settings, neighbours, on_keyframe
        self._tallies = Tallies()
        self._small = self._small_feed() if spec.sub_url else None
        self._main = self._main_feed() if self._small is None else None
        self._wants_main = False
        self._ended = False
        self._refusal: tuple[str, float] | None = None
        """Why it was set aside, and when."""
        self._refusals = 0
        self._resume: asyncio.TimerHandle | None = None

    def begin(self, delay_seconds: float) -> None:
        """Starts reading; on the reader's thread, as all that follows but `status` and `ring`."""
        for feed in self._feeds:
            feed.begin(delay_seconds)

    def end(self) -> None:
        """Takes leave: nothing of this camera comes any more."""
        self._ended = True
        if self._resume is not None:
            self._resume.cancel()
        for feed in self._feeds:
            feed.end()

    async def ended(self) -> None:
        """Waits until it has taken leave."""
        await asyncio.gather(*(feed.task for feed in self._feeds if feed.task is not None), return_exceptions=True)

    def change(self, spec: CameraSpec) -> None:
        """Takes another spec; a stream is connected anew only if what it depends on has changed."""
        if spec == self.spec or self._ended:
            return
        had_two, self.spec = self._small is not None, spec
        if self._refusal is not None:
            self._refusal = None
            if self._resume is not None:
                self._resume.cancel()
            self._replace_all()
            return
        if had_two != (spec.sub_url is not None):
            self._replace_all()
            return
        if self._small is not None and self._small.target != _small(spec):
            self._small.end()
            self._small = self._small_feed()
            self._small.begin(0.0)
        if self._main is not None and self._main.target != _main(spec):
            self._main.end()
            self._main = self._main_feed()
            self._main.begin(0.0)

    def refuse(self, reason: str) -> None:
        """Ends the sessions and pauses long, for this reason."""
        if self._ended:
            return
        self._refusals += 1
        pause = REFUSED.pause(self._refusals, random.random())
        self._refusal = (f"{reason}; trying again in {pause:.0f} s", time.monotonic())
        for feed in self._feeds:
            feed.end()
        if self._resume is not None:
            self._resume.cancel()
        self._resume = asyncio.get_running_loop().call_later(pause, self._take_up)

    def reconnect(self) -> None:
        """Begins everything anew, at once."""
        if self._ended:
            return
        self._refusal = None
        if self._resume is not None:
            self._resume.cancel()
        self._replace_all()

    def open_main(self) -> None:
        """Connects the main stream beside the small one."""
        if self._small is None or self._wants_main or self._ended:
            return
        self._wants_main = True
        if self._refusal is None:
            self._main = self._main_feed()
            self._main.begin(0.0)

    def close_main(self) -> None:
        """Leaves the main stream of a camera with two."""
        if self._small is None or not self._wants_main:
            return
        self._wants_main = False
        if self._main is not None:
            self._main.end()  # first: its counts are of the camera as long as they are in no tally
            self._main = None

    @property
    def ring(self) -> Ring:
        """The last seconds of the stream that gives the looks; on any thread."""
        return self._looked_at.ring

    @property
    def ring_bytes(self) -> int:
        """What the rings of all its streams hold, with Python's own; on any thread."""
        return sum(feed.ring.bytes for feed in self._feeds)

    def status(self) -> CameraStatus:
        """How the camera fares now; on any thread."""
        feed, small, main = self._looked_at, self._small, self._main
        state, reason, since = feed.state, feed.reason, feed.since_seconds
        refusal = self._refusal
        if self._ended:
            state, reason = CameraState.DISABLED, None
        elif refusal is not None:
            state, (reason, since) = CameraState.REFUSED, refusal
        tally, source = feed.tally, feed.source
        session = None if source is None else source.session
        both = self._tallies
        pictures, keyframes, damaged, reconnects = both.of("pictures"), both.of("keyframes"), both.of("damaged"), both.of("reconnects")
        drops, received = _counts(small, both.small)
        more = _counts(main, both.main)
        return CameraStatus(
            self.spec.camera_id, state, reason, since, tally.last_picture_seconds, pictures, keyframes, damaged, summed(drops, more[0]), reconnects,
            received + more[1],
            tally.codec, tally.interval_seconds, None if session is None else session.clock_offset_seconds,
            reader=feed.reader,
            reader_reason=feed.reader_reason,
            transport=None if source is None else source.transport,
            encrypted=source is not None and source.encrypted,
            verified=source is not None and source.verified,
            clock_drift_ppm=None if session is None else session.clock_drift_ppm,
            decoded_whole=feed.blind.on,
            main_open=small is not None and feed is main,
        )  # fmt: skip

    @property
    def _looked_at(self) -> Feed:
        """The stream whose pictures are looked at."""
        main, small = self._main, self._small
        if main is not None and (small is None or (main.gives and main.state is CameraState.LIVE)):
            return main
        assert small is not None
        return small

    @property
    def _feeds(self) -> list[Feed]:
        return [feed for feed in (self._small, self._main) if feed is not None]

    def _main_feed(self) -> Feed:
        return Feed(_main(self.spec), self._settings, self._neighbours, self._look, self._tallies.main)

    def _small_feed(self) -> Feed:
        return Feed(_small(self.spec), self._settings, self._neighbours, self._look, self._tallies.small)

    def _look(self, feed: Feed, unit: AccessUnit) -> None:
        if feed is self._looked_at:
            self._on_keyframe(self.spec.camera_id, unit)

    def _replace_all(self) -> None:
        for feed in self._feeds:
            feed.end()
        self._small = self._small_feed() if self.spec.sub_url else None
        self._main = self._main_feed() if self._small is None or self._wants_main else None
        self._wants_main = self._wants_main and self._small is not None
        self.begin(0.0)

    def _take_up(self) -> None:
        self._refusal, self._resume = None, None
        self._replace_all()


def _main(spec: CameraSpec) -> Target:
    return Target(spec.camera_id, spec.url, spec.transport, spec.resolver, spec.tls_verify)


def _small(spec: CameraSpec) -> Target:
    return Target(spec.camera_id, spec.sub_url or "", spec.transport, None, spec.tls_verify)


@dataclass(frozen=True, slots=True)
class Tallies:
    """What a camera's streams have brought, whatever became of who read them."""

    main: Tally = field(default_factory=Tally)
    small: Tally = field(default_factory=Tally)

    def of(self, name: Literal["pictures", "keyframes", "damaged", "reconnects"]) -> int:
        """The count of both."""
        return int(getattr(self.main, name)) + int(getattr(self.small, name))


def _counts(feed: Feed | None, tally: Tally) -> tuple[dict[str, int], int]:
    """Drops and bytes of a stream that may not be read now."""
    return (dict(tally.drops), tally.bytes) if feed is None else feed.counts()
