"""The far side of the wire: a real `ServerGateway` for each connection and the one who owns them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from qqgw_proto import ServerConfig, ServerGateway
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import server_effects as served
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.wire.doors import Door
from support.pairing_checks import Checks
from support.pairing_network import Link
from support.pairing_sessions import Judgement, Sessions

__all__ = ["Gateway"]


class Gateway:
    """All servers and their sessions.

    Args:
        door: Of every connection.
        config: Of every connection.
        sessions: What is kept.
        token: The one that is right, prefix included.
        checks: Hears of everything.
    """

    def __init__(self, door: Door, config: ServerConfig, sessions: Sessions, token: str, checks: Checks) -> None:
        self._door = door
        self._config = config
        self._sessions = sessions
        self._token = token
        self._checks = checks
        self._links: list[Link] = []

    @property
    def deadline(self) -> float | None:
        """The next instant at which one of them has something to do."""
        deadlines = [link.server.deadline for link in self._links if link.server_holds]
        return min((at for at in deadlines if at is not None), default=None)

    def accept(self, number: int, now: float) -> Link:
        """Somebody dialed."""
        server = ServerGateway(self._config, wire=self._door)
        link = Link(number, server, whole_messages=self._door.whole_messages)
        self._links = [*(link for link in self._links if link.server_holds), link]
        self._apply(link, server.start(now), now)
        return link

    def receive(self, amount: int, now: float) -> bool:
        """Lets at most so much arrive on each connection; whether anything did."""
        moved = False
        for link in self._links:
            piece = link.up.take(amount) if link.server_holds else None
            if piece is None:
                continue
            moved = True
            server = link.server
            if piece.close is not None:
                effects = server.closed(*piece.close, now)
            elif piece.ends:
                effects = server.lost(ConnectionFailed("the client is gone"), now)
            elif self._door.whole_messages:
                effects = server.receive_message(piece.data, now)
            else:
                effects = server.receive_data(piece.data, now)
            self._apply(link, effects, now)
        return moved

    def say(self, count: int, now: float) -> None:
        """Events happen in the youngest session, whether or not a client is there."""
        session = self._sessions.latest
        if session is not None:
            made = session.make(count)
            if session.link is not None:
                self.call(session.link, lambda server: server.send(made, now), now)

    def call(self, link: Link, what: Callable[[ServerGateway], list[served.ServerEffect]], now: float) -> None:
        """Calls one of them, if its connection is open."""
        if link.server_holds and link.speaks:
            self._apply(link, what(link.server), now)

    def close(self, link: Link, code: int, now: float) -> None:
        """Closes with this code."""
        self._checks.ordered(code)
        self.call(link, lambda server: server.close(code, "as ordered", now), now)

    def refuse(self, link: Link, judgement: Judgement, now: float) -> None:
        """Says in a session that stands what a judgement would say."""
        if link.server.state is ServerState.LIVE:
            self._carry_out(link, judgement, now)

    def tick(self, now: float) -> None:
        """Lets all of them look at the clock."""
        for link in self._links:
            if link.server_holds:
                self._apply(link, link.server.tick(now), now)

    def _apply(self, link: Link, effects: Iterable[served.ServerEffect], now: float) -> None:
        for effect in effects:
            self._checks.of_server(link, effect)
            link.apply(effect)
            if isinstance(effect, (served.JudgeIdentify, served.JudgeResume)):
                self._carry_out(link, self._sessions.judge(link, effect, self._token), now)

    def _carry_out(self, link: Link, judgement: Judgement, now: float) -> None:
        self._checks.judged(judgement)
        ready, resumed, code = judgement.ready, judgement.resumed, judgement.close
        if ready is not None:
            self.call(link, lambda server: server.ready(ready, now), now)
        if judgement.frames:
            self.call(link, lambda server: server.send(judgement.frames, now), now)
        if resumed is not None:
            self.call(link, lambda server: server.resumed(resumed, now), now)
        if code is not None:
            self.close(link, code, now)
