"""What an answer that is no 200 means. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from streams.errors import Redirected, RequestRefused, RtspError, SessionForgotten, StreamForbidden, StreamNotFound, Unsupported
from streams.rtsp.messages import Response, shown

NO_SUCH_SESSION = 454


def refusal(answer: Response, method: str, ways: Sequence[str]) -> RtspError:
    """The error that a refused request stands for; `ways` are the transports that it has refused."""
    status = answer.status
    if 300 <= status < 400:
        location = answer.headers.get("Location", "")
        return Redirected(location) if location else RequestRefused(f"the camera redirects to another address ({status}) and names none")
    if status in (404, NO_SUCH_SESSION) and method == "DESCRIBE":
        return StreamNotFound(f"the camera does not know this path ({status}); check the end of its address")
    if status == NO_SUCH_SESSION:
        return SessionForgotten(f"the camera has forgotten the session ({status})")
    if status == 403:
        return StreamForbidden("the camera forbids this stream to this user (403)")
    if status == 453:
        return RequestRefused("the camera has no bandwidth left for one more reader (453)")
    if status == 455:
        return RequestRefused(f"the camera answers {method} with 455: not in the state that it is in")
    if status == 461:
        asked = " nor over ".join(way.upper() for way in ways) or "TCP"
        return Unsupported(f"the camera does not send over {asked} (461)")
    return RequestRefused(f"the camera answers {method} with {status} {shown(answer.reason, 60)}".rstrip())
