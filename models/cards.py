"""Model cards: what a model file is, what it was trained from, what it is good and bad at, and its figures.

A card lies beside its file with the same name and the ending `.yaml`. Its SHA-256 binds the two, so that evidence which names a model can
be checked; the ranges of rendered seeds make "no model saw the demo's scenes" a thing that a test can tell.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import CardError

NAME = re.compile(r"^[a-z0-9][a-z0-9._-]*$")
"""What a model may be called."""
Share = Annotated[float, Field(ge=0, le=1)]
Voice = Literal["detector", "crop", "picture", "things", "parts"]
"""What the verifier's fusion hears of a box: the detector's score, what its crop and the whole picture look like, what else is in it, and the parts rule."""


class SeedRange(BaseModel):
    """Rendered scenes that training saw, `first` and `last` included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: int = Field(ge=0)
    last: int = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"first ({self.first}) is after last ({self.last})")
        return self

    def __contains__(self, seed: int) -> bool:
        return self.first <= seed <= self.last


class Figure(BaseModel):
    """One measured figure: what, on what, how much."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str = Field(title="What was measured", min_length=1)
    on: str = Field(title="The data that it was measured on", min_length=1)
    value: float


class Fusion(BaseModel):
    """How voices become one score: logistic(bias + sum of weight x voice); a voice without a weight is not heard.

    What is said of a box itself is measured at the best box of the same question, and how far another falls behind it is taken `contrast` times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    bias: float
    weights: dict[Voice, float] = Field(min_length=1)
    contrast: float = Field(default=1.0, ge=1.0, title="How many times a box falls behind the best one beside it")


class ZoomBinding(BaseModel):
    """How the voices are fused where a place was zoomed at, and the score from which it is taken as something selling: what the cut shows as a whole says less
    of the place than a photograph says of its things.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: Share
    fusion: Fusion


class VerifierBinding(BaseModel):
    """The verifier that belongs to a detector, and how its voices are fused with the detector's score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.verifier\.onnx$", title="Name of the file, beside the detector's")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", title="SHA-256 of that file")
    candidates: Share = Field(default=0.001, title="Detector score from which a box is asked about")
    threshold: Share = Field(title="Fused score from which a box is taken as something selling")
    fusion: Fusion
    zoom: ZoomBinding | None = Field(default=None, title="The same of zoom looks; without it they are fused as whole pictures are")


class ModelCard(BaseModel):
    """What is known about a model file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME.pattern, title="Name, as the file without its ending")
    version: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", title="SHA-256 of the ONNX file")
    licence: str = Field(min_length=1, title="SPDX name of the licence, or `unknown`")
    made: date | None = None
    trained_from: tuple[str, ...] = Field(default=(), title="Weights and pictures that it was made from")
    trained_seeds: tuple[SeedRange, ...] = Field(default=(), title="Rendered scenes that training saw")
    classes: tuple[str, ...] = Field(min_length=1, title="Class names in the order of their ids")
    score_thresholds: dict[str, Share] = Field(default_factory=dict, title="Score from which a box of the class is taken as seen")
    duplicate_iou: dict[str, Share] = Field(default_factory=dict, title="Overlap from which two boxes of the class are one, where the head repeats itself")
    input_size: tuple[int, int] = Field(title="Width and height in pixels that it is meant for")
    verifier: VerifierBinding | None = Field(default=None, title="The second opinion on what sells; without it the detector decides alone")
    figures: tuple[Figure, ...] = ()
    good_at: tuple[str, ...] = ()
    bad_at: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("a class is named twice")
        for field in ("score_thresholds", "duplicate_iou"):
            unknown = sorted(set(getattr(self, field)) - set(self.classes))
            if unknown:
                raise ValueError(f"{field} names {', '.join(unknown)}, which the model does not have")
        if any(side <= 0 or side % 32 for side in self.input_size):
            raise ValueError(f"input_size {self.input_size[0]}x{self.input_size[1]} is not a multiple of 32")
        return self

    def saw_seed(self, seed: int) -> bool:
        """Whether training saw the rendered scene of this seed."""
        return any(seed in seeds for seeds in self.trained_seeds)


def card_path(model: Path) -> Path:
    """Where the card of a model file lies."""
    return model.with_suffix(".yaml")


def read_card(path: Path) -> ModelCard:
    """Reads and checks a card.

    Raises:
        CardError: it cannot be read, or a field is wrong; the message names the file and the field.
    """
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise CardError(f"{path} is not YAML" + (f" at line {mark.line + 1}" if mark else "")) from None
    try:
        return ModelCard.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "card"
        raise CardError(f"{path}: {where}: {first['msg']}") from None


def write_card(card: ModelCard, path: Path) -> None:
    """Writes a card as YAML, in the order of its fields."""
    path.write_text(yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=130), encoding="utf-8")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
