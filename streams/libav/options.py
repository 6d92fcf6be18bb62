"""What libavformat is allowed: which protocols and formats an address may lead to, and its time limits."""

from __future__ import annotations

from urllib.parse import urlsplit

MICROSECONDS = 1_000_000
ANALYSE_SECONDS = 1.5
"""Of the stream, before its codec is known; the pictures meanwhile are kept (`nobuffer` would throw the first keyframe away)."""
PROTOCOLS = {
    "rtsp": "rtp,udp,tcp,http",
    "rtsps": "rtp,srtp,udp,tcp,tls,https,http",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,rtmp,tls,tcp",
    "http": "http,tcp,crypto",
    "https": "https,http,tls,tcp,crypto",
}
"""By scheme. A play list or a redirect leads to no file and to no other protocol; `crypto` is HLS' AES."""
FORMATS = {
    "rtsp": "rtsp,sdp",
    "rtsps": "rtsp,sdp",
    "rtmp": "flv,live_flv",
    "rtmps": "flv,live_flv",
    "http": "flv,live_flv,mpegts,hls,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,h264,hevc,mjpeg,mpjpeg,aac,mp3",
}
FORMATS["https"] = FORMATS["http"]
RTSP_TRANSPORTS = {"tcp": "tcp+udp+udp_multicast", "udp": "udp", "multicast": "udp_multicast", "http": "http"}
TUNNEL_PORTS = (80, 8080)
"""RTSP on the web's ports is mostly RTSP through an HTTP tunnel."""


def options_for(url: str, transport: str, connect_seconds: float, tls_verify: bool = False, authorities: str | None = None) -> list[dict[str, str]]:
    """The options of each way to try, in order; none where the address' scheme is not for libavformat.

    `timeout` is microseconds for RTSP and HTTP, but of RTMP it would mean to wait for a caller, so there it is `rw_timeout`.
    """
    parts = urlsplit(url)
    scheme = parts.scheme
    if scheme not in PROTOCOLS:
        return []
    limit = str(round(connect_seconds * MICROSECONDS))
    # What was asked for with a certificate is not continued without one.
    protocols = [name for name in PROTOCOLS[scheme].split(",") if name != "http" or not tls_verify or scheme == "http"]
    common = {
        "protocol_whitelist": ",".join(protocols),
        "format_whitelist": FORMATS[scheme],
        "rw_timeout": limit,
        "analyzeduration": str(round(ANALYSE_SECONDS * MICROSECONDS)),
        "fpsprobesize": "0",
        "tls_verify": "1" if tls_verify else "0",
    }
    if authorities is not None:
        common["ca_file"] = authorities
    if scheme in ("rtmp", "rtmps"):
        return [common | {"rtmp_live": "live"}]
    if scheme in ("http", "https"):
        return [common | {"timeout": limit, "seekable": "0", "live_start_index": "-1"}]
    ways = [transport]
    if transport == "tcp" and parts.port in TUNNEL_PORTS:
        ways = ["http", "tcp"]
    rtsp = common | {"timeout": limit, "allowed_media_types": "video", "rtsp_flags": "prefer_tcp"}
    return [rtsp | {"rtsp_transport": RTSP_TRANSPORTS[way]} for way in ways if way in RTSP_TRANSPORTS]
