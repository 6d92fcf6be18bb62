"""A reviewer in a scripted browser: signed in, judging by keys alone, with a stopwatch inside the page and a count of what it asks the server for.

The stopwatch runs in the page. A key's time begins when the browser made the event and ends after the frame in which the next case stands on the desk
with a decoded picture of its clip, so it holds the page's work, the browser's, and the drawing. A key may be struck twice: the second strike, which falls
on a case that has only just come, must decide nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.errors import BenchmarkError, PeerMissing

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
"""Without its sandbox, which needs rights that a container or root does not give; it opens nothing but the page."""
TWICE_MS = 80
"""Between the strokes of a key that is struck twice: the next case is on the screen by then."""
STOPWATCH = """
(() => {
  const shown = () => {
    const stage = document.querySelector('.stage:not(.behind)');
    return { id: stage?.dataset.case ?? null, picture: (stage?.querySelector('video')?.readyState ?? 0) >= 2 };
  };
  const heeded = () => document.querySelector('.bar')?.ariaBusy === 'false';
  window.stopwatch = { decisions: [], keys: 0, busy: false, twice: false, shown, heeded };
  let before = null;
  let began = 0;
  const look = () => {
    const now = shown();
    if (now.id === before) return requestAnimationFrame(look);
    const entry = { id: before, next: now.id, changed_ms: 0, shown_ms: null };
    const afterPaint = (done) => requestAnimationFrame(() => { const line = new MessageChannel(); line.port1.onmessage = done; line.port2.postMessage(0); });
    const tell = () => afterPaint(() => { entry.changed_ms ||= performance.now() - began; wait(); });
    const wait = () => {
      const here = shown();
      if (entry.next !== null && here.id === entry.next && !here.picture) return requestAnimationFrame(wait);
      entry.shown_ms = performance.now() - began;
      window.stopwatch.decisions.push(entry);
      window.stopwatch.busy = false;
    };
    tell();
  };
  window.stopwatch.start = (judged) => { before = judged; window.stopwatch.armed = true; window.stopwatch.busy = true; };
  addEventListener('keydown', (event) => {
    window.stopwatch.keys += event.isTrusted && event.key !== 'Shift';  // what a hand presses; what is struck twice here is made by this page
    if (!window.stopwatch.armed || event.key === 'Shift') return;
    window.stopwatch.armed = false;
    if (shown().id !== before) {  // another case came under the finger: whoever looks lets it be
      event.stopImmediatePropagation();
      window.stopwatch.decisions.push(null);
      window.stopwatch.busy = false;
      return;
    }
    const { key, code, shiftKey, target } = event;
    const again = () => target.dispatchEvent(new KeyboardEvent('keydown', { key, code, shiftKey, bubbles: true, cancelable: true }));
    if (window.stopwatch.twice) setTimeout(again, TWICE_MS);
    began = event.timeStamp;
    requestAnimationFrame(look);
  }, { capture: true });
})();
""".replace("TWICE_MS", str(TWICE_MS))


@dataclass
class Traffic:
    """What the page asked for, by the first part of the address; bytes as they came over the line, headers with them."""

    requests: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    foreign: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.requests.values())

    def reset(self) -> None:
        """Counts anew."""
        self.requests.clear()
        self.bytes = 0

    def watch(self, session: Any, address: str) -> None:
        """Counts from now on, by the browser's own account of its network."""

        asked_for: dict[str, str] = {}

        def asked(event: Any) -> None:
            url = event["request"]["url"]
            if url.startswith(address):
                asked_for[event["requestId"]] = kind_of(event["request"]["method"], url.removeprefix(address))
            elif not url.startswith(("blob:", "data:")):
                self.foreign.append(url)

        def kept(event: Any) -> None:
            asked_for.pop(event["requestId"], None)  # in the browser's memory already

        def answered(event: Any) -> None:
            kind = asked_for.pop(event["requestId"], None)
            if kind is not None and not event["response"].get("fromDiskCache"):
                self.requests[kind] = self.requests.get(kind, 0) + 1

        def loaded(event: Any) -> None:
            self.bytes += int(event["encodedDataLength"])

        session.on("Network.requestWillBeSent", asked)
        session.on("Network.requestServedFromCache", kept)
        session.on("Network.responseReceived", answered)
        session.on("Network.loadingFinished", loaded)
        session.send("Network.enable")


def kind_of(method: str, path: str) -> str:
    """What a request is for, in a word."""
    parts = path.split("?")[0].strip("/").split("/")
    if parts[0] != "cases":
        return parts[0] or "page"
    if parts[-1] == "decisions":
        return "decision"
    if parts[-1] == "looks":
        return "look"
    if parts[-1] == "claim":
        return "claim" if method == "POST" else "release"
    if "files" in parts:
        return "file"
    return "list" if len(parts) == 1 else "case"


@dataclass
class Desk:
    """A page with the review desk on it."""

    page: Any
    traffic: Traffic

    @property
    def case_id(self) -> str | None:
        """The case on the desk."""
        shown: str | None = self.page.evaluate("stopwatch.shown().id")
        return shown

    @property
    def keys(self) -> int:
        """Keys that were pressed in the page since it was opened; one with a shift is one."""
        return int(self.page.evaluate("stopwatch.keys"))

    def wait_for_case(self, timeout_ms: float = 60_000) -> bool:
        """Waits until the next case has been on the screen with a picture of its clip, so that keys count; False where the queue has nothing left."""
        there = "stopwatch.shown().id && stopwatch.shown().picture && stopwatch.heeded()"
        self.page.wait_for_function(f"() => ({there}) || document.querySelector('.middle .empty h2')", timeout=timeout_ms)
        return self.case_id is not None

    def decide(self, case_id: str, *keys: str, twice: bool = False, timeout_ms: float = 60_000) -> dict[str, Any] | None:
        """Presses keys, the last of which decides the case (and is struck twice, if `twice`); the stopwatch's entry, None where another case lay there."""
        for key in keys[:-1]:
            self.page.keyboard.press(key)
        self.page.evaluate("([twice, judged]) => { stopwatch.twice = twice; stopwatch.start(judged); }", [twice, case_id])
        self.page.keyboard.press(keys[-1])
        self.page.wait_for_function("() => !stopwatch.busy", timeout=timeout_ms)
        entry: dict[str, Any] | None = self.page.evaluate("stopwatch.decisions.at(-1)")
        return entry


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, without a window.

    Raises:
        PeerMissing: Playwright or Chromium is not there.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise PeerMissing("needs Playwright: build the environment with `make setup`") from None
    program = shutil.which("chromium")
    if program is None:
        raise PeerMissing("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def desk(browser: Any, address: str, login: str, *, width: int = 1440, height: int = 900) -> Iterator[Desk]:
    """A reviewer's window, signed in by a login link; whatever goes wrong in the page's own code ends it.

    Raises:
        BenchmarkError: the page's code raised an error, or asked another host.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Asia/Shanghai")
    context.add_init_script(STOPWATCH)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    traffic = Traffic()
    traffic.watch(context.new_cdp_session(page), address)
    page.goto(login)
    try:
        yield Desk(page, traffic)
    finally:
        context.close()
    if faults or traffic.foreign:
        raise BenchmarkError(f"the page failed: {'; '.join(faults + [f'asked {url}' for url in traffic.foreign])}")
