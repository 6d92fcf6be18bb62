"""What parent and child say to each other over two pipes. The parent trusts nothing that it hears: a child may be in the hands of hostile bytes.

A request is a head (sizes), a JSON of a few hundred bytes and raw bytes. An answer is a head, facts packed by `struct` and pixels; there is no pickle and
no JSON on the way back, and every size is checked against what was asked before memory is taken for it.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.decoding.soundness import PORTRAIT_SHAPE, Portrait
from streams.decoding.values import LUMA_SHAPE, MAX_PIXELS, Crop, Decoded, DecodedCrop, Letterbox

REQUEST = struct.Struct("<II")
"""Sizes of the JSON and of the raw bytes."""
ANSWER = struct.Struct("<4sBIQ")
"""Magic, what it is, sizes of facts and pixels."""
MAGIC = b"1kli"
READY, PICTURE, DOUBTED, REFUSED, NOT_YET, DONE, FAILED = range(7)
"""A picture; one that the check of the picture speaks against; none; none before more pictures come; something else was done, or not
(two bytes: the system's error number)."""
PICTURES = (PICTURE, DOUBTED)
PICTURE_FACTS = struct.Struct("<IIHH")
"""Width, height, number of crops, bytes of the text on damage."""
CROP_FACTS = struct.Struct("<II5d")
MAX_TEXT_BYTES = 600
MAX_DAMAGES = 8
MAX_CROPS = 16
MAX_FACTS_BYTES = PICTURE_FACTS.size + MAX_CROPS * CROP_FACTS.size + MAX_TEXT_BYTES + math.prod(LUMA_SHAPE) + math.prod(PORTRAIT_SHAPE)
PIPE_BYTES = 1 << 20
"""A look's pixels (740 KB) pass in one go; the kernel's 64 KB would take a dozen changes between the two."""
MOST_PARTS = 512
"""Of one `writev`; the kernel takes 1,024."""

Bytes = bytes | bytearray | memoryview


class WireFault(Exception):
    """The other side is gone, says nothing in time, or says what it must not."""


class Gone(WireFault):
    """The other side closed its pipe."""


class Late(WireFault):
    """The deadline passed."""


class Nonsense(WireFault):
    """An answer that does not fit what was asked."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer's head and facts; its pixels wait in the pipe."""

    what: int
    facts: bytes
    pixels_bytes: int

    @property
    def text(self) -> str:
        """The facts of a refusal, as one printable line: it ends up in logs."""
        return printable(self.facts)


def printable(data: bytes) -> str:
    """A child's words without anything that moves a terminal."""
    text = data[:MAX_TEXT_BYTES].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# The parent's side: pipes that do not block, and a deadline (monotonic seconds) on everything


def ask(pipe: int, head: Mapping[str, Any], body: Sequence[Bytes], deadline: float) -> None:
    """Sends a request.

    Raises:
        Gone, Late: the child does not take it.
    """
    told = json.dumps(head, separators=(",", ":")).encode()
    parts = [memoryview(REQUEST.pack(len(told), sum(len(part) for part in body)) + told), *(memoryview(part) for part in body if len(part))]
    while parts:
        try:
            written = os.writev(pipe, parts[:MOST_PARTS])
        except BlockingIOError:
            _wait(pipe, select.POLLOUT, deadline)
            continue
        except OSError as error:
            raise Gone("the decoder's process takes no more") from error
        while parts and written >= len(parts[0]):
            written -= len(parts.pop(0))
        if written:
            parts[0] = parts[0][written:]


def hear(pipe: int, deadline: float, most_facts_bytes: int = MAX_FACTS_BYTES) -> Heard:
    """The head and facts of an answer.

    Raises:
        Gone, Late, Nonsense: there is none, or none that can be one.
    """
    head = bytearray(ANSWER.size)
    hear_into(pipe, memoryview(head), deadline)
    magic, what, facts_bytes, pixels_bytes = ANSWER.unpack(head)
    if magic != MAGIC or what > FAILED or facts_bytes > most_facts_bytes or (pixels_bytes and what not in PICTURES):
        raise Nonsense("the decoder's process answers nonsense")
    facts = bytearray(facts_bytes)
    hear_into(pipe, memoryview(facts), deadline)
    return Heard(what, bytes(facts), pixels_bytes)


def hear_into(pipe: int, into: memoryview, deadline: float) -> None:
    """Fills a buffer.

    Raises:
        Gone, Late: it does not come.
    """
    while into:
        try:
            count = os.readv(pipe, [into])
        except BlockingIOError:
            _wait(pipe, select.POLLIN, deadline)
            continue
        except OSError as error:
            raise Gone("the decoder's process is gone") from error
        if not count:
            raise Gone("the decoder's process is gone")
        into = into[count:]


def _wait(pipe: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    while not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        if time.monotonic() >= deadline:
            raise Late("the decoder's process says nothing")


def hear_picture(pipe: int, heard: Heard, crops: Sequence[Crop], deadline: float) -> tuple[Decoded, Portrait]:
    """Reads the pixels of a PICTURE and checks that it is what was asked for.

    Raises:
        Gone, Late, Nonsense: it is not.
    """
    facts = memoryview(heard.facts)
    fixed = PICTURE_FACTS.size + len(crops) * CROP_FACTS.size + math.prod(LUMA_SHAPE) + math.prod(PORTRAIT_SHAPE)
    if len(facts) < fixed:
        raise Nonsense("a picture's facts are too short")
    width, height, count, text_bytes = PICTURE_FACTS.unpack_from(facts)
    if not (0 < width <= 0xFFFF and 0 < height <= 0xFFFF and width * height <= MAX_PIXELS and count == len(crops) and len(facts) == fixed + text_bytes):
        raise Nonsense("a picture's facts do not fit what was asked")
    at = PICTURE_FACTS.size
    shapes, letterboxes = [], []
    for crop in crops:
        crop_width, crop_height, *lies = CROP_FACTS.unpack_from(facts, at)
        at += CROP_FACTS.size
        if crop.width_px is not None and crop.height_px is not None:
            fits = (crop_width, crop_height) == (crop.width_px, crop.height_px)
        else:
            fits = 0 < crop_width <= width and 0 < crop_height <= height
        if not fits or not all(math.isfinite(value) and abs(value) < 1e6 for value in lies) or lies[0] <= 0:
            raise Nonsense("a crop is not what was asked")
        shapes.append((crop_height, crop_width, 3))
        letterboxes.append(Letterbox(*lies))
    if heard.pixels_bytes != sum(math.prod(shape) for shape in shapes):
        raise Nonsense("a picture's size is not what it says")
    luma, at = _array(facts, at, LUMA_SHAPE)
    portrait, at = _array(facts, at, PORTRAIT_SHAPE)
    damage = tuple(words for part in bytes(facts[at:]).split(b"\n")[:MAX_DAMAGES] if (words := printable(part)))
    made = []
    for shape, letterbox in zip(shapes, letterboxes, strict=True):
        pixels = np.empty(shape, np.uint8)
        hear_into(pipe, pixels.data.cast("B"), deadline)
        made.append(DecodedCrop(pixels, letterbox))
    return Decoded(width, height, tuple(made), luma, damage, portrait[0]), portrait


def _array(facts: memoryview, at: int, shape: tuple[int, ...]) -> tuple[NDArray[np.uint8], int]:
    end = at + math.prod(shape)
    return np.frombuffer(facts[at:end], np.uint8).reshape(shape).copy(), end


# The child's side: pipes that block, and a parent that is trusted


def next_request(pipe: int) -> tuple[dict[str, Any], memoryview] | None:
    """The next request, or None where the parent has hung up."""
    head = _exactly(pipe, REQUEST.size)
    if head is None:
        return None
    told_bytes, body_bytes = REQUEST.unpack(head)
    told, body = _exactly(pipe, told_bytes), _exactly(pipe, body_bytes)
    return None if told is None or body is None else (json.loads(bytes(told)), body)


def _exactly(pipe: int, size: int) -> memoryview | None:
    whole = memoryview(bytearray(size))
    into = whole
    while into:
        count = os.readv(pipe, [into])
        if not count:
            return None
        into = into[count:]
    return whole


def answer(pipe: int, what: int, facts: bytes = b"", pixels: Sequence[Bytes] = ()) -> None:
    """Sends an answer."""
    parts = [memoryview(ANSWER.pack(MAGIC, what, len(facts), sum(len(part) for part in pixels)) + facts), *(memoryview(part) for part in pixels)]
    for part in parts:
        while part:
            part = part[os.write(pipe, part) :]


def answer_picture(pipe: int, decoded: Decoded, portrait: Portrait, *, doubted: bool) -> None:
    """Sends a picture."""
    damage = "\n".join(decoded.damage[:MAX_DAMAGES]).encode()[:MAX_TEXT_BYTES]
    facts = [PICTURE_FACTS.pack(decoded.width, decoded.height, len(decoded.crops), len(damage))]
    for crop in decoded.crops:
        lies = crop.letterbox
        height, width = crop.pixels.shape[:2]
        facts.append(CROP_FACTS.pack(width, height, lies.scale, lies.pad_x, lies.pad_y, lies.origin_x, lies.origin_y))
    facts += [decoded.luma.tobytes(), portrait.tobytes(), damage]
    answer(pipe, DOUBTED if doubted else PICTURE, b"".join(facts), [crop.pixels.data.cast("B") for crop in decoded.crops])
