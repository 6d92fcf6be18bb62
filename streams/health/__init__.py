"""Picture health: whether what a camera sends can be looked at. Luma in, verdicts out; no clock, no thread, no decoder.

A verdict comes and goes with hysteresis: what is wrong must be wrong for some pictures and seconds, and right again for some pictures. The thresholds are
those that the trade publishes (DOMAIN.md 5, [S75]): lost after 5 s, frozen where 10 pictures are alike, mean luma below 30 or above 220, contrast (standard
deviation) below 25. Where one of them alone would call a sound picture broken, more is asked, and the constant says what.
"""

from streams.health.faults import Fault, HealthSettings
from streams.health.health import HealthState, Measured, blind_by, health_after, health_measured, is_lost, is_mush
from streams.health.measures import alike_share, blur_effect, brightness_of, contrast_of, edge_strength, fine_detail

__all__ = [
    "Fault",
    "HealthSettings",
    "HealthState",
    "Measured",
    "alike_share",
    "blind_by",
    "blur_effect",
    "brightness_of",
    "contrast_of",
    "edge_strength",
    "fine_detail",
    "health_after",
    "health_measured",
    "is_lost",
    "is_mush",
]
