"""The table of states and transitions."""

from __future__ import annotations

import pytest

from api.errors import Conflict, Unusable
from api.states import Action, Decision, State, after, check
from evidence.kinds import load_catalogue

LEADS_TO = {
    ("open", "confirm"): "confirmed",
    ("open", "reject"): "rejected",
    ("open", "change_kind"): "open",
    ("confirmed", "reopen"): "open",
    ("rejected", "reopen"): "open",
    ("disputed", "confirm"): "confirmed",
    ("disputed", "reject"): "rejected",
    ("disputed", "change_kind"): "disputed",
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
def test_every_pair_is_a_transition_or_refused(state: State, action: Action) -> None:
    decision = Decision(action, 1, kind="V3" if action is Action.CHANGE_KIND else None)
    expected = LEADS_TO.get((state.value, action.value))
    if expected is None:
        with pytest.raises(Conflict):
            after(state, "V2", decision)
    else:
        assert after(state, "V2", decision) == expected


def test_a_change_to_the_same_kind_is_refused() -> None:
    with pytest.raises(Conflict, match="already"):
        after(State.OPEN, "V2", Decision(Action.CHANGE_KIND, 1, kind="V2"))


@pytest.mark.parametrize(
    ("decision", "names"),
    [
        pytest.param(Decision(Action.REJECT, 1), "reason: is missing", id="rejected without a reason"),
        pytest.param(Decision(Action.REJECT, 1, reason="because"), "reason: 'because' is not in the catalogue", id="an unknown reason"),
        pytest.param(Decision(Action.CONFIRM, 1, reason="permit"), "reason: does not belong", id="confirmed with a reason"),
        pytest.param(Decision(Action.CHANGE_KIND, 1), "kind: is missing", id="no kind to change to"),
        pytest.param(Decision(Action.CHANGE_KIND, 1, kind="V99"), "kind: 'V99' is not in the catalogue", id="an unknown kind"),
        pytest.param(Decision(Action.REOPEN, 1, kind="V3"), "kind: does not belong", id="reopened with a kind"),
    ],
)
def test_what_a_decision_must_say(decision: Decision, names: str) -> None:
    with pytest.raises(Unusable, match=names):
        check(decision, load_catalogue())
