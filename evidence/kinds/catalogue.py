"""All kinds with what they refer to: code tables, exclusions, reasons to reject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from evidence.errors import CatalogueError
from evidence.kinds.codes import CodeTable
from evidence.kinds.exclusions import Exclusion
from evidence.kinds.kind import Kind
from evidence.model import Strict
from evidence.views import KindOverride


class Reason(Strict):
    """A reason for which a reviewer rejects; a label to learn from.

    Attributes:
        standing: whether it speaks of what the thing is, and so holds tomorrow too: what two people rejected for it goes quiet. The others speak of the moment
            (unloading), of the law (a permit, which has its days and hours) or of the picture.
        teaches: what a crop of a case that was rejected so shows a detector: something `other` than it was taken for, the `same` (only place or law made it
            no violation), or `nothing` that can be told from the reason alone.
    """

    id: str
    zh: str
    en: str
    standing: bool = False
    teaches: Literal["same", "other", "nothing"] = "nothing"


class Catalogue(Strict):
    """All kinds, by version.

    Attributes:
        based_on: version of the shipped catalogue that a city's file extends; None where it extends none.
        classes: of a city's own model, beside those that are known.
    """

    version: str
    reasons: Annotated[tuple[Reason, ...], Field(strict=False)]
    kinds: Annotated[tuple[Kind, ...], Field(strict=False)]
    tables: Annotated[tuple[CodeTable, ...], Field(strict=False)] = ()
    exclusions: Annotated[tuple[Exclusion, ...], Field(strict=False)] = ()
    classes: Annotated[tuple[str, ...], Field(strict=False)] = ()
    based_on: str | None = None

    def kind(self, kind_id: str) -> Kind | None:
        """A kind by its id."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def reason(self, reason_id: str) -> Reason | None:
        """A reason to reject by its id."""
        return next((one for one in self.reasons if one.id == reason_id), None)

    def table(self, table_id: str) -> CodeTable | None:
        """A code table by its id."""
        return next((table for table in self.tables if table.id == table_id), None)

    def exclusion(self, exclusion_id: str) -> Exclusion | None:
        """An exclusion by its id."""
        return next((one for one in self.exclusions if one.id == exclusion_id), None)

    def overridden(self, overrides: Mapping[str, KindOverride], where: str) -> Catalogue:
        """This catalogue with a scene's overrides.

        Raises:
            CatalogueError: an override of a kind that does not exist, or that switches on what no class shows.
        """
        unknown = next((name for name in overrides if self.kind(name) is None), None)
        if unknown is not None:
            raise CatalogueError(f"{where}: kinds.{unknown}: there is no kind {unknown!r}; there are {', '.join(kind.id for kind in self.kinds)}")
        kinds = tuple(kind.with_override(overrides[kind.id]) if kind.id in overrides else kind for kind in self.kinds)
        blind = next((kind for kind in kinds if kind.enabled and not kind.classes), None)
        if blind is not None:
            raise CatalogueError(f"{where}: kinds.{blind.id}.enabled: no class shows {blind.name.en}; people name it, and it cannot be switched on")
        return self.model_copy(update={"kinds": kinds})
