"""What a decoder's process may not ask of the kernel, whoever has taken it over: other processes, the network, programs, files.

A filter of system calls (seccomp, Linux) that refuses with EPERM; a process of its own user could otherwise end its parent with one `kill`, or read its
memory. Where the machine is of another kind or the kernel knows no filters, the process goes on without: it is still a process of its own.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD, JUMP_EQUAL, JUMP_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
X32_CALLS = 0x40000000
"""On x86-64 the calls of a second interface begin here, under other numbers."""

ALWAYS_REFUSED = {
    # execve, execveat, fork, vfork, clone, clone3; kill, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_open, pidfd_send_signal, pidfd_getfd; ptrace,
    # process_vm_readv, process_vm_writev; socket, socketpair, connect, bind, listen, accept, accept4, sendto, sendmsg; setrlimit, prlimit64, setpriority;
    # mount, umount2, pivot_root, chroot, unshare, setns; bpf, io_uring_setup, userfaultfd, perf_event_open, add_key, request_key, keyctl
    "x86_64": (
        59, 322, 57, 58, 56, 435, 62, 200, 129, 297, 434, 424, 438, 101, 310, 311, 41, 53, 42, 49, 50, 43, 288, 44, 46, 160, 302, 141, 165, 166, 155, 161,
        272, 308, 321, 425, 323, 298, 248, 249, 250,
    ),
    "aarch64": (
        221, 281, 220, 435, 129, 130, 138, 240, 434, 424, 438, 117, 270, 271, 198, 199, 203, 200, 201, 202, 242, 206, 211, 164, 261, 140, 40, 39, 41, 51,
        97, 268, 280, 425, 282, 241, 217, 218, 219,
    ),
}  # fmt: skip
FILES_REFUSED = {
    # open, openat, openat2, creat; unlink(at), rename(at, at2), mkdir(at), rmdir, link(at), symlink(at), mknod(at), chmod, fchmodat, chown, fchownat, truncate
    "x86_64": (2, 257, 437, 85, 87, 263, 82, 264, 316, 83, 258, 84, 86, 265, 88, 266, 133, 259, 90, 268, 92, 260, 76),
    "aarch64": (56, 437, 35, 38, 276, 34, 37, 36, 33, 53, 54, 45),
}
OWN_ONLY = {"x86_64": 234, "aarch64": 131}
"""tgkill: a process may end itself, as `abort` does."""
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def shut_in(*, files: bool) -> bool:
    """Refuses this process what a decoder does not need, for good; whether the kernel took it.

    Args:
        files: whether it may go on opening, making and removing files.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    code = program(machine, os.getpid(), files=files)
    buffer = ctypes.create_string_buffer(code, len(code))
    told = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(told), 0, 0) == 0)


def program(machine: str, pid: int, *, files: bool) -> bytes:
    """The filter as classic BPF (`struct sock_filter`: code, jumps if true and false, value)."""
    refused = (*ALWAYS_REFUSED[machine], *(() if files else FILES_REFUSED[machine]))
    count = len(refused)
    lines = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (JUMP_EQUAL, 0, count + 6, ARCHITECTURES[machine]),
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_LEAST, count + 4, 0, X32_CALLS),
        (JUMP_EQUAL, count + 1, 0, OWN_ONLY[machine]),
        *((JUMP_EQUAL, count - at + 2, 0, number) for at, number in enumerate(refused)),
        # fallen through: allowed; here lands the call that may only mean itself
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_EQUAL, 1, 0, pid),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
