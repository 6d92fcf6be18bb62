"""An RTSP camera simulator: many cameras from a few clips in one process, with faults on request."""

from streams.simulator.server import SimulatedStream, SimulatorServer

__all__ = ["SimulatedStream", "SimulatorServer"]
