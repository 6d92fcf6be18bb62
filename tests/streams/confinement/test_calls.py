"""The filter of system calls, instruction by instruction."""

from __future__ import annotations

import os
import struct

import pytest

from streams.confinement.calls import (
    ALLOW,
    ALWAYS_REFUSED,
    ARCHITECTURES,
    CLONE,
    CLONE_THREAD,
    NETWORK_REFUSED,
    OPENING,
    OWN_ONLY,
    REFUSE,
    SOCKET,
    UNKNOWN,
    WRITING_REFUSED,
    program,
)


def verdict(code: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would say."""
    lines = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    at = value = 0
    while True:
        kind, yes, no, constant = lines[at]
        if kind == 0x06:
            return constant
        at += 1
        if kind == 0x20:
            asked = (constant - 16) // 8
            value = {0: number, 4: architecture}.get(constant, arguments[asked] if 0 <= asked < len(arguments) else 0)
        else:
            at += yes if {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[kind] else no


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize("files", [False, True])
def test_what_is_refused(machine: str, files: bool, network: bool) -> None:
    code, own = program(machine, 7, files=files, network=network), ARCHITECTURES[machine]
    refused = {number for number in range(500) if verdict(code, own, number) != ALLOW}
    opening = {number for number, _ in OPENING[machine]}
    expected = {*ALWAYS_REFUSED[machine], OWN_ONLY[machine], *(() if files else WRITING_REFUSED[machine]), *(() if files or network else opening)}
    assert refused == expected | (set(CLONE[machine]) | {SOCKET[machine]} if network else set(NETWORK_REFUSED[machine]))
    assert verdict(code, own, OWN_ONLY[machine], 7) == ALLOW
    assert verdict(code, own, 0x40000001) != ALLOW
    assert verdict(code, 1, 0) != ALLOW


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_what_the_network_needs_and_no_more(machine: str) -> None:
    code, own = program(machine, 7, files=False, network=True), ARCHITECTURES[machine]
    clone, clone3 = CLONE[machine]
    assert verdict(code, own, clone, CLONE_THREAD | 0x100) == ALLOW, "a thread"
    assert verdict(code, own, clone, 0x11) == REFUSE, "a process"
    assert verdict(code, own, clone3, 0) == UNKNOWN, "so that the C library takes the other"
    assert [verdict(code, own, SOCKET[machine], family) for family in (1, 2, 10, 16, 17)] == [REFUSE, ALLOW, ALLOW, ALLOW, REFUSE]
    for number, how in OPENING[machine]:
        flags = (os.O_RDONLY | os.O_CLOEXEC, os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC)
        assert [verdict(code, own, number, *[0] * how, flag) for flag in flags] == [ALLOW, REFUSE, REFUSE, REFUSE, REFUSE]
