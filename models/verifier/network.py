"""The verifier's file: one ONNX graph of an ImageNet backbone (weights in half precision) and its heads, run on one thread.

Inputs: `crops` (t + n, side, side, 3) uint8 RGB: the picture's t tiles, then n boxes with their surroundings; `seen` (1, 44) float32, what the detector sees
in the picture (`models.verifier.things`). Outputs: `picture` (1,), log odds that something is sold somewhere in it, from the maximum of the tiles' features;
`things` (1,), the same from `seen`; `looks` (n, classes), logits over what a box may be; `covered` (n,), log odds that a selling box is closed or covered.
The metadata entry `curbwatch.verifier` (JSON) holds side, tiles, context and class names, so that what is cut is what the heads were trained on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.classes import SELLING
from models.errors import ModelFileError, first_line
from models.providers import Provider, open_session, provider_in_use, provider_list
from models.verifier.crops import Rectangle, Tiles, about, cut, gathered
from models.verifier.fusion import sigmoid

METADATA_KEY = "curbwatch.verifier"
INPUTS = ("crops", "seen")
OUTPUTS = ("picture", "things", "looks", "covered")
LOOK_ALIKES = (
    "unloading", "courier", "rider", "construction", "cleaning_cart", "bus_shelter", "umbrella_queue", "planter", "flag", "parked_tricycle",
)  # fmt: skip
OTHER = "other"
LOOK_CLASSES = (*SELLING, *LOOK_ALIKES, OTHER)
"""What a box may be, as far as the verifier is concerned."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is cut out of a picture, and what the heads tell.

    Attributes:
        backbone: name and version of the network that made the features.
        side_px: of each square.
        tiles: their layout.
        context: a box is cut with this times its longer side about it.
        looks: class names of the output `looks`.
    """

    backbone: str
    side_px: int
    tiles: Tiles
    context: float
    looks: tuple[str, ...] = LOOK_CLASSES

    def squares(self, boxes: NDArray[np.float32], width_px: int, height_px: int) -> tuple[Rectangle, ...]:
        """Each of the boxes (n, 4) with its surroundings, in pixels."""
        return tuple(about((x0, y0, x1, y1), self.context, width_px, height_px) for x0, y0, x1, y1 in boxes.tolist())

    def to_json(self) -> str:
        """As the metadata holds it."""
        tiles = {"rows": self.tiles.rows, "columns": self.tiles.columns, "width": self.tiles.width, "height": self.tiles.height}
        return json.dumps({"backbone": self.backbone, "side_px": self.side_px, "tiles": tiles, "context": self.context, "looks": list(self.looks)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Reads what `to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: it is something else.
        """
        fields: dict[str, Any] = json.loads(text)
        tiles = Tiles(int(fields["tiles"]["rows"]), int(fields["tiles"]["columns"]), float(fields["tiles"]["width"]), float(fields["tiles"]["height"]))
        return cls(str(fields["backbone"]), int(fields["side_px"]), tiles, float(fields["context"]), tuple(map(str, fields["looks"])))


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What the network says of a picture and n boxes of it.

    Attributes:
        picture, things: log odds that something is sold in it.
        crop: (n,) float32, log odds that the box is something selling.
        looks: (n, classes) float32, probabilities by class.
        covered: (n,) float32, probability of being closed or covered, if it sells.
    """

    picture: float
    things: float
    crop: NDArray[np.float32]
    looks: NDArray[np.float32]
    covered: NDArray[np.float32]


class VerifierNetwork:
    """An opened verifier file; made by `open_network`."""

    def __init__(self, session: onnxruntime.InferenceSession, plan: Plan, provider: Provider) -> None:
        self.plan, self.provider = plan, provider
        self._session = session
        self._sells = np.array([name in SELLING for name in plan.looks], np.bool_)

    def ask(self, picture: NDArray[np.uint8], boxes: NDArray[np.float32], seen: NDArray[np.float32]) -> Opinion:
        """What it says of a picture (h, w, 3) RGB, boxes (n, 4) in its pixels, and what the detector sees in it (44,)."""
        height, width = picture.shape[:2]
        squares, shown_by = gathered(self.plan.squares(boxes, width, height))
        crops = np.stack([cut(picture, one, self.plan.side_px) for one in (*self.plan.tiles.rectangles(width, height), *squares)])
        whole, things, looks, covered = self._session.run(OUTPUTS, dict(zip(INPUTS, (crops, seen[None]), strict=True)))
        shown = list(shown_by)
        probabilities = _softmax(np.asarray(looks, np.float64)[shown])
        selling = probabilities[:, self._sells].sum(1)
        odds = np.log(np.maximum(selling, 1e-9)) - np.log(np.maximum(1 - selling, 1e-9))
        hidden = sigmoid(np.asarray(covered)[shown])
        return Opinion(float(whole[0]), float(things[0]), odds.astype(np.float32), probabilities.astype(np.float32), hidden.astype(np.float32))


def open_network(path: Path, provider: Provider = "cpu", threads: int = 1) -> VerifierNetwork:
    """Opens a verifier file.

    Raises:
        ModelFileError: it is missing, broken, or no verifier.
        ProviderError: another provider is really in use.
    """
    if not path.is_file():
        raise ModelFileError(f"the verifier {path} is not there: put it beside its detector, or take it out of the detector's card")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 4
    try:
        session = open_session(path, options, provider_list(provider, "", None))
    except Exception as error:  # onnxruntime raises its own classes, which share no root but this
        raise ModelFileError(f"{path} is not an ONNX model that can be run: {first_line(error)}") from None
    told = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    names = {one.name for one in session.get_outputs()}
    if told is None or not set(OUTPUTS) <= names or tuple(one.name for one in session.get_inputs()) != INPUTS:
        raise ModelFileError(
            f"{path} is no verifier: it lacks the metadata {METADATA_KEY!r}, the inputs {', '.join(INPUTS)} or the outputs {', '.join(OUTPUTS)}"
        )
    try:
        plan = Plan.from_json(told)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: the metadata {METADATA_KEY!r} cannot be read: {error}") from None
    return VerifierNetwork(session, plan, provider_in_use(session, provider))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
