"""The exception tree of the demo.

DemoError
├── CameraListError   the list of the demo's cameras is not usable
├── TruthError        the clips' ground truth is not usable
└── StartError        a part of the demo (cameras, API, worker) did not start
"""

from __future__ import annotations


class DemoError(Exception):
    """Root of what the demo can raise; one line, with what to do."""


class CameraListError(DemoError):
    """The list of the demo's cameras is not usable."""


class TruthError(DemoError):
    """The clips' ground truth is not usable."""


class StartError(DemoError):
    """A part of the demo did not start."""
