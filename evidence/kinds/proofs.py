"""How far a city's catalogue bears the proof of the shipped kinds: who asks other or less of a kind than was proven has not proven it."""

from __future__ import annotations

from evidence.kinds.catalogue import Catalogue
from evidence.kinds.kind import Kind, Proof
from evidence.model import Text


def within_proof(catalogue: Catalogue, shipped: Catalogue) -> Catalogue:
    """A city's catalogue in which what has no proof of its own, and is not what the shipped one proves, is `rendered_only`."""
    kinds = tuple(_within(kind, shipped) for kind in catalogue.kinds)
    return catalogue if kinds == catalogue.kinds else catalogue.model_copy(update={"kinds": kinds})


def no_longer_proven(kind: Kind) -> Text:
    """Why a kind that was proven is proven no longer, in a line; of one whose `unproven` names fields."""
    fields = ", ".join(kind.unproven)
    return Text(
        zh=f"不再视为已证实：与证实时相比要求不同或更低（{fields}），附上自己的 proof 之前仅产生 C 级线索",
        en=f"is proven no longer: it asks other or less than what was proven ({fields}), and gives leads (grade C) only until it has a proof of its own",
    )


def _within(kind: Kind, shipped: Catalogue) -> Kind:
    if kind.standing != "proven" or kind.proof is None:
        return kind
    figures = _figures(kind.proof)
    proven = [one for one in shipped.kinds if one.proof is not None and _figures(one.proof) == figures]
    same = [one for one in proven if one.id == kind.id] or proven
    if not same:  # figures of the city's own
        return kind
    less = min((kind.asks_less_than(one) for one in same), key=len)
    return kind.no_longer_proven(less) if less else kind


def _figures(proof: Proof) -> tuple[str, str, int, int, int]:
    return proof.model, proof.version, proof.positives, proof.negatives, proof.origins
