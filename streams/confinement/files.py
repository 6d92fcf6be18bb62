"""Which files a process may still open (Landlock, Linux 5.13 and later). Where the kernel knows it not, the process goes on without.

`landlock(7)`: a ruleset names the accesses that are handled, rules allow them beneath folders, and all else that is handled is refused for good.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same on every machine."""
VERSION_FLAG, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
HANDLED = (1 << 13) - 1
"""Those of the first version: running, reading and writing files, listing, making and removing."""
REFER, TRUNCATE = 1 << 13, 1 << 14
"""Known since the second and the third version."""
READING, LIBRARIES = READ_FILE | READ_DIR, READ_FILE | READ_DIR | EXECUTE
FILE_ACCESSES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE


def libraries() -> tuple[Path, ...]:
    """Where this interpreter, its packages and the system's libraries lie."""
    system = ("/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix)
    return (*map(Path, system), Path(__file__).resolve().parents[1])


def only_these_files(*, read: Sequence[Path] = (), write: Sequence[Path] = ()) -> bool:
    """Leaves this process files beneath these folders (or these files) alone; whether the kernel took it.

    Args:
        read: may be read, and loaded as libraries.
        write: may be read, written, made and removed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    if version < 1:
        return False
    handled = HANDLED | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("=Q", handled)
    rules = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        for paths, access in ((read, LIBRARIES), (write, handled & ~EXECUTE)):
            for path in paths:
                with suppress(OSError):  # what is not there cannot be opened either
                    _allow(libc, rules, path, access)
        return bool(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and libc.syscall(RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, access: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", access if path.is_dir() else access & FILE_ACCESSES, place)
        libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0)
    finally:
        os.close(place)
