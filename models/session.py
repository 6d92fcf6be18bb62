"""Running a detector: any Ultralytics detect export, v8 to 26, by onnxruntime, on the provider that was asked for and no other.

Measured on one core of an EPYC at 640x384: two intra-op threads cost 30 % more CPU for the same work, and batches gain nothing, so the default is
one thread and a worker runs one session per core. The shipped file takes uint8 (b, h, w, 3) RGB and divides in the graph; Ultralytics'
own exports take float (b, 3, h, w) and get it here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.cards import ModelCard, sha256_of
from models.detections import Detections
from models.errors import CardError, ModelError, ModelFileError, ProviderError, first_line
from models.heads import Head, boxes_from_raw, boxes_from_rows, tell_head
from models.metadata import ModelMetadata, parse_metadata
from models.pictures import largest_in
from models.providers import DynamicInput, Provider, Wanted, candidates, open_session, provider_in_use, provider_list
from models.shelf import card_of, find_model

log = logging.getLogger(__name__)
DEFAULT_MODEL = "curbwatch-n-street"
DEFAULT_MIN_SCORE = 0.05
FALLBACK_SIZE = (384, 640)
"""Height and width for a dynamic model that does not say its own."""
FLOATS: dict[str, type[np.generic]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Detector(Protocol):
    """What looks at pictures."""

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in the order of their ids."""

    @property
    def input_width_px(self) -> int:
        """Width of the pictures that it wants."""

    @property
    def input_height_px(self) -> int:
        """Height of the pictures that it wants."""

    def fitted_size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Width and height of the input that suits a picture of this size best."""

    def detect(self, batch: NDArray[np.uint8]) -> list[Detections]:
        """Boxes of each picture of a batch (b, h, w, 3), RGB, in pixels of the input."""


@dataclass(frozen=True, slots=True)
class InputLayout:
    """How the graph wants its pictures.

    Attributes:
        name: of the graph's input.
        channels_last: uint8 (b, h, w, 3) with the division in the graph; else floats (b, 3, h, w) in 0..1.
        batch: fixed batch size, None when dynamic.
        height, width: fixed sides, None when dynamic.
    """

    name: str
    channels_last: bool
    dtype: type[np.generic]
    batch: int | None
    height: int | None
    width: int | None


class YoloSession:
    """A detector on an ONNX file; made by `open_model`.

    Attributes:
        name: of the model, as evidence writes it.
        sha256: of the file.
        provider: really in use.
        card: what is known about the model, if it has a card.
        head: how the output is laid out.
        every_class: of a raw head, a place gives a box for each class that reaches the lowest score, not for its best only: for measuring.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        *,
        path: Path,
        sha256: str,
        provider: Provider,
        card: ModelCard | None,
        metadata: ModelMetadata,
        layout: InputLayout,
        head: Head,
        size: tuple[int, int],
        min_score: float,
    ) -> None:
        self.path, self.sha256, self.provider, self.card, self.head = path, sha256, provider, card, head
        self.name = card.name if card else path.stem
        self.version = card.version if card else "unknown"
        self.names = metadata.names
        self.min_score = min_score
        self.every_class = False
        self._session, self._layout, self._stride = session, layout, metadata.stride
        self._height, self._width = size
        # An export with NMS inside and dynamic shapes, traced at batch 1, loses every box after the first picture of a batch.
        self._batch = 1 if metadata.nms and metadata.dynamic else layout.batch
        duplicate_iou = metadata.duplicate_iou | (card.duplicate_iou if card else {})
        self._duplicate_iou = {self.names.index(name): iou for name, iou in duplicate_iou.items()}

    @property
    def input_width_px(self) -> int:
        """Width of the pictures that it wants."""
        return self._width

    @property
    def input_height_px(self) -> int:
        """Height of the pictures that it wants."""
        return self._height

    def fitted_size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Width and height of the input, of no more pixels than its own, in which a picture of this size is largest; its own where the graph's sides are fixed,
        or where an engine was built for them (TensorRT).

        On 321 photographs of one fold (a third of them 4:3, a quarter 3:2, one in ten upright) it found 0.652 of the boxes among the best eight instead of
        0.617, and told pictures apart with recall 0.46 instead of 0.39, at the same cost; inputs of twice the pixels were worse (0.622, 0.35).
        """
        if self._layout.width is not None or self._layout.height is not None or self.provider == "tensorrt":
            return self._width, self._height
        return largest_in(width_px, height_px, self._width * self._height, self._stride)

    def detect(self, batch: NDArray[np.uint8]) -> list[Detections]:
        """Boxes of each picture of a batch (b, h, w, 3) uint8 RGB, in pixels of the input, best score first.

        A dynamic model takes other sizes than its own too, if both sides are multiples of its stride.

        Raises:
            ValueError: a batch of another shape or type than the model takes.
        """
        if batch.ndim != 4 or batch.shape[3] != 3 or batch.dtype != np.uint8:
            raise ValueError(f"a batch is (b, h, w, 3) uint8, not {batch.shape} {batch.dtype}")
        height, width = batch.shape[1:3]
        layout = self._layout
        if (layout.height or height) != height or (layout.width or width) != width:
            raise ValueError(f"{self.name} takes pictures of {layout.width}x{layout.height} only, not {width}x{height}")
        if height % self._stride or width % self._stride:
            raise ValueError(f"{width}x{height} is not a multiple of {self._stride}")
        out: list[Detections] = []
        step = self._batch or max(1, len(batch))
        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            answers = run(self._session, layout, part, pad_to=layout.batch)[: len(part)]
            out += [self._boxes(answer, (height, width)) for answer in answers]
        return out

    def _boxes(self, answer: NDArray[np.float32], size: tuple[int, int]) -> Detections:
        if self.head is Head.ROWS:
            return boxes_from_rows(answer, self.names, self.min_score, size, self._duplicate_iou)
        return boxes_from_raw(answer, self.names, self.min_score, size, every_class=self.every_class)


def open_model(
    model: str | Path = DEFAULT_MODEL,
    *,
    provider: Wanted = "auto",
    threads: int = 1,
    input_size: tuple[int, int] | None = None,
    min_score: float | None = None,
) -> YoloSession:
    """Opens a model by name or path and runs it once on a grey picture, so that what cannot work fails here.

    Args:
        model: a name from `curbwatch models list`, or the path of an ONNX file.
        provider: `auto` tries TensorRT, then CUDA, then the CPU; a named one must work.
        threads: intra-op threads on a CPU.
        input_size: width and height in pixels, for a dynamic model; by default its own.
        min_score: boxes below it are not given; by default 0.05, or the score from which the card's verifier is asked, if that is lower.

    Raises:
        ModelError: no such model, a broken file, another task, a provider that is not really in use.
    """
    path = find_model(model)
    sha256 = sha256_of(path)
    card = card_of(path, sha256)
    if min_score is None:
        min_score = min(DEFAULT_MIN_SCORE, card.verifier.candidates) if card and card.verifier else DEFAULT_MIN_SCORE
    tried: list[str] = []
    for candidate in candidates(provider):
        try:
            return _open(path, sha256, card, candidate, threads, input_size, min_score)
        except ProviderError as error:
            if provider != "auto":
                raise
            tried.append(str(error))
            log.warning("%s; trying the next provider", error)
    raise ProviderError(f"no provider can run {path.name}: " + "; ".join(tried))


def _open(
    path: Path, sha256: str, card: ModelCard | None, provider: Provider, threads: int, input_size: tuple[int, int] | None, min_score: float
) -> YoloSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised and told in one line
    # The shapes are in the file, so a CPU session reads the layout first and TensorRT gets its profile from it.
    reading = _session(path, options, provider_list("cpu", sha256, None))
    metadata = parse_metadata(reading.get_modelmeta().custom_metadata_map, path.name)
    layout = read_layout(reading, path.name)
    size = input_size_of(layout, metadata, card, input_size, path.name)
    if card and card.classes != metadata.names:
        raise CardError(f"the card of {path.name} names other classes than the file: write the card anew")
    session = reading
    if provider != "cpu":
        shape = (*size, 3) if layout.channels_last else (3, *size)
        dynamic = DynamicInput(layout.name, shape) if None in (layout.batch, layout.height, layout.width) else None
        try:
            session = _session(path, options, provider_list(provider, sha256, dynamic))
        except ModelFileError as error:
            raise ProviderError(f"{provider!r} does not start: {error}") from None
    in_use = provider_in_use(session, provider)
    try:
        answer = run(session, layout, np.full((1, *size, 3), 114, np.uint8), pad_to=layout.batch)
    except ModelError:
        raise
    except Exception as error:  # onnxruntime raises its own classes, which share no root but this
        raise ModelFileError(f"{path.name} opens but does not run at {size[1]}x{size[0]}: {first_line(error)}") from None
    head = tell_head(metadata, answer.shape, path.name)
    return YoloSession(
        session, path=path, sha256=sha256, provider=in_use, card=card, metadata=metadata, layout=layout, head=head, size=size, min_score=min_score
    )


def read_layout(session: onnxruntime.InferenceSession, where: str) -> InputLayout:
    """How the graph wants its pictures.

    Raises:
        ModelFileError: not one picture input of a known layout and one box output.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise ModelFileError(f"{where} has {len(inputs)} inputs of shapes {[i.shape for i in inputs]}; a detector has one of four dimensions")
    if len(outputs) != 1:
        raise ModelFileError(f"{where} has {len(outputs)} outputs; a detector has one (a segmenting or older export has more)")
    one = inputs[0]
    batch, a, b, c = (side if isinstance(side, int) and side > 0 else None for side in one.shape)
    if one.type == "tensor(uint8)" and c == 3:
        return InputLayout(one.name, True, np.uint8, batch, a, b)
    if one.type in FLOATS and a == 3:
        return InputLayout(one.name, False, FLOATS[one.type], batch, b, c)
    raise ModelFileError(f"{where} takes {one.type} {one.shape}; a detector takes float (b, 3, h, w) or uint8 (b, h, w, 3)")


