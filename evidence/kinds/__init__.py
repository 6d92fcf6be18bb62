"""The catalogue of violation kinds: data, not code. What makes a kind, where, for how long, what excludes it, and its codes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from evidence.errors import CatalogueError
from evidence.model import Strict, Text, first_fault
from evidence.views import KindOverride, ZoneKind


class Code(Strict):
    """A kind's number in one of the code tables that cities use side by side."""

    table: str
    code: str
    source: str
    verify_with_official_text: bool


class Reason(Strict):
    """A reason for which a reviewer rejects; a label to learn from."""

    id: str
    zh: str
    en: str


class Kind(Strict):
    """An entry of the catalogue.

    Attributes:
        objects: detector classes that make it; `supporting` ones may stand in for them from look to look, but never begin it.
        line_objects: classes that make it only at a drawn storefront line: beyond it, and no further from it than `line_reach` times their height.
            A table of goods looks like a stall; whose it is, is told by the shop behind it.
        attendance: whether somebody must stay with it, in at least `attended_share` of the looks.
        zones: zone kinds in which it is one; the object's footprint must lie in them by `minimum_footprint_share`.
        line: `beyond` where the footprint must lie beyond a storefront line, if the view has one.
        dwell_seconds, minimum_looks, grace_seconds: how long it must stand, seen how often, with what gaps.
    """

    id: str
    slug: str
    name: Text
    codes: Annotated[tuple[Code, ...], Field(strict=False)]
    objects: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    line_objects: Annotated[tuple[str, ...], Field(strict=False)] = ()
    line_reach: Annotated[float, Field(gt=0, le=10)] = 0.8
    supporting: Annotated[tuple[str, ...], Field(strict=False)] = ()
    attendance: Literal["off", "required"]
    attended_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    zones: Annotated[tuple[Annotated[ZoneKind, Field(strict=False)], ...], Field(strict=False, min_length=1)]
    line: Literal["beyond"] | None = None
    minimum_footprint_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    minimum_score: Annotated[float, Field(gt=0, lt=1)] = 0.35
    dwell_seconds: Annotated[float, Field(gt=0)]
    minimum_looks: Annotated[int, Field(ge=2)]
    grace_seconds: Annotated[float, Field(gt=0)]
    exclusions: Annotated[tuple[Literal["permit"], ...], Field(strict=False)] = ()
    confusion: Annotated[tuple[str, ...], Field(strict=False)] = ()
    law: Text | None = None
    explanation: Text
    enabled: bool = True
    overridden: Annotated[tuple[str, ...], Field(strict=False)] = ()

    def with_override(self, override: KindOverride) -> Kind:
        """This kind with a scene's thresholds, the changed ones named in `overridden`."""
        changed = {name: value for name, value in override.model_dump(exclude_none=True).items() if getattr(self, name) != value}
        return self.model_copy(update={**changed, "overridden": tuple(sorted({*self.overridden, *changed}))}) if changed else self


class Catalogue(Strict):
    """All kinds, by version."""

    version: str
    reasons: Annotated[tuple[Reason, ...], Field(strict=False)]
    kinds: Annotated[tuple[Kind, ...], Field(strict=False)]

    def kind(self, kind_id: str) -> Kind | None:
        """A kind by its id."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def overridden(self, overrides: Mapping[str, KindOverride], where: str) -> Catalogue:
        """This catalogue with a scene's overrides.

        Raises:
            CatalogueError: an override of a kind that does not exist.
        """
        unknown = next((name for name in overrides if self.kind(name) is None), None)
        if unknown is not None:
            raise CatalogueError(f"{where}: kinds.{unknown}: there is no kind {unknown!r}; there are {', '.join(kind.id for kind in self.kinds)}")
        kinds = tuple(kind.with_override(overrides[kind.id]) if kind.id in overrides else kind for kind in self.kinds)
        return self.model_copy(update={"kinds": kinds})


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The shipped catalogue, or a city's own.

    Raises:
        CatalogueError: the file cannot be read, or names the kind and field at fault.
    """
    if path is None:
        return read_catalogue((files("evidence") / "catalogue.yaml").read_text(encoding="utf-8"), "the shipped catalogue")
    try:
        return read_catalogue(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read as a catalogue ({error})") from error


def read_catalogue(text: str, where: str) -> Catalogue:
    """Reads a catalogue from YAML.

    Raises:
        CatalogueError: with line, or kind and field.
    """
    try:
        data: Any = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise CatalogueError(f"{where}: not YAML{line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:  # a sign that YAML does not know; a date like 2026-99-99
        raise CatalogueError(f"{where}: not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise CatalogueError(f"{where}: not YAML: is nested too deep") from None
    try:
        catalogue = Catalogue.model_validate(data)
    except ValidationError as error:
        raise CatalogueError(f"{where}: {first_fault(error)}") from None
    ids = [kind.id for kind in catalogue.kinds]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise CatalogueError(f"{where}: the kind {twice!r} is there twice")
    return catalogue


class _Loader(yaml.SafeLoader):
    """Plain values only, and no key twice in one mapping: of two thresholds of one name, the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} is there twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)
