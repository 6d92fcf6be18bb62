"""The exception tree of the contract.

EvidenceError
├── ViewError        a view document is not usable
├── CatalogueError   a catalogue of kinds is not usable
├── PacketError      a packet or manifest is not usable
│   └── CanonicalError   a value has no canonical JSON (not a number, a lone surrogate, a key that is no text)
├── SignatureFault   a signature is not this key's, or not over this document
├── KeyFileError     a key, or the file that holds it, is not usable
└── VerifyError      what is to be verified, or with what, cannot be read at all
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


class CanonicalError(PacketError):
    """A value has no canonical JSON."""


class SignatureFault(EvidenceError):
    """A signature is not this key's, or not over this document."""


class KeyFileError(EvidenceError):
    """A key, or the file that holds it, is not usable."""


class VerifyError(EvidenceError):
    """What is to be verified, or with what, cannot be read at all."""
