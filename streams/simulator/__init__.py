"""An RTSP camera simulator: many cameras from a few clips in one process, with faults on request."""

from streams.simulator.faults import FAULTS, Fault
from streams.simulator.server import SimulatorServer
from streams.simulator.stream import SimulatedStream

__all__ = ["FAULTS", "Fault", "SimulatedStream", "SimulatorServer"]
