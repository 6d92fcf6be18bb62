"""Processes that read what unknown cameras send, shut in: bounds on memory, system calls that they do not need, files that they have no business with."""

from streams.confinement.calls import shut_in
from streams.confinement.files import libraries, only_these_files
from streams.confinement.limits import bounded

__all__ = ["bounded", "libraries", "only_these_files", "shut_in"]
