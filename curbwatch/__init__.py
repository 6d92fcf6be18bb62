"""curbwatch 千里眼: the command line and settings, the front door of the house."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("curbwatch")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"
