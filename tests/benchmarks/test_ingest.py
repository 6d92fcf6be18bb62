from __future__ import annotations

import pytest

from benchmarks.ingest import receive_buffer_told
from streams.udp import ReceiveBuffer, receive_buffer


@pytest.mark.parametrize(
    ("buffer", "told"),
    [
        (
            ReceiveBuffer(8 << 20, forced=True),
            "8192 KiB to receive (beyond net.core.rmem_max, as root; other users need that setting); datagrams were read in rounds",
        ),
        (ReceiveBuffer(8 << 20, forced=False), "8192 KiB to receive (within net.core.rmem_max); datagrams were read in rounds"),
        (ReceiveBuffer(425_984, forced=False), "416 KiB to receive (within net.core.rmem_max); datagrams were read as they come"),
    ],
    ids=["as root", "a system that is set so", "a system as it comes"],
)
def test_which_buffer_was_granted_is_told(buffer: ReceiveBuffer, told: str) -> None:
    assert told in receive_buffer_told(buffer)


def test_it_is_what_a_socket_of_this_process_gets() -> None:
    assert receive_buffer().size > 4096
