"""The exception tree of reading cameras.

StreamsError
├── CameraSpecError         a camera's address cannot be used
├── ResolverFailed          a camera's resolver gives no usable address
├── RtspError               an exchange with a camera failed
│   ├── AuthenticationRefused   401: wrong or missing password; tried again only after a long pause (cameras lock accounts)
│   │   └── LoginPaused             not tried: the same password was refused a moment ago
│   ├── StreamForbidden         403: this user may not see this stream
│   ├── StreamNotFound          404 or 454 on the address
│   ├── RequestRefused          any other refusal
│   │   └── SessionForgotten        454: the session is over, a fresh one is begun at once
│   ├── Redirected              the camera wants to be asked at another address (followed by the reader, at most five times)
│   ├── StreamEnded             the camera says that its stream is over (RTCP BYE, TEARDOWN, an end-of-stream notice)
│   ├── TlsRefused              the encrypted connection cannot be made
│   │   └── CertificateRefused      its certificate is not trusted, and that was asked for
│   ├── ProtocolViolation       the peer does not speak RTSP as it should
│   ├── Unsupported             nothing that this reader can read (no H.264 or H.265)
│   │   └── NoVideo                 nor any other reader: there is no video
│   └── CameraTimeout           a deadline passed (also a builtin TimeoutError)
├── DecodeError             a keyframe cannot be decoded
│   └── DecoderCrashed          and took the decoder's process with it: it crashed, hung or ate memory
├── RemuxError              a clip cannot be written
└── RecordedFileError       a video file cannot be read
"""

from __future__ import annotations


class StreamsError(Exception):
    """Root of what reading cameras can raise."""


class CameraSpecError(StreamsError):
    """A camera's address cannot be used."""


class ResolverFailed(StreamsError):
    """A camera's resolver gives no usable address."""


class RtspError(StreamsError):
    """An exchange with a camera failed."""


class AuthenticationRefused(RtspError):
    """The camera does not accept the user name and password."""


class LoginPaused(AuthenticationRefused):
    """The password was refused a moment ago, by this camera or another of its recorder, and is not tried again for so many `seconds`."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.seconds = seconds


class StreamForbidden(RtspError):
    """The camera knows the user but shows it nothing here."""


class StreamNotFound(RtspError):
    """The camera does not know the address."""


class RequestRefused(RtspError):
    """The camera refused a request."""


class SessionForgotten(RequestRefused):
    """The camera does not know the session any more."""


class Redirected(RtspError):
    """The camera wants to be asked at another address; `location` is as it came and may hold a password.

    `from_here`: the camera that says so is on this machine itself, so it may lead to this machine.
    """

    def __init__(self, location: str, *, from_here: bool = False) -> None:
        super().__init__("the camera redirects to another address")
        self.location, self.from_here = location, from_here


class StreamEnded(RtspError):
    """The camera says that its stream is over."""


class TlsRefused(RtspError):
    """The encrypted connection cannot be made."""


class CertificateRefused(TlsRefused):
    """The camera's certificate is not trusted, where that was asked for."""


class ProtocolViolation(RtspError):
    """The peer does not speak RTSP as it should."""


class Unsupported(RtspError):
    """The camera offers nothing that this reader can read."""


class NoVideo(Unsupported):
    """The camera offers no video at all."""


class CameraTimeout(RtspError, TimeoutError):
    """A deadline passed."""


class DecodeError(StreamsError):
    """A keyframe cannot be decoded."""


class DecoderCrashed(DecodeError):
    """A picture took the decoder's process with it."""


class RemuxError(StreamsError):
    """A clip cannot be written."""


class RecordedFileError(StreamsError):
    """A video file cannot be read."""
