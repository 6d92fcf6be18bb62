"""News for open pages. Cases' news carry their place in the log as id, so a page that lost the line resumes from the log itself: nothing is kept
for it, and it works over a restart. A page that reads too slowly is let go, and resumes.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from dataclasses import dataclass, field

from api.roles import Caller
from api.sight import Seen, knows_seals

LONGEST_QUEUE = 1000
"""News that wait for one page; a burst of 50 cases a second for 20 s."""


@dataclass(frozen=True, slots=True)
class News:
    """One event: `id` is a place in the log; None where it cannot be resumed (a camera's status, a claim).

    A case is told as each page's person may see it; anything else (`data`) to those who may see its district, or to everybody where it has none.
    What is `only_to` somebody is told to who may know of seals besides; what is `not_to` somebody to all others.
    """

    name: str
    data: str = ""
    id: int | None = None
    seen: Seen | None = None
    district: str | None = None
    only_to: str | None = None
    not_to: str | None = None

    def told_to(self, caller: Caller) -> str | None:
        """The event's JSON for a caller; None where it is none of the caller's."""
        if caller.name == self.not_to or (self.only_to not in (None, caller.name) and not knows_seals(caller)):
            return None
        if self.seen is not None:
            summary = self.seen.by(caller)
            return None if summary is None else summary.model_dump_json()
        return self.data if self.district is None or caller.sees(self.district) else None


@dataclass(eq=False, slots=True, weakref_slot=True)
class Subscription:
    """What waits for one page."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE + 1))

    def put(self, news: News | None) -> None:
        """On the loop: leaves news, or the end where too many wait already."""
        if self.queue.qsize() < LONGEST_QUEUE:
            self.queue.put_nowait(news)
        elif not self.queue.full():
            self.queue.put_nowait(None)


class EventHub:
    """Hands each piece of news to every page; may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # reentrant: a signal may end the streams while this thread holds it
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()  # an answer whose stream was never begun leaves nobody
        self._closed = False

    def subscribe(self) -> Subscription:
        """Begins to collect news for a page; call it on the page's event loop."""
        subscription = Subscription(asyncio.get_running_loop())
        with self._lock:
            self._subscriptions.add(subscription)
            closed = self._closed
        if closed:
            subscription.put(None)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Ends collecting for a page that has gone."""
        with self._lock:
            self._subscriptions.discard(subscription)

    def publish(self, news: News) -> None:
        """Hands news to all pages."""
        self._hand_out(news)

    def close(self) -> None:
        """Ends every page's stream, now and later."""
        self._closed = True
        self._hand_out(None)

    @property
    def pages(self) -> int:
        """How many pages listen."""
        with self._lock:
            return len(self._subscriptions)

    def _hand_out(self, news: News | None) -> None:
        with self._lock:
            for subscription in self._subscriptions:
                if not subscription.loop.is_closed():
                    subscription.loop.call_soon_threadsafe(subscription.put, news)
