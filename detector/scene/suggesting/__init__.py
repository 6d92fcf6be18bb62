"""Zones and lines proposed from a picture and from where people and vehicles were seen: a start for the person who draws, never in force by itself."""

from detector.scene.suggesting.evidence import Foot, feet_of_grid, feet_of_things
from detector.scene.suggesting.proposing import propose
from detector.scene.suggesting.values import Reason, Suggested

__all__ = ["Foot", "Reason", "Suggested", "feet_of_grid", "feet_of_things", "propose"]
