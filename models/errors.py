"""The exception tree of looking.

ModelError
├── ModelFileError      a model file is missing, broken, or not one that this package can run
│   ├── WrongTask           a model that does something else than detect
│   └── ModelNotFound       no model of that name
├── CardError           a model card cannot be read, or does not belong to its file
├── ProviderError       the wanted provider is not there, or another one is really in use
├── PictureError        a picture cannot be read
├── TrainingError       training or export cannot start: data, weights or environment
├── EvaluationError     a labelled set cannot be read
└── StreetError         the street cannot be rendered here
"""

from __future__ import annotations


class ModelError(Exception):
    """Root of what looking can raise."""


class ModelFileError(ModelError):
    """A model file is missing, broken, or not one that this package can run."""


class WrongTask(ModelFileError):
    """A model that segments, classifies or estimates poses."""


class ModelNotFound(ModelFileError):
    """No model of that name."""


class CardError(ModelError):
    """A model card cannot be read, or does not belong to its file."""


class ProviderError(ModelError):
    """The wanted provider is not there, or another one is really in use."""


class PictureError(ModelError):
    """A picture cannot be read."""


class TrainingError(ModelError):
    """Training or export cannot start."""


class EvaluationError(ModelError):
    """A labelled set cannot be read."""


class StreetError(ModelError):
    """The street cannot be rendered here."""


def first_line(error: Exception, most: int = 400) -> str:
    """The first line of what a library's error says, cut to `most` signs; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]
