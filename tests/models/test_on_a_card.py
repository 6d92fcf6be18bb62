"""What runs on an NVIDIA card: the same boxes as on the processor, in any batch; and a short training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from models.looking import look_at
from models.pictures import read_picture
from models.session import YoloSession, open_model

pytestmark = pytest.mark.gpu
MEDIA = Path(__file__).parent / "media"
STILLS = (MEDIA / "stall.jpg", MEDIA / "queue.jpg")
BATCHES = (1, 2, 16, 64)


@pytest.fixture(scope="module")
def card() -> YoloSession:
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("no onnxruntime-gpu is installed: the extra 'gpu'")
    return open_model(provider="cuda")


@pytest.fixture(scope="module")
def processor() -> YoloSession:
    return open_model(provider="cpu")


def test_a_card_sees_what_the_processor_sees(card: YoloSession, processor: YoloSession) -> None:
    for still in STILLS:
        picture = read_picture(still)
        ours, theirs = look_at(card, picture, fitted=True), look_at(processor, picture, fitted=True)
        assert ours.classes() == theirs.classes()
        np.testing.assert_allclose(ours.xyxy, theirs.xyxy, atol=0.01)
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)


@pytest.mark.parametrize("size", BATCHES)
def test_each_picture_of_a_batch_is_seen_as_alone(card: YoloSession, size: int) -> None:
    pictures = [_at_input(read_picture(STILLS[i % 2]), card) for i in range(size)]
    alone = [card.detect(picture[None])[0] for picture in pictures[:2]]
    for i, found in enumerate(card.detect(np.stack(pictures))):
        np.testing.assert_allclose(found.xyxy, alone[i % 2].xyxy, atol=0.01)
        np.testing.assert_allclose(found.scores, alone[i % 2].scores, atol=1e-4)


def _at_input(picture: NDArray[np.uint8], session: YoloSession) -> NDArray[np.uint8]:
    from models.pictures import letterbox

    return letterbox(picture, session.input_width_px, session.input_height_px)[0]
