"""The line to the case API against a server that answers as it likes: nothing that it says ends the line."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from detector.worker import registry
from detector.worker.registry import ApiClient, Orders, RegistryLine
from evidence.errors import CatalogueError
from evidence.views import ViewDocument, whole_view

GOOD_VIEWS = json.dumps({"items": [whole_view("c1").to_json()]})


class Api:
    """Answers `/views` and the health route with the texts that lie in it."""

    def __init__(self) -> None:
        self.views, self.health = GOOD_VIEWS, '{"last_look": ["c1"]}'
        self.orders = '{"items": [{"id": 1}]}'
        self.orders_asked: list[tuple[str, str | None]] = []
        self.asked: list[str | None] = []
        """If-None-Match of each question for the views."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.headers.get("If-None-Match")
                if self.path.startswith("/orders"):
                    api.orders_asked.append((self.path, known))
                    self.answer(304 if known == '"o1"' else 200, api.orders, {"ETag": '"o1"'})
                    return
                api.asked.append(known)
                self.answer(304 if known == '"1"' else 200, api.views, {"ETag": '"1"'})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(200, api.health, {})

            do_PUT = do_POST

            def answer(self, status: int, text: str, headers: dict[str, str]) -> None:
                body = b"" if status == 304 else text.encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self) -> Api:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(registry, "EXCHANGE_SECONDS", 0.01)
    with Api() as api:
        yield api


class Line:
    """A running line and what it brought."""

    def __init__(self, api: Api, fault: Exception | None = None) -> None:
        self.fault, self.heard, self.orders, self.standing = fault, list[str](), list[Orders](), list[Sequence[Any]]()
        client = ApiClient(api.url, "t", "w1")
        self.line = RegistryLine(
            client, cameras=lambda: {"c1": {"name": None}}, health=dict, on_views=self.on_views, on_orders=self.orders.append,
            on_standing=self.standing.append,
        )  # fmt: skip

    def on_views(self, views: Sequence[ViewDocument]) -> None:
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        self.heard += [view.camera_id for view in views]

    def __enter__(self) -> Line:
        self.line.start()
        return self

    def __exit__(self, *_: object) -> None:
        alive = self.line.is_alive()
        self.line.stop()
        self.line.join(10)
        assert alive, "the line ended by itself"

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, self.line.trouble
            time.sleep(0.01)


@pytest.mark.parametrize("fault", [CatalogueError("no such kind"), RuntimeError("unforeseen")], ids=["a view that cannot be used", "unforeseen"])
def test_views_that_could_not_be_put_in_force_are_asked_for_again(api: Api, fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with Line(api, fault) as line:
        line.until(lambda: len(api.asked) >= 4)
        line.until(lambda: bool(line.orders) and line.line.trouble is None)
    assert api.asked[:4] == [None, None, '"1"', '"1"']
    assert line.heard == ["c1"]
    assert str(fault) in caplog.text


@pytest.mark.parametrize(
    ("views", "health"),
    [
        ("[]", "{}"), ("null", "{}"), ("3", "{}"), ('{"items": 3}', "{}"), ('{"items": null}', "{}"), ("{}", "{}"), ("<html>", "{}"),
        (GOOD_VIEWS, "[]"), (GOOD_VIEWS, "null"), (GOOD_VIEWS, "<html>"),
    ],
    ids=[
        "views: a list", "views: null", "views: a number", "items: a number", "items: null", "no items", "views: a page",
        "health: a list", "health: null", "health: a page",
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_told_once_and_the_line_goes_on(api: Api, views: str, health: str, caplog: pytest.LogCaptureFixture) -> None:
    good = api.views, api.health
    api.views, api.health = views, health
    with Line(api) as line:
        line.until(lambda: line.line.trouble is not None and len(api.asked) >= 3)
        assert "curbwatch case API" in str(line.line.trouble)
        api.views, api.health = good
        line.until(lambda: bool(line.orders) and line.line.trouble is None)
    assert sum("failed" in message for message in caplog.messages) == 1
    assert line.orders[-1] == Orders(frozenset({"c1"}))


@pytest.mark.parametrize("wanted", ["null", "3", "[3, null, {}]"], ids=["null", "a number", "things that are no names"])
def test_orders_of_another_shape_are_none(api: Api, wanted: str) -> None:
    api.health = f'{{"last_look": {wanted}}}'
    with Line(api) as line:
        line.until(lambda: bool(line.orders))
    assert line.orders[0] == Orders()


def test_a_view_that_is_none_does_not_keep_the_others_out(api: Api) -> None:
    api.views = json.dumps({"items": [{"camera_id": 7}, 3, whole_view("c1").to_json()]})
    with Line(api) as line:
        line.until(lambda: line.heard == ["c1"])


def test_standing_orders_are_asked_for_by_name_and_told_when_they_change(api: Api) -> None:
    with Line(api) as line:
        line.until(lambda: len(api.orders_asked) >= 3)
    assert api.orders_asked[:3] == [("/orders?worker=w1", None), ("/orders?worker=w1", '"o1"'), ("/orders?worker=w1", '"o1"')]
    assert line.standing == [({"id": 1},)]
