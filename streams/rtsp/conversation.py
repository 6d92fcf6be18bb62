"""Requests and answers of one connection: numbering, matching, authentication. What they are about is the session's (`client.py`). No I/O."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from streams.errors import AuthenticationRefused
from streams.rtsp.auth import Credentials, parse_challenges
from streams.rtsp.messages import Headers, Request, Response
from streams.rtsp.notices import answer_to, moved_to

USER_AGENT = "curbwatch"
MAX_STALE_ANSWERS = 2
"""Answers per request to a challenge; a second one only after `stale`, since each wrong one counts towards a locked account."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its answer; `answers` to challenges were sent with it so far."""

    method: str
    url: str
    fields: Fields
    answers: int


class Conversation(ABC):
    """The requests that are under way, and the login."""

    def __init__(self, credentials: tuple[str, str] | None) -> None:
        self._credentials = None if credentials is None else Credentials(*credentials)
        self._out = bytearray()
        self._sequence = 0
        self._pending: dict[int, Asked] = {}
        self._held: Asked | None = None
        self._keeps_alive = True
        self.session_id: str | None = None
        self.password_proved = False
        """Whether the camera took an answer to its challenge: from then on a refusal is not about the password."""
        self.moved_to: str | None = None
        """Set when the camera asks for another address while it plays (REDIRECT); as it came, it may hold a password."""
        self.may_log_in: Callable[[], bool] | None = None
        """Asked before a password that is not proved yet is sent; on False the edge calls `log_in` later. Set by the edge."""

    @property
    @abstractmethod
    def _plays(self) -> bool:
        """Whether all requests that matter are answered."""

    @abstractmethod
    def _answer(self, answer: Response, asked: Asked) -> None:
        """Takes an answer that is not about the login."""

    @property
    def authentication(self) -> str | None:
        """The kind that the camera asked for: `basic`, `digest MD5` …; None where it asked for none."""
        challenge = None if self._credentials is None else self._credentials.challenge
        return None if challenge is None else challenge.name

    @property
    def awaits_login(self) -> bool:
        """Whether a challenge waits for `may_log_in`."""
        return self._held is not None

    def log_in(self) -> bytes:
        """Answers the challenge that waits, if it may.

        Raises:
            AuthenticationRefused: `may_log_in` says so.
        """
        self._log_in()
        return self._flush()

    def _flush(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _ask(self, method: str, url: str, fields: Fields = (), *, answers: int = 0) -> None:
        url = re.sub(r"[\x00-\x20\x7f]", lambda match: f"%{ord(match[0]):02X}", url)  # a camera's own addresses have spaces at times
        self._sequence += 1
        head = [("CSeq", str(self._sequence)), ("User-Agent", USER_AGENT), *fields]
        if self.session_id:
            head.append(("Session", self.session_id))
        if self._credentials is not None:
            answer = self._credentials.header(method, url)
            if answer is not None:
                head.append(("Authorization", answer))
        self._pending[self._sequence] = Asked(method, url, fields, answers)
        self._out += Request(method, url, Headers(tuple(head))).encode()

    def _message(self, message: Request | Response) -> None:
        if isinstance(message, Request):
            self._out += answer_to(message).encode()
            self.moved_to = moved_to(message) or self.moved_to
            return
        text = message.headers.get("CSeq", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if (number is None or not 0 < number <= self._sequence) and len(self._pending) == 1:
            number = next(iter(self._pending))  # servers that forget the CSeq exist, or send one that was never asked; one of before is a late answer
        asked = self._pending.pop(number, None) if number is not None else None
        if asked is not None:
            self._take_answer(message, asked)

    def _take_answer(self, answer: Response, asked: Asked) -> None:
        if answer.status == 401:
            self._authenticate(answer, asked)
            return
        self.password_proved = self.password_proved or (self._credentials is not None and self._credentials.challenge is not None)
        self._answer(answer, asked)

    def _authenticate(self, answer: Response, asked: Asked) -> None:
        challenges = parse_challenges(answer.headers.all("WWW-Authenticate"))
        if self._credentials is None:
            raise AuthenticationRefused("the camera wants a user name and password (401); put them into its address")
        if not challenges:
            raise AuthenticationRefused("the camera wants a kind of authentication that is not known here (401)")
        if asked.answers >= (MAX_STALE_ANSWERS if challenges[0].stale else 1):
            if self._plays:
                self._keeps_alive = False  # the password was good for DESCRIBE; each further try would count as a wrong one
                return
            raise AuthenticationRefused("the camera does not accept the user name and password (401)")
        self._credentials.challenge = challenges[0]
        self._held = asked
        self._log_in()

    def _log_in(self) -> None:
        if self._held is not None and (self.password_proved or self.may_log_in is None or self.may_log_in()):
            asked, self._held = self._held, None
            self._ask(asked.method, asked.url, asked.fields, answers=asked.answers + 1)
