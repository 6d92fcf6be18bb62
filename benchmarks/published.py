"""Figures that others published and nobody here has measured, each with its source, and machines to think of; `bench capacity` marks them as such."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU and what one look costs on it.

    Attributes:
        model: that the figure is of; where it is not the shipped network the figure is a guide only.
        ms_per_look: milliseconds of the card.
        holds: what the milliseconds contain.
        measured: whether here, and not by somebody else.
    """

    name: str
    model: str
    ms_per_look: float
    holds: str
    source: str
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """A machine to place cameras on; `network_gbit` None where it is not known. `slots`: most cards that it takes."""

    name: str
    cores: int
    memory_gib: float
    network_gbit: float | None
    slots: int


CARDS: dict[str, Card] = {
    "t4": Card("T4", "YOLO26n", 1.7, "inference, TensorRT FP16, 640x640", "Ultralytics, model table"),
    "t4-11n": Card("T4", "YOLO11n", 1.5, "inference, TensorRT FP16, 640x640", "Ultralytics, model table"),
    "t4-26s": Card("T4", "YOLO26s", 2.5, "inference, TensorRT FP16, 640x640", "Ultralytics, model table"),
    "t4-26m": Card("T4", "YOLO26m", 4.7, "inference, TensorRT FP16, 640x640", "Ultralytics, model table"),
    "a4000": Card("A4000", "YOLOv8m", 1000 / 264, "Savant's whole pipeline, 264 pictures a second", "Savant, performance page"),
    "l40s": Card("L40S", "RT-DETR-R50", 1000 / (15 * 30), "NVIDIA's whole pipeline, 15 streams of 30 fps", "NVIDIA, RT-DETR pipeline"),
    "rtx-pro-6000": Card("RTX Pro 6000", "RT-DETR-R50", 1000 / (29 * 30), "NVIDIA's whole pipeline, 29 streams of 30 fps", "NVIDIA, RT-DETR pipeline"),
    "h100": Card("H100", "RT-DETR-R50", 1000 / (50 * 30), "NVIDIA's whole pipeline, 50 streams of 30 fps", "NVIDIA, RT-DETR pipeline"),
}
"""Milliseconds a look by card. The whole pipelines decode too and run far heavier models: guides to an order of size, not forecasts."""

SERVERS: dict[str, Server] = {
    "small": Server("small: 16 cores, 64 GiB, 10 Gb/s", 16, 64, 10, 1),
    "medium": Server("medium: 32 cores, 128 GiB, 25 Gb/s", 32, 128, 25, 2),
    "large": Server("large: 64 cores, 256 GiB, 25 Gb/s", 64, 256, 25, 4),
}
"""Machines as they are sold; whether a core of theirs is worth a core of the measured one is an assumption."""
