"""RTSP 1.0 (RFC 2326) without I/O: bytes in, messages out, and the client's conversation as a state machine."""
