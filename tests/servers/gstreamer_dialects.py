"""GStreamer's RTSP server with dialects that the reader of this project leaves to libav, under the system's python3; prints its port.

`/ts` sends H.264 in an MPEG transport stream over RTP (RFC 2250), `/plain` sends it as usual; both also through an HTTP tunnel.

    /usr/bin/python3 gstreamer_dialects.py clip.mp4
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PIPELINES = {
    "/ts": "( filesrc location={clip} ! qtdemux ! h264parse config-interval=-1 ! mpegtsmux alignment=7 ! rtpmp2tpay name=pay0 pt=33 )",
    "/plain": "( filesrc location={clip} ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )",
}


def main() -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    for path, pipeline in PIPELINES.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(pipeline.format(clip=sys.argv[1]))
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
