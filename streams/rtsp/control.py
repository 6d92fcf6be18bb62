"""What RTCP tells of a session, and what is reported back: the camera's clock, its goodbye, receiver reports. Pure."""

from __future__ import annotations

from streams.errors import StreamEnded
from streams.rtp.receiver import VideoReceiver
from streams.rtp.rtcp import SenderReport, parse_bye, parse_sender_report, write_receiver_report


class Control:
    """The RTCP of one video stream."""

    def __init__(self, video: VideoReceiver, own_ssrc: int) -> None:
        self._video, self._own_ssrc = video, own_ssrc
        self._report: SenderReport | None = None
        self._report_seconds = 0.0
        self.clock_offset_seconds: float | None = None
        """The camera's clock less the worker's, by the last report."""

    @property
    def clock_drift_ppm(self) -> float | None:
        """How much faster than the worker's the camera's clock runs, in millionths."""
        return self._video.clock.drift_ppm

    def take(self, packet: memoryview, now_seconds: float, unix_now: float | None) -> None:
        """Takes a (compound) packet; `unix_now` is the worker's wall clock.

        Raises:
            StreamEnded: the camera says goodbye for this stream.
        """
        video = self._video
        report = parse_sender_report(packet)
        if report is not None and report.ssrc == video.ssrc:
            self._report, self._report_seconds = report, now_seconds
            video.sender_report(report.unix_seconds, report.ticks, now_seconds)
            if unix_now is not None:
                self.clock_offset_seconds = report.unix_seconds - unix_now
        goodbye = parse_bye(packet)
        if goodbye is not None and video.ssrc in goodbye.sources:
            raise StreamEnded("the camera ends its stream (RTCP BYE)" + (f": {goodbye.reason}" if goodbye.reason else ""))

    def receiver_report(self, now_seconds: float) -> bytes:
        """A receiver report, or nothing before there is video."""
        video = self._video
        if video.ssrc is None:
            return b""
        since = now_seconds - self._report_seconds if self._report else 0.0
        how = video.reception()
        return write_receiver_report(
            self._own_ssrc, video.ssrc, highest=how.highest, lost=how.lost, fraction=how.fraction, jitter=how.jitter, report=self._report,
            delay_seconds=since,
        )  # fmt: skip
