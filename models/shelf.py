"""Where models lie: those that are shipped (`models/zoo`), and those that a user imported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.cards import ModelCard, card_path, read_card, sha256_of, write_card
from models.errors import CardError, ModelFileError, ModelNotFound

ZOO = Path(__file__).parent / "zoo"
VERIFIER_ENDING = ".verifier.onnx"
"""A file that is bound by a detector's card and is not opened by a name of its own."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model file that can be opened by name, with its card or the reason why that cannot be read."""

    path: Path
    card: ModelCard | None
    shipped: bool
    fault: str | None

    @property
    def name(self) -> str:
        """The name by which it is opened."""
        return self.path.stem


def imported_folder() -> Path:
    """Where imported models lie: `$CURBWATCH_MODELS`, else the user's data folder."""
    own = os.environ.get("CURBWATCH_MODELS")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "curbwatch" / "models"


def list_models() -> Iterator[Shelved]:
    """Every model that can be opened by name, shipped ones first; a faulty card does not hide the others."""
    for folder, shipped in ((ZOO, True), (imported_folder(), False)):
        for path in sorted(folder.glob("*.onnx")) if folder.is_dir() else ():
            if path.name.endswith(VERIFIER_ENDING):
                continue
            try:
                yield Shelved(path, card_of(path, sha256_of(path)), shipped, None)
            except CardError as error:
                yield Shelved(path, None, shipped, str(error))


def find_model(model: str | Path) -> Path:
    """The file of a model by name or path.

    Raises:
        ModelNotFound: there is none; the message lists the names that there are.
    """
    path = Path(model)
    if path.suffix == ".onnx" or path.is_file():
        if path.is_file():
            return path
        raise ModelNotFound(f"the model file {path} does not exist: check the path, or name one of {_known()}")
    if len(path.parts) == 1:
        for folder in (ZOO, imported_folder()):
            named = folder / f"{model}.onnx"
            if named.is_file():
                return named
    raise ModelNotFound(f"no model {str(model)!r}: name one of {_known()}, or the path of an ONNX file")


def card_of(path: Path, sha256: str) -> ModelCard | None:
    """The card beside a model file, None where there is none.

    Raises:
        CardError: it is faulty, or of another file.
    """
    beside = card_path(path)
    if not beside.exists():
        return None
    card = read_card(beside)
    if card.sha256 != sha256:
        raise CardError(f"{beside} is the card of another file (SHA-256 {card.sha256[:12]}…, not {sha256[:12]}…): restore the file or write its card anew")
    return card


def put_on_shelf(path: Path, card: ModelCard, *, replace: bool = False) -> Path:
    """Copies a model file and its card to where they can be opened by name.

    Raises:
        ModelFileError: the name is taken.
    """
    folder = imported_folder()
    target = folder / f"{card.name}.onnx"
    if (ZOO / target.name).exists():
        raise ModelFileError(f"{card.name!r} is the name of a shipped model: choose another with --name")
    if target.exists() and not replace:
        raise ModelFileError(f"{card.name!r} exists already: choose another --name, or --replace it")
    folder.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".onnx.part")
    shutil.copyfile(path, beside)
    beside.replace(target)
    write_card(card, card_path(target))
    return target


def _known() -> str:
    return ", ".join(sorted({shelved.name for shelved in list_models()})) or "none (the shelf is empty)"
