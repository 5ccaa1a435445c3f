"""What the simulated platform saw of a client, as `GET /simulator/ledger` tells it, and the judgement on it."""

from __future__ import annotations

from typing import Final
from urllib.request import Request, urlopen

import msgspec

__all__ = ["Event", "Ledger", "Login", "Platform", "Reply", "story"]

_SECONDS: Final = 10.0


class Login(msgspec.Struct, frozen=True):
    """An IDENTIFY or, where `replayed` is a number, a RESUME; `refused` says why, or is empty."""

    at: float
    refused: str
    replayed: int | None = None

    @property
    def is_resume(self) -> bool:
        """Whether it is a RESUME."""
        return self.replayed is not None

    @property
    def words(self) -> str:
        """As it is printed."""
        name = "RESUME" if self.is_resume else "IDENTIFY"
        return f"{name}, refused ({self.refused})" if self.refused else name


class Event(msgspec.Struct, frozen=True):
    """An event that was given to a session."""

    event_id: str
    message_id: str | None


class Reply(msgspec.Struct, frozen=True):
    """A message of the bot: what it replies to."""

    msg_id: str | None


class Ledger(msgspec.Struct, frozen=True):
    """The parts of the ledger that are judged."""

    identifies: tuple[Login, ...] = ()
    resumes: tuple[Login, ...] = ()
    events: tuple[Event, ...] = ()
    replies: tuple[Reply, ...] = ()
    violations: tuple[str, ...] = ()

    @property
    def logins(self) -> tuple[Login, ...]:
        """All of them, in order."""
        return tuple(sorted(self.identifies + self.resumes, key=lambda login: login.at))

    def logins_since(self, earlier: Ledger) -> tuple[Login, ...]:
        """Those that an earlier look did not show."""
        return self.logins[len(earlier.logins) :]

    def is_in(self, *, since: Ledger | None = None) -> bool:
        """Whether a login, of those since an earlier look, was granted."""
        return any(not login.refused for login in self.logins_since(since or Ledger()))

    def resumed(self, *, since: Ledger) -> bool:
        """Whether a RESUME, of those since an earlier look, was granted."""
        return any(login.is_resume and not login.refused for login in self.logins_since(since))

    def answered(self, event_id: str) -> bool:
        """Whether a reply names the message of this event."""
        named = {event.message_id for event in self.events if event.event_id == event_id}
        return any(reply.msg_id in named for reply in self.replies if reply.msg_id)


def story(before: Ledger, after: Ledger, meanwhile: str) -> str:
    """One line on a client that came back.

    Args:
        before: Seen before it was closed.
        after: Seen at the end.
        meanwhile: Id of the event that came while it was away.
    """
    how = " and ".join(login.words for login in after.logins_since(before))
    heard = (
        "what was said meanwhile was answered" if after.answered(meanwhile) else "what was said meanwhile was missed"
    )
    noted = f"; noted: {', '.join(after.violations)}" if after.violations else ""
    return f"READY, events, replies; back after 4009 by {how}; {heard}{noted}"


class Platform:
    """Orders to a simulated platform, and what it tells.

    Args:
        rest: Base URL of its REST API.
    """

    def __init__(self, rest: str) -> None:
        self._rest = rest

    def say(self, kind: str, text: str) -> str:
        """Lets somebody say something; the event's id."""
        return msgspec.json.decode(
            self._ask("say", {"kind": kind, "author": "alice", "text": text}), type=_Said
        ).event_id

    def close(self, code: int) -> int:
        """Closes every connection with a code; how many there were."""
        return msgspec.json.decode(self._ask("fault", {"kind": "close", "code": code}), type=_Struck).struck

    def ledger(self) -> Ledger:
        """What it has seen so far."""
        return msgspec.json.decode(self._ask("ledger", None), type=Ledger)

    def _ask(self, what: str, body: dict[str, object] | None) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        request = Request(f"{self._rest}/simulator/{what}", data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=_SECONDS) as answer:
            said: bytes = answer.read()
        return said


class _Said(msgspec.Struct):
    event_id: str


class _Struck(msgspec.Struct):
    struck: int
