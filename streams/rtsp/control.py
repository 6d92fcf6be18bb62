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
        self._early: tuple[SenderReport, float] | None = None
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
        self._take_early()
        report = parse_sender_report(packet)
        if report is not None and video.ssrc is None:  # over UDP the first report comes before the first packet
            self._early = report, now_seconds
            self._take_offset(report, unix_now)
        elif report is not None and report.ssrc == video.ssrc:
            self._take_report(report, now_seconds)
            self._take_offset(report, unix_now)
        goodbye = parse_bye(packet)
        if goodbye is not None and video.ssrc in goodbye.sources:
            raise StreamEnded("the camera ends its stream (RTCP BYE)" + (f": {goodbye.reason}" if goodbye.reason else ""))

    def _take_early(self) -> None:
        early = self._early
        if early is None or self._video.ssrc is None:
            return
        self._early = None
        if early[0].ssrc == self._video.ssrc:
            self._take_report(*early)
        else:
            self.clock_offset_seconds = None

    def _take_report(self, report: SenderReport, now_seconds: float) -> None:
        self._report, self._report_seconds = report, now_seconds
        self._video.sender_report(report.unix_seconds, report.ticks, now_seconds)

    def _take_offset(self, report: SenderReport, unix_now: float | None) -> None:
        if unix_now is not None:
            self.clock_offset_seconds = report.unix_seconds - unix_now

    def receiver_report(self, now_seconds: float) -> bytes:
        """A receiver report, or nothing before there is video."""
        video = self._video
        self._take_early()
        if video.ssrc is None:
            return b""
        since = now_seconds - self._report_seconds if self._report else 0.0
        how = video.reception()
        return write_receiver_report(
            self._own_ssrc, video.ssrc, highest=how.highest, lost=how.lost, fraction=how.fraction, jitter=how.jitter, report=self._report,
            delay_seconds=since,
        )  # fmt: skip
