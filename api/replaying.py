"""Where a case must stand, by its decisions alone: a second account beside the one that `api.decisions` keeps in the case's row. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from api.states import DECIDED, TRANSITIONS, Action, Decision, State, second_of


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as it stands in the database, or (`lapsed`) a seal that came off because nobody answered."""

    log_index: int
    by: str
    action: Action
    version: int
    state_before: State
    seal_before: int | None
    sealed: bool
    lapsed: bool = False
    at: datetime | None = None
    kind: str | None = None
    kind_before: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A case's state and kind, the first decision that is under seal, and when it came to a state that stands."""

    state: State = State.OPEN
    seal: int | None = None
    kind: str | None = None
    decided_at: datetime | None = None


@dataclass(slots=True)
class Replay:
    """The decisions of one case, oldest first, and where they lead: `at`; None where one of them was not possible. `undone` are those that were taken back;
    `hidden` those that nobody but their author may know of yet.
    """

    at: Standing | None
    made: list[Made] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    def first_under_seal(self) -> Made | None:
        """The decision that waits for a second one."""
        return None if self.at is None else self._of(self.at.seal)

    def _of(self, log_index: int | None) -> Made | None:
        return next((one for one in self.made if one.log_index == log_index and not one.lapsed), None)

    def add(self, one: Made) -> None:
        """One more."""
        first, last = self.first_under_seal(), next((made for made in reversed(self.made) if not made.lapsed), None)
        undoes_hidden = one.action is Action.UNDO and last is not None and last.log_index in self.hidden
        self.at = None if self.at is None else self._after(self.at, one)
        self.made.append(one)
        if not one.lapsed and (one.sealed or (first is not None and first.by == one.by) or undoes_hidden):
            self.hidden.add(one.log_index)
        elif one.lapsed or self.at is None or self.at.state is not State.OPEN:
            self.hidden.clear()

    def _after(self, at: Standing, one: Made) -> Standing | None:
        first = self._of(at.seal)
        if one.lapsed:
            return None if first is None else Standing(TRANSITIONS[State.OPEN, first.action], None, at.kind, first.at)
        if (one.state_before, one.seal_before) != (at.state, at.seal) or (one.kind_before is not None and at.kind is not None and one.kind_before != at.kind):
            return None
        if one.action is Action.UNDO:
            return self._undo(at, one)
        if first is not None and first.by != one.by:
            return _standing(second_of(TRANSITIONS[State.OPEN, first.action], Decision(one.action, one.version)), at.kind, one)
        if first is not None:
            return Standing(kind=at.kind) if one.action is Action.REOPEN else None
        following = TRANSITIONS.get((at.state, one.action))
        if following is None:
            return None
        if one.sealed:
            return replace(at, state=State.OPEN, seal=one.log_index)
        return _standing(following, one.kind if one.action is Action.CHANGE_KIND else at.kind, one)

    def _undo(self, at: Standing, one: Made) -> Standing | None:
        last = next((made for made in reversed(self.made) if not made.lapsed), None)
        if last is None or last.by != one.by or last.action is Action.UNDO:
            return None
        self.undone.add(last.log_index)
        before = [made.at for made in self.made if made.log_index < last.log_index and made.log_index not in self.undone and not made.lapsed]
        decided_at = before[-1] if before and last.state_before in DECIDED else None
        return Standing(last.state_before, last.seal_before, last.kind_before or at.kind, decided_at)


def replayed(made: Iterable[Made], kind: str | None = None) -> Replay:
    """The decisions of a case that came as a kind."""
    replay = Replay(Standing(kind=kind))
    for one in made:
        replay.add(one)
    return replay


def _standing(state: State, kind: str | None, one: Made) -> Standing:
    return Standing(state, None, kind, one.at if state in DECIDED else None)
