from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.worker.outbox import Outbox
from detector.worker.sender import Sender
from tests.detector.worker.sender.case_api import KEY, TOKEN, CaseApi


@pytest.fixture
def api() -> Iterator[CaseApi]:
    server = CaseApi()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path, key=KEY)
    box.open()
    yield box
    box.close()


@pytest.fixture
def sender(outbox: Outbox, api: CaseApi) -> Iterator[Sender]:
    made = Sender(outbox, base_url=api.url, token=TOKEN, worker="w1", key=KEY)
    yield made
    made.close()
