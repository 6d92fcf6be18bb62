"""GStreamer's RTSP server as a process of its own, under the system's python3 (Debian's `gi` is not visible in a virtual environment).

It plays one MP4 (H.264 or H.265), over and over, at `/stream`, on a free port that it prints; digest or basic authentication on request:

    /usr/bin/python3 gstreamer_server.py clip.mp4 --codec h264 [--username u --password p] [--auth digest|basic]
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PARSERS = {"h264": ("h264parse", "rtph264pay"), "hevc": ("h265parse", "rtph265pay")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("--codec", choices=sorted(PARSERS), required=True)
    parser.add_argument("--username")
    parser.add_argument("--password", default="")
    parser.add_argument("--auth", choices=("digest", "basic"), default="digest")
    options = parser.parse_args()
    Gst.init(None)
    parse, pay = PARSERS[options.codec]
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f'( filesrc location="{options.clip}" ! qtdemux ! {parse} ! {pay} name=pay0 pt=96 config-interval=-1 )')
    factory.set_shared(True)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if options.username:
        protect(server, factory, options)
    server.get_mount_points().add_factory("/stream", factory)
    if not server.attach(None):
        sys.exit("GStreamer's RTSP server cannot listen")
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


def protect(server: "GstRtspServer.RTSPServer", factory: "GstRtspServer.RTSPMediaFactory", options: argparse.Namespace) -> None:
    """Lets only one user in."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth = GstRtspServer.RTSPAuth()
    if options.auth == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.username, options.password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.username, options.password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main()
