"""Prints the list of a footage folder's frames as `footage.txt` holds it: python -m models.photographs FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from models.photographs.footage import hashes_in

if __name__ == "__main__":
    for value, place in hashes_in(Path(sys.argv[1])):
        sys.stdout.write(f"{value:016x} {place}\n")
