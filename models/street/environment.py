"""Whether streets can be rendered here: that needs Blender as a Python module, which the runtime does without."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

from models.errors import StreetError, first_line

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
    _load_quietly()


def _load_quietly() -> None:
    """Loads Blender. Its wheel was built for NumPy 1 and says so on the process's standard error beside NumPy 2; what is used here works."""
    sys.stderr.flush()
    real, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        importlib.import_module("bpy")
    except Exception as error:  # a library of the system that is missing, another Python, a damaged wheel
        reason = first_line(error, 160)
        raise StreetError(f"Blender's module bpy is there but does not load: {reason}") from None
    finally:
        os.dup2(real, 2)
        os.close(real)
        os.close(nowhere)
