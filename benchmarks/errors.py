"""The exception tree of measuring.

BenchmarkError
├── PeerMissing     a contender cannot run on this machine; it is skipped by name
└── ResultError     a file of former results cannot be used
"""

from __future__ import annotations


class BenchmarkError(Exception):
    """Root of what measuring can raise."""


class PeerMissing(BenchmarkError):
    """A contender cannot run on this machine."""


class ResultError(BenchmarkError):
    """A file of former results cannot be used."""
