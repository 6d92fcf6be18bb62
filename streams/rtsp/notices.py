"""What a camera asks of its reader: to move, or to hear that its stream is over (RFC 2326 10.10). Pure."""

from __future__ import annotations

from streams.errors import StreamEnded
from streams.rtsp.messages import Headers, Request, Response

END_OF_STREAM_NOTICES = ("2101", "2104", "2306", "2402", "5402")
"""X-Notice codes of ANNOUNCE with which servers end a stream."""
KNOWN = ("OPTIONS", "ANNOUNCE", "REDIRECT", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER")


def answer_to(request: Request) -> Response:
    """The answer; of what is not known here, that."""
    fields = (("CSeq", request.headers.get("CSeq", "0")[:16]),)
    return Response(200 if request.method in KNOWN else 501, Headers(fields))


def moved_to(request: Request) -> str | None:
    """Where the camera wants to be asked on; None where it does not say.

    Raises:
        StreamEnded: it ends the stream.
    """
    if request.method == "REDIRECT":
        location = request.headers.get("Location", "")
        if not location:
            raise StreamEnded("the camera ends the session (REDIRECT without an address)")
        return location
    if request.method == "TEARDOWN":
        raise StreamEnded("the camera ends the session (TEARDOWN)")
    if request.method == "ANNOUNCE" and request.headers.get("X-Notice", "").startswith(END_OF_STREAM_NOTICES):
        raise StreamEnded("the camera says that its stream is over (ANNOUNCE)")
    return None
