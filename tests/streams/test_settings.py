"""What cameras of one reader share: how many handshakes at a time a host bears."""

from __future__ import annotations

from streams.settings import Neighbours


async def test_a_host_with_a_bound_of_its_own_bears_that_many_at_a_time() -> None:
    neighbours = Neighbours(8)
    neighbours.bound({"recorder": 2})
    recorder, other = neighbours.gate("recorder"), neighbours.gate("camera")
    for gate, most in ((recorder, 2), (other, 8)):
        for _ in range(most):
            assert not gate.locked()
            await gate.acquire()
        assert gate.locked()
    neighbours.bound({"recorder": 2, "gateway": 1})
    assert neighbours.gate("recorder") is recorder, "what has not changed goes on"
    assert neighbours.gate("camera") is other
    neighbours.bound({"gateway": 1})
    assert not neighbours.gate("recorder").locked(), "it bears as many as the others now"
