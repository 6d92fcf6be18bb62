"""The machine that a figure comes from: without it a benchmark says nothing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("av", "numpy", "onnxruntime", "onnxruntime-gpu", "opencv-python-headless", "tensorrt-cu13")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, cores, memory, cards and software of this machine, and when it was asked."""

    processor: str
    cores: int
    memory_gib: float
    cards: tuple[str, ...]
    system: str
    python: str
    libraries: dict[str, str]
    at: str

    @property
    def line(self) -> str:
        """One line for the head of a table."""
        cards = ", ".join(self.cards) or "no GPU"
        return f"{self.processor}, {self.cores} cores, {self.memory_gib:.0f} GiB, {cards}; {self.system}, Python {self.python}"


def this_machine() -> Machine:
    """Asks this machine."""
    return Machine(
        _processor(),
        len(os.sched_getaffinity(0)),
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        _cards(),
        f"{platform.system()} {platform.release()}",
        platform.python_version(),
        {name: found for name in LIBRARIES if (found := _version(name))},
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return " ".join(value.split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _cards() -> tuple[str, ...]:
    if shutil.which("nvidia-smi") is None:
        return ()
    asked = subprocess.run(
        ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"], capture_output=True, text=True, check=False, timeout=30
    )
    return tuple(line.strip() for line in asked.stdout.splitlines() if line.strip()) if asked.returncode == 0 else ()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
