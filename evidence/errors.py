"""The exception tree of the contract.

EvidenceError
├── ViewError        a view document is not usable
├── CatalogueError   a catalogue of kinds is not usable
├── PacketError      a packet or manifest is not usable
└── KeyFileError     a key file is not usable
"""

from __future__ import annotations


class EvidenceError(Exception):
    """Root of what the contract can raise."""


class ViewError(EvidenceError):
    """A view document is not usable."""


class CatalogueError(EvidenceError):
    """A catalogue of kinds is not usable."""


class PacketError(EvidenceError):
    """A packet or manifest is not usable."""


class KeyFileError(EvidenceError):
    """A key file is not usable."""
