"""The targets of fuzzing by name: everything in `streams` that takes bytes of strangers, and the camera lists that people bring."""

from __future__ import annotations

from tests.fuzz.bounds import Target
from tests.fuzz.targets import answers, cameras, client, depacketiser, framer, texts

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        texts.MESSAGES,
        texts.SDP,
        texts.AUTH,
        texts.RTCP,
        framer.FRAMER,
        depacketiser.H264,
        depacketiser.H265,
        client.CLIENT,
        cameras.CAMERAS,
        answers.ANSWERS,
    )
}
