"""The catalogue of violation kinds: data, not code. What makes a kind, where, for how long, what excludes it, its codes and its standing."""

from __future__ import annotations

from evidence.kinds.catalogue import Catalogue, Reason
from evidence.kinds.codes import Code, CodeTable
from evidence.kinds.exclusions import Exclusion
from evidence.kinds.kind import Count, Kind, Law, Proof, Standing, TimeLimit, Weight
from evidence.kinds.reading import load_catalogue, read_catalogue

__all__ = [
    "Catalogue", "Code", "CodeTable", "Count", "Exclusion", "Kind", "Law", "Proof", "Reason", "Standing", "TimeLimit", "Weight",
    "load_catalogue", "read_catalogue",
]  # fmt: skip
