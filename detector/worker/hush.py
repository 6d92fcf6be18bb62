"""What one camera keeps quiet about: the things that people have silenced, and the alarms that were kept back because of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from detector.judgement.counting import enough_of
from detector.judgement.quiet import QuietThing, Suppressed, quiet_thing, suppresses
from detector.judgement.rulebook import Rulebook
from detector.judgement.values import Stay, ViewState
from evidence.packet import act_id_of
from evidence.quiet import QuietNamed, is_shown
from evidence.views import ViewDocument


@dataclass(slots=True)
class Hush:
    """One camera's silence.

    A stay whose alarm was kept back is under no suspicion while its order stands: it hurries no looks and opens no main stream, and is looked at as anything
    that stands there.

    Attributes:
        things: by the orders that stand.
    """

    things: tuple[QuietThing, ...] = ()
    _kept_back: dict[str, Suppressed] = field(default_factory=dict)
    """By stay id."""
    _untold: deque[Suppressed] = field(default_factory=deque)

    def order(self, things: tuple[QuietThing, ...]) -> None:
        """Puts other orders in force; what was kept back by one that stands no more is under suspicion again, and is judged by the next look."""
        self.things = things
        standing = {thing.order_id for thing in things}
        self._kept_back = {stay_id: one for stay_id, one in self._kept_back.items() if one.order_id in standing}

    def keeps_quiet(self, view: ViewDocument, kind: str, stay: Stay, now: datetime, book: Rulebook | None = None) -> bool:
        """Whether a stay that fulfils its kind's rule raises no alarm; the first time that is noted, to be told.

        Args:
            book: of a kind of which it takes several, the rules by which the others may be enough without the quiet one: they are not kept back with it.
        """
        thing = quiet_thing(self.things, view.view_id, kind, stay, now)
        act_id = _act_id(view, kind, stay)
        if thing is None or not suppresses(thing, act_id) or (book is not None and _are_enough_without(book, kind, stay, now)):
            self._kept_back.pop(stay.stay_id, None)
            return False
        if stay.stay_id not in self._kept_back:
            self._kept_back[stay.stay_id] = made = Suppressed(thing.order_id, view.camera_id, act_id, kind, now)
            self._untold.append(made)
        return True

    def named(self, view: ViewDocument, kind: str, stay: Stay, now: datetime) -> QuietNamed | None:
        """By which order a thing is quiet whose alarm is raised all the same, being one of those that are shown; None of any other."""
        if not self.things or not is_shown(_act_id(view, kind, stay)):
            return None
        thing = quiet_thing(self.things, view.view_id, kind, stay, now)
        return None if thing is None else thing.named

    def is_suspicious(self, state: ViewState) -> bool:
        """Whether something stands there that may become an alarm."""
        return state.suspicious and any(stay.suspected and stay.confirmed_kind is None and stay.stay_id not in self._kept_back for stay in state.stays)

    def forget_all_but(self, stays: Iterable[Stay]) -> None:
        """Of stays that are over nothing need be remembered."""
        if self._kept_back:
            standing = {stay.stay_id for stay in stays}
            self._kept_back = {stay_id: one for stay_id, one in self._kept_back.items() if stay_id in standing}

    def untold(self) -> list[Suppressed]:
        """The alarms that were kept back since this was asked last; on any thread."""
        told = []
        while self._untold:
            told.append(self._untold.popleft())
        return told


def _are_enough_without(book: Rulebook, kind_id: str, leader: Stay, now: datetime) -> bool:
    """Whether the others that a stay leads, each with its own dwell, are as many as the kind asks for without it."""
    rule = book.rules.get(kind_id)
    if rule is None or not leader.members:
        return False
    others = [(one.xyxy, one.stands_for) for one in leader.members if one.dwell_seconds >= rule.kind.dwell_seconds]
    return bool(enough_of(book, rule.kind, others, now))


def _act_id(view: ViewDocument, kind: str, stay: Stay) -> str:
    """Of the act that the stay is, or would have been."""
    return act_id_of(view.camera_id, view.view_id, kind, stay.first_wall, stay.stay_id)
