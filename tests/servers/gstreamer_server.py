"""GStreamer's RTSP server as a process of its own, under the system's python3 (Debian's `gi` is not visible in a virtual environment).

It plays each clip (`NAME=CODEC:FILE`, H.264 or H.265) once for each round of viewers at `/NAME`, with an audio track beside it at `/NAME-audio`. It listens
several times, each time with other manners, on free ports that it prints as one line of JSON: `open`, `ipv6`, `digest`, `basic`, `tls`, `tls_digest`, `brief`
(sessions last two seconds without a sign of life) and `forgetful` (sessions are forgotten after a second and a half whatever the client does):

    /usr/bin/python3 gstreamer_server.py h264=h264:clip.mp4 --username u --password p --certificate both.pem
"""

import argparse
import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PARSERS = {"h264": ("h264parse", "rtph264pay"), "hevc": ("h265parse", "rtph265pay")}
BRIEF_SECONDS = 2
FORGETFUL_SECONDS = 1.5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--certificate")
    options = parser.parse_args()
    Gst.init(None)
    manners = ["open", "ipv6", "digest", "basic", "brief", "forgetful"]
    if options.certificate:
        manners += ["tls", "tls_digest"]
    print(json.dumps({manner: serve(manner, options) for manner in manners}), flush=True)
    GLib.MainLoop().run()


def serve(manner: str, options: argparse.Namespace) -> int:
    """Listens with these manners; the port."""
    server = GstRtspServer.RTSPServer()
    server.set_address("::1" if manner == "ipv6" else "127.0.0.1")
    server.set_service("0")
    auth = authentication(manner, options)
    if auth is not None:
        server.set_auth(auth)
    for clip in options.clips:
        name, _, rest = clip.partition("=")
        codec, _, path = rest.partition(":")
        for suffix, audio in (("", ""), ("-audio", " audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8")):
            factory = GstRtspServer.RTSPMediaFactory()
            parse, pay = PARSERS[codec]
            factory.set_launch(f'( filesrc location="{path}" ! qtdemux ! {parse} ! {pay} name=pay0 pt=96 config-interval=-1{audio} )')
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("user", "media.factory.access", True)
            permissions.add_permission_for_role("user", "media.factory.construct", True)
            factory.set_permissions(permissions)
            server.get_mount_points().add_factory(f"/{name}{suffix}", factory)
    if not server.attach(None):
        sys.exit("GStreamer's RTSP server cannot listen")
    pool = server.get_session_pool()
    if manner == "brief":
        server.connect("client-connected", lambda _, client: client.connect("new-session", shorten))
    elif manner == "forgetful":
        server.connect("client-connected", lambda _, client: client.connect("new-session", lambda _, session: forget(pool, session)))
    GLib.timeout_add(250, lambda: pool.cleanup() >= 0)
    KEPT.append(server)
    return server.get_bound_port()


KEPT: list["GstRtspServer.RTSPServer"] = []


def shorten(client: "GstRtspServer.RTSPClient", session: "GstRtspServer.RTSPSession") -> None:
    session.set_timeout(BRIEF_SECONDS)


def forget(pool: "GstRtspServer.RTSPSessionPool", session: "GstRtspServer.RTSPSession") -> None:
    def now() -> bool:
        pool.remove(session)
        return False

    GLib.timeout_add(round(FORGETFUL_SECONDS * 1000), now)


def authentication(manner: str, options: argparse.Namespace) -> "GstRtspServer.RTSPAuth | None":
    """Who is let in: one user, or over an encrypted connection anybody."""
    if manner not in ("digest", "basic", "tls", "tls_digest"):
        return None
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth = GstRtspServer.RTSPAuth()
    if manner.startswith("tls"):
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.certificate))
    if manner == "tls":
        auth.set_default_token(token)
    elif manner == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.username, options.password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.username, options.password, token)
    return auth


if __name__ == "__main__":
    main()
