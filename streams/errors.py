"""The exception tree of reading cameras.

StreamsError
├── CameraSpecError         a camera's address cannot be used
├── RtspError               an exchange with a camera failed
│   ├── AuthenticationRefused   401: wrong or missing password; tried again only after a long pause (cameras lock accounts)
│   │   └── LoginPaused             not tried: the same password was refused a moment ago
│   ├── StreamForbidden         403: this user may not see this stream
│   ├── StreamNotFound          404 or 454 on the address
│   ├── RequestRefused          any other refusal
│   ├── ProtocolViolation       the peer does not speak RTSP as it should
│   ├── Unsupported             nothing that this reader can read (no H.264 or H.265)
│   └── CameraTimeout           a deadline passed (also a builtin TimeoutError)
├── DecodeError             a keyframe cannot be decoded
├── RemuxError              a clip cannot be written
└── RecordedFileError       a video file cannot be read
"""

from __future__ import annotations


class StreamsError(Exception):
    """Root of what reading cameras can raise."""


class CameraSpecError(StreamsError):
    """A camera's address cannot be used."""


class RtspError(StreamsError):
    """An exchange with a camera failed."""


class AuthenticationRefused(RtspError):
    """The camera does not accept the user name and password."""


class LoginPaused(AuthenticationRefused):
    """The password was refused a moment ago, by this camera or another of its recorder, and is not tried again yet."""


class StreamForbidden(RtspError):
    """The camera knows the user but shows it nothing here."""


class StreamNotFound(RtspError):
    """The camera does not know the address."""


class RequestRefused(RtspError):
    """The camera refused a request."""


class ProtocolViolation(RtspError):
    """The peer does not speak RTSP as it should."""


class Unsupported(RtspError):
    """The camera offers nothing that this reader can read."""


class CameraTimeout(RtspError, TimeoutError):
    """A deadline passed."""


class DecodeError(StreamsError):
    """A keyframe cannot be decoded."""


class RemuxError(StreamsError):
    """A clip cannot be written."""


class RecordedFileError(StreamsError):
    """A video file cannot be read."""