def input_size_of(layout: InputLayout, metadata: ModelMetadata, card: ModelCard | None, wanted: tuple[int, int] | None, where: str) -> tuple[int, int]:
    """Height and width of the input: the graph's, else the wanted, the card's, the metadata's, 384x640.

    Raises:
        ModelFileError: the wanted size is not the graph's, or no multiple of the stride.
    """
    asked = (wanted[1], wanted[0]) if wanted else (card.input_size[1], card.input_size[0]) if card else metadata.image_size or FALLBACK_SIZE
    size = (layout.height or asked[0], layout.width or asked[1])
    if wanted and size != asked:
        raise ModelFileError(f"{where} takes {size[1]}x{size[0]} only, not {wanted[0]}x{wanted[1]}: export it with dynamic shapes")
    if any(side <= 0 or side % metadata.stride for side in size):
        raise ModelFileError(f"an input of {size[1]}x{size[0]} does not fit {where}: both sides must be multiples of {metadata.stride}")
    return size


def run(session: onnxruntime.InferenceSession, layout: InputLayout, batch: NDArray[np.uint8], *, pad_to: int | None) -> NDArray[np.float32]:
    """Runs the graph on (b, h, w, 3) uint8 pictures and returns its output as float32; a fixed batch is filled up with grey."""
    if pad_to is not None and len(batch) < pad_to:
        batch = np.concatenate([batch, np.full((pad_to - len(batch), *batch.shape[1:]), 114, np.uint8)])
    feed: NDArray[Any] = batch
    if not layout.channels_last:
        feed = np.ascontiguousarray(batch.transpose(0, 3, 1, 2)).astype(layout.dtype) / np.asarray(255, layout.dtype)
    return np.asarray(session.run(None, {layout.name: feed})[0], np.float32)


def _session(path: Path, options: onnxruntime.SessionOptions, providers: list[tuple[str, dict[str, str]]]) -> onnxruntime.InferenceSession:
    try:
        return open_session(path, options, providers)
    except Exception as error:  # onnxruntime raises its own classes, which share no root but this
        raise ModelFileError(f"{path} is not an ONNX model that can be run: {first_line(error)}") from None
