"""The root of the exception tree of looking and deciding; each module's own errors derive from it."""

from __future__ import annotations


class DetectorError(Exception):
    """Root of what looking, deciding and evidencing can raise."""
