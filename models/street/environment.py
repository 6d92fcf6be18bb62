"""Whether streets can be rendered here: that needs Blender as a Python module, which the runtime does without."""

from __future__ import annotations

import importlib.util
import sys

from models.errors import StreetError

PYTHON = (3, 11)
"""The Python that the wheel of bpy 4.4 is for."""


def require_street() -> None:
    """Checks that Blender is there.

    Raises:
        StreetError: it is not; the message says how to get it.
    """
    if importlib.util.find_spec("bpy") is None:
        advice = "pip install 'curbwatch[street]'"
        if sys.version_info[:2] != PYTHON:
            advice = f"its wheel is for Python {PYTHON[0]}.{PYTHON[1]}: make an environment with that, then {advice}"
        raise StreetError(f"rendering needs Blender as the Python module bpy (extra street): {advice}")
