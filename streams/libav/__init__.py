"""Reading through libavformat (PyAV) what the reader of our own does not speak: RTMP, FLV, MPEG-TS and HLS over HTTP, dialects of RTSP.

libavformat hangs where a camera hangs and may crash on hostile bytes (MEASURED.md), so each of these cameras has a process of its own: `child.py`
demuxes and sends access units by pipe (`framing.py`), `play.py` keeps the deadlines and ends it. Dearer than the reader of our own: only a fallback.
"""
