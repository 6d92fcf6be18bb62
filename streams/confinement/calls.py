"""What a process that reads a stranger's bytes may not ask of the kernel, whoever has taken it over: other processes, programs, and what else it does not need.

A filter of system calls (seccomp, Linux) that refuses with EPERM; a process of its own user could otherwise end its parent with one `kill`, or read its
memory. Where the machine is of another kind or the kernel knows no filters, the process goes on without: it is still a process of its own.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
LOAD, JUMP_EQUAL, JUMP_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
X32_CALLS = 0x40000000
"""On x86-64 the calls of a second interface begin here, under other numbers."""
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

ALWAYS_REFUSED = {
    # execve, execveat, fork, vfork; kill, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_open, pidfd_send_signal, pidfd_getfd; ptrace, process_vm_readv,
    # process_vm_writev; socketpair, listen, accept, accept4; setrlimit, prlimit64, setpriority; mount, umount2, pivot_root, chroot, unshare, setns; bpf,
    # io_uring_setup, userfaultfd, perf_event_open, add_key, request_key, keyctl
    "x86_64": (
        59, 322, 57, 58, 62, 200, 129, 297, 434, 424, 438, 101, 310, 311, 53, 50, 43, 288, 160, 302, 141, 165, 166, 155, 161, 272, 308, 321, 425, 323, 298,
        248, 249, 250,
    ),
    "aarch64": (
        221, 281, 129, 130, 138, 240, 434, 424, 438, 117, 270, 271, 199, 201, 202, 242, 164, 261, 140, 40, 39, 41, 51, 97, 268, 280, 425, 282, 241, 217,
        218, 219,
    ),
}  # fmt: skip
NETWORK_REFUSED = {
    # clone, clone3, socket, connect, bind, sendto, sendmsg
    "x86_64": (56, 435, 41, 42, 49, 44, 46),
    "aarch64": (220, 435, 198, 203, 200, 206, 211),
}
WRITING_REFUSED = {
    # openat2, creat; unlink(at), rename(at, at2), mkdir(at), rmdir, link(at), symlink(at), mknod(at), chmod, fchmodat, chown, fchownat, truncate
    "x86_64": (437, 85, 87, 263, 82, 264, 316, 83, 258, 84, 86, 265, 88, 266, 133, 259, 90, 268, 92, 260, 76),
    "aarch64": (437, 35, 38, 276, 34, 37, 36, 33, 53, 54, 45),
}
OPENING = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
"""open and openat, and which argument says how."""
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
OWN_ONLY = {"x86_64": 234, "aarch64": 131}
"""tgkill: a process may end itself, as `abort` does."""
CLONE = {"x86_64": (56, 435), "aarch64": (220, 435)}
"""clone and clone3: threads are made by them, and processes; what the second is to make cannot be seen, and without it the C library takes the first."""
CLONE_THREAD = 0x10000
SOCKET = {"x86_64": 41, "aarch64": 198}
FAMILIES = (socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_NETLINK", 16))
"""The last one tells the C library which of the other two there is; sockets in the file system lead to the machine's services."""

Line = tuple[int, int, str, str]
"""An instruction of classic BPF: code, value, where to go if true and if false (`""`: on)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def shut_in(*, files: bool, network: bool = False) -> bool:
    """Refuses this process what it does not need, for good; whether the kernel took it. Threads that run already are not bound: call it before there are any.

    Args:
        files: whether it may go on making, writing and removing files; without, it opens none at all.
        network: whether it may speak to other machines; it may then have threads and open files to read, for names are resolved with them.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    code = program(machine, os.getpid(), files=files, network=network)
    buffer = ctypes.create_string_buffer(code, len(code))
    told = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(told), 0, 0) == 0)


def program(machine: str, pid: int, *, files: bool, network: bool = False) -> bytes:
    """The filter as classic BPF (`struct sock_filter`: code, jumps if true and false, value)."""
    opening = OPENING[machine]
    refused = [*ALWAYS_REFUSED[machine], *(() if network else NETWORK_REFUSED[machine]), *(() if files else WRITING_REFUSED[machine])]
    if not files and not network:
        refused += [number for number, _ in opening]
    asked: dict[int, list[Line]] = {OWN_ONLY[machine]: [_argument(0), (JUMP_EQUAL, pid, "allow", "refuse")]}
    if network:
        clone, clone3 = CLONE[machine]
        asked[clone] = [_argument(0), (JUMP_BITS, CLONE_THREAD, "allow", "refuse")]
        asked[clone3] = [(RETURN, UNKNOWN, "", "")]
        asked[SOCKET[machine]] = [_argument(0), *((JUMP_EQUAL, int(family), "allow", "") for family in FAMILIES), (RETURN, REFUSE, "", "")]
        if not files:
            asked.update({number: [_argument(how), (JUMP_BITS, TO_WRITE, "refuse", "allow")] for number, how in opening})
    lines: list[Line] = [
        (LOAD, ARCHITECTURE_AT, "", ""),
        (JUMP_EQUAL, ARCHITECTURES[machine], "", "refuse"),
        (LOAD, NUMBER_AT, "", ""),
        (JUMP_LEAST, X32_CALLS, "refuse", ""),
        *((JUMP_EQUAL, number, str(number), "") for number in asked),
        *((JUMP_EQUAL, number, "refuse", "") for number in refused),
        (RETURN, ALLOW, "", ""),
    ]
    places: dict[str, int] = {"": 0}
    ends: dict[str, list[Line]] = {"allow": [(RETURN, ALLOW, "", "")], "refuse": [(RETURN, REFUSE, "", "")]}
    for name, block in ({str(number): block for number, block in asked.items()} | ends).items():  # jumps go forward only
        places[name] = len(lines)
        lines += block
    return b"".join(_packed(at, line, places) for at, line in enumerate(lines))


def _argument(number: int) -> Line:
    """Loads the lower half of an argument."""
    return (LOAD, ARGUMENTS_AT + 8 * number, "", "")


def _packed(at: int, line: Line, places: dict[str, int]) -> bytes:
    code, value, *jumps = line
    return struct.pack("=HBBI", code, *(places[name] - at - 1 if name else 0 for name in jumps), value)
