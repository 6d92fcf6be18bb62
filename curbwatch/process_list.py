"""Keeps camera passwords out of the process list: everybody on a machine may read everybody's command lines.

The arguments of a process lie in its own memory, where the kernel reads them for `ps` and `/proc/PID/cmdline`; what is written there is what is shown. A
worker gets its addresses by pipe in any case; this is for the front door, on whose command line a person may have typed one.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

STAT = Path("/proc/self/stat")
ARGUMENTS_BEGIN, ARGUMENTS_END = 47, 48
"""Places of arg_start and arg_end among the fields of /proc/self/stat (proc(5), fields 48 and 49)."""
USER_INFO = re.compile(rb"(?<=://)[^/\s\0]*(?=@)")
"""Whatever stands between `://` and the last `@` before the path."""


def hide_user_info() -> None:
    """Overwrites user names and passwords of addresses in this process' arguments with asterisks of the same length.

    Where that cannot be done (another system than Linux), nothing happens.
    """
    try:
        fields = STAT.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        begin, end = int(fields[ARGUMENTS_BEGIN - 2]), int(fields[ARGUMENTS_END - 2])
    except (OSError, ValueError, IndexError):
        return
    if not 0 < begin < end:
        return
    arguments = ctypes.string_at(begin, end - begin)
    hidden = USER_INFO.sub(lambda found: b"*" * len(found[0]), arguments)
    if hidden != arguments:
        ctypes.memmove(begin, hidden, len(hidden))
