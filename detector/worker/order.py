"""An order for a packet: all that is needed to build it later, after a crash or on another day, without the state that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from detector.errors import DetectorError
from detector.judgement.memory import MemoryFault, stay_from_json, stay_to_json
from detector.judgement.values import Stay
from detector.worker.clocks import boot_id
from detector.worker.state import Debt
from evidence.model import first_fault
from evidence.named import ViewMoved
from evidence.packet import (
    CameraNamed,
    Clocks,
    Ending,
    Exclusions,
    Grade,
    KindNamed,
    ModelNamed,
    Occasion,
    PermitChecked,
    Phase,
    Place,
    QuietNamed,
    RuleApplied,
    packet_id_of,
)  # fmt: skip
from evidence.views import ViewDocument

MODELS: dict[str, Any] = {
    "kind": KindNamed, "place": Place, "camera": CameraNamed, "rule": RuleApplied, "exclusions": Exclusions, "model": ModelNamed, "clocks": Clocks,
}  # fmt: skip
"""Fields of an order that are models of the contract."""


GRADES = (Grade.B, Grade.C)
"""What a worker may claim; A needs people, and bars against it (`evidence.clocks`) hold for good."""


class OrderFault(DetectorError):
    """The body of a debt is no order that this version understands."""


@dataclass(frozen=True, slots=True)
class PacketOrder:
    """A packet that is wanted.

    Raises:
        OrderFault: its grade is A.

    Attributes:
        kind: the kind as it was judged.
        grade: B or C.
        ring_ready_seconds: arrival time at which the clip's tail is there, in the boot `boot_id`.
        view: with its zones and lines where they lay in the picture that was judged.
        moved: how the picture lay against the one that the view was drawn on; None where it was in place.
        ordinal, occasion, ordered_case, ending, quiet: as the manifest has them.
        crowded: whether another thing touches what would be cut of the place once the act's own has gone.
    """

    phase: Phase
    act_id: str
    grade: Grade
    kind: KindNamed
    stay: Stay
    place: Place
    view: ViewDocument
    camera: CameraNamed
    rule: RuleApplied
    permits: tuple[PermitChecked, ...]
    exclusions: Exclusions
    model: ModelNamed
    clocks: Clocks
    ring_ready_seconds: float
    mean_score: float | None = None
    boot_id: str = field(default_factory=boot_id)
    ordinal: int = 0
    occasion: Occasion = Occasion.RULE
    ordered_case: str | None = None
    ending: Ending | None = None
    quiet: QuietNamed | None = None
    moved: ViewMoved | None = None
    crowded: bool = False

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise OrderFault(f"the act {self.act_id} has grade {self.grade.value}: a worker grades at most B; A needs people")

    @property
    def key(self) -> str:
        """Names act and phase, and of those that continue it the number; one debt each."""
        return f"{self.act_id}/{self.phase.value}{f'/{self.ordinal}' if self.ordinal else ''}"

    @property
    def shows_empty(self) -> bool:
        """Whether the last picture of an act that ended shows its place, and nothing there."""
        return not self.crowded and (self.ending is None or self.ending.reason not in ("unseen", "allowed", "breach_over"))

    @property
    def packet_id(self) -> str:
        """The packet's id, the same however often it is built."""
        return packet_id_of(self.act_id, self.phase, self.ordinal)

    def to_debt(self) -> Debt:
        """The order as the state store keeps it."""
        return Debt(self.key, self.camera.id, self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The body of a debt."""
        return {
            "phase": self.phase.value,
            "act_id": self.act_id,
            "grade": self.grade.value,
            "stay": stay_to_json(self.stay),
            "view": self.view.to_json(),
            **{name: getattr(self, name).model_dump(mode="json", by_alias=True) for name in MODELS},
            "permits": [permit.model_dump(mode="json", by_alias=True) for permit in self.permits],
            "ring_ready_seconds": self.ring_ready_seconds,
            "mean_score": self.mean_score,
            "boot_id": self.boot_id,
            "ordinal": self.ordinal,
            "occasion": self.occasion.value,
            "ordered_case": self.ordered_case,
            "ending": None if self.ending is None else self.ending.model_dump(mode="json"),
            "quiet": None if self.quiet is None else self.quiet.model_dump(mode="json"),
            "moved": None if self.moved is None else self.moved.model_dump(mode="json"),
            "crowded": self.crowded,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Reads what `to_json` wrote.

        Raises:
            OrderFault: it is something else, named by field.
        """
        try:
            return cls(
                phase=Phase(body["phase"]),
                act_id=str(body["act_id"]),
                grade=Grade(body["grade"]),
                stay=stay_from_json(body["stay"]),
                view=ViewDocument.model_validate(body["view"]),
                **{name: model.model_validate(body[name]) for name, model in MODELS.items()},
                permits=tuple(PermitChecked.model_validate(permit) for permit in body["permits"]),
                ring_ready_seconds=float(body["ring_ready_seconds"]),
                mean_score=body.get("mean_score"),
                boot_id=str(body["boot_id"]),
                ordinal=int(body.get("ordinal", 0)),
                occasion=Occasion(body.get("occasion", "rule")),
                ordered_case=body.get("ordered_case"),
                ending=None if body.get("ending") is None else Ending.model_validate(body["ending"]),
                quiet=None if body.get("quiet") is None else QuietNamed.model_validate(body["quiet"]),
                moved=None if body.get("moved") is None else ViewMoved.model_validate(body["moved"]),
                crowded=bool(body.get("crowded", False)),
            )
        except ValidationError as error:
            raise OrderFault(f"a packet that is owed cannot be read: {first_fault(error)}") from None
        except (KeyError, TypeError, ValueError, MemoryFault) as error:
            raise OrderFault(f"a packet that is owed cannot be read ({type(error).__name__}: {error})") from error
