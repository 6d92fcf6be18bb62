"""Which of a camera's two streams is read for looks and evidence: the small one while nothing is suspected, the large one from suspicion on. Pure.

The small stream costs a fraction to decode, and shows the model the same where the zones' rectangle has as many pixels in it as the model's input: a small
stream that would have to be enlarged loses the objects that decide (MEASURED.md: a thing of 32 px in the model's input is found in 4 of 100 cases, one of
96 in 59), so such a camera is looked at in its main stream for good.
"""

from __future__ import annotations

from dataclasses import dataclass

from detector.judgement.values import Box

MAIN_KEPT_SECONDS = 30.0
"""How long the main stream stays open after the last suspicion: a thing that is hidden for a moment must not cost a connection each time."""
ENLARGED_AT_MOST = 1.25
"""How far a look may be enlarged from the small stream's pixels to the model's input before the main stream is taken instead."""


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """What is known of one camera's streams; a value, each step makes the next.

    Attributes:
        sub_size: width and height in pixels of the small stream's pictures; None before one was decoded.
        main: whether the main stream is wanted.
        suspected_seconds: when a stay was last under suspicion, on the arrival clock.
    """

    sub_size: tuple[int, int] | None = None
    main: bool = False
    suspected_seconds: float | None = None

    def after_look(self, now: float, size: tuple[int, int], *, suspicious: bool, rectangle: Box, input_size: tuple[int, int]) -> StreamChoice:
        """The choice after a look.

        Args:
            now: of the look, on the arrival clock.
            size: of the picture that was looked at, in pixels; that of the small stream as long as the main one is not wanted.
            suspicious: whether a stay is under suspicion.
            rectangle: what a look is cut to, in shares of the picture.
            input_size: width and height of the model's input, in pixels.
        """
        sub = self.sub_size if self.main else size
        suspected = now if suspicious else self.suspected_seconds
        recent = suspected is not None and now - suspected < MAIN_KEPT_SECONDS
        return StreamChoice(sub, recent or (sub is not None and too_small(sub, rectangle, input_size)), suspected)


def too_small(sub_size: tuple[int, int], rectangle: Box, input_size: tuple[int, int]) -> bool:
    """Whether the small stream shows the model less than its input could hold."""
    x0, y0, x1, y1 = rectangle
    width, height = (x1 - x0) * sub_size[0], (y1 - y0) * sub_size[1]
    if width <= 0 or height <= 0:
        return True
    return min(input_size[0] / width, input_size[1] / height) > ENLARGED_AT_MOST
