from __future__ import annotations

import pytest

from streams.errors import CameraSpecError
from streams.simulator.faults import FAULTS, METHODS, Act, Fault, parse_fault


def test_an_address_without_a_fault_asks_for_none() -> None:
    assert parse_fault("rtsp://h/1") == Fault()
    assert parse_fault("rtsp://h/1?fault=none") == Fault()


def test_an_address_names_a_fault_with_its_figures() -> None:
    assert parse_fault("rtsp://h/1?fault=loss&after=0&share=0.5") == Fault("loss", 0.0, 0.5)
    assert parse_fault("rtsp://h/1?fault=clock_jump").amount == 3600.0, "the table's default"


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("fault=stal", "'stal' is not known"),
        ("fault=stall&after=soon", "after='soon'"),
        ("fault=stall&after=-1", "after='-1'"),
        ("fault=loss&share=1.5", "share='1.5'"),
        ("fault=loss&share=nan", "share='nan'"),
    ],
)
def test_a_wrong_query_is_refused_by_name(query: str, complaint: str) -> None:
    with pytest.raises(CameraSpecError, match=complaint):
        parse_fault(f"rtsp://h/1?{query}")


def test_every_request_can_be_hung_closed_reset_garbled_and_failed() -> None:
    for method in METHODS:
        low = method.lower()
        acts = [Fault(f"{word}_{low}").instead_of(method) for word in ("hang", "close", "reset", "garbage", "error")]
        assert acts == [Act.SILENCE, Act.CLOSE, Act.RESET, Act.GARBAGE, 500]
        assert Fault(f"hang_{low}").instead_of("OTHER") is None


def test_every_line_of_the_table_says_what_it_does() -> None:
    assert all(kind.summary and not kind.summary.endswith(".") for kind in FAULTS.values())


def test_a_fault_begins_at_its_time_in_play() -> None:
    assert not Fault("stall", after_seconds=2.0).begun(1.9)
    assert Fault("stall", after_seconds=2.0).begun(2.0)
    assert not Fault().begun(100.0)
