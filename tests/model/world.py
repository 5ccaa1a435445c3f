"""One state of the model: a real `ClientGateway`, a real `ServerGateway`, a lossy FIFO network, a store, a handler.

Both gateways speak through `MessageWire`, so that a message is one element of a queue. A `World` is copied before every
move; what it remembers besides the gateways is small and compared by `key`, in which times are relative to now and
numbers are renamed, so that states which differ only in how they were reached are one.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Final

import attrs

from qqgw_proto import (
    ClientConfig,
    ClientGateway,
    ConnectionState,
    MessageWire,
    ReconnectConfig,
    ServerGateway,
    Snapshot,
    Ticket,
)
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.wire import frames

__all__ = ["CONFIG", "TOKEN", "URL", "Link", "ServerSession", "World", "dispatch_frame", "new_client"]

TOKEN: Final = "token-of-the-model"
URL: Final = "ws://127.0.0.1:1/"
CONFIG: Final = ClientConfig(
    513, reconnect=ReconnectConfig(max_attempts=3, max_resumes=2, initial_delay=1.0, max_delay=1.0)
)


@attrs.define
class ServerSession:
    """What the server keeps of a session: events by their `s`, in order; READY is 1."""

    number: int
    events: list[tuple[int, int]] = attrs.field(factory=list[tuple[int, int]])
    next_seq: int = 2
    known: bool = True
    silent: bool = False

    def copied(self) -> ServerSession:
        """A copy to move on."""
        return ServerSession(self.number, list(self.events), self.next_seq, self.known, self.silent)


@attrs.define
class Link:
    """One transport: the server's end, None where the server has gone, and the messages under way."""

    number: int
    server: ServerGateway | None
    session: int | None = None
    down: tuple[bytes, ...] = ()
    up: tuple[bytes, ...] = ()
    first_up: bool = True

    def copied(self) -> Link:
        """A copy to move on."""
        return Link(self.number, copy.copy(self.server), self.session, self.down, self.up, self.first_up)


@attrs.define(slots=False)
class World:
    """Everything; with a `__dict__`, because that is copied fastest."""

    client: ClientGateway
    now: float = 0.0
    permit: int | None = None
    access: int | None = None
    dial: int | None = None
    held: int = 0
    link: Link | None = None
    sessions: list[ServerSession] = attrs.field(factory=list[ServerSession])
    open: tuple[tuple[Ticket, int], ...] = ()
    handled: tuple[int, ...] = ()
    sent: int = 0
    saved: Snapshot | None = None
    faults: int = 0
    crashes: int = 0
    gaps: int = 0
    lost_sessions: int = 0
    connected: bool = False
    ready: bool = False
    dialed_at: float | None = None
    excused: frozenset[int] = frozenset()
    stale: tuple[int, bytes] | None = None

    def copied(self) -> World:
        """A copy to move on."""
        twin = World.__new__(World)
        twin.__dict__.update(self.__dict__)
        twin.client = copy.copy(self.client)
        twin.sessions = [one.copied() for one in self.sessions]
        if self.link is not None:
            twin.link = self.link.copied()
        return twin

    def key(self) -> object:
        """What makes two worlds the same."""
        life = self.client.life
        link, now = self.link, life.now
        heart = life.connection.heartbeat if life.connection else None
        beat = None if heart is None else (_rel(heart.due, now), heart.missed, _rel(heart.oldest, now))
        session = life.session
        return (
            life.state,
            session and (session.session_id, session.received, session.ledger, session.restored, session.dense),
            session and (session.watching, min(session.resumes, 4), min(session.unfinished, 4)),
            session and tuple(ticket[0] == session.epoch for ticket, _ in self.open),
            beat,
            None if life.connection is None else (life.connection.resumable, _rel(life.connection.write_due, now)),
            _rel(life.state_due, now),
            _rel(life.save_due, now),
            min(life.recovery.failures, 1),
            life.recovery.refusals,
            life.recovery.renewal,
            life.recovery.routine,
            _rel(life.recovery.dialed_at, now),
            tuple(ledger for _, ledger in life.orphans),
            (self.permit is None, self.access is None, self.dial is None, self.held),
            None
            if link is None
            else (
                link.down,
                link.up,
                link.session,
                link.first_up,
                None if link.server is None else link.server.state,
                self.dial is not None,
            ),
            tuple((tuple(one.events), one.next_seq, one.known, one.silent) for one in self.sessions),
            tuple((ticket[1], event) for ticket, event in self.open),
            # After a crash an event may be handled again: how often no longer matters.
            tuple(min(count, 1) for count in self.handled) if self.crashes else self.handled,
            self.sent,
            self.saved,
            self.faults,
            self.crashes,
            self.gaps - self.lost_sessions,  # the crash gap
            self.excused,
        )


def _rel(at: float | None, now: float) -> float | None:
    return None if at is None else max(-2.0, round(at - now, 3))


PASSED_THROUGH: Final[set[ConnectionState]] = set()
"""States that no world rests in: with a `MessageWire` the handshake is done in the step that begins it."""


def _observe(given: Input, _now: float, _effects: Sequence[MachineEffect]) -> None:
    if given.kind is Kind.UPGRADED:
        PASSED_THROUGH.add(ConnectionState.UPGRADING)


def new_client() -> ClientGateway:
    """A gateway; whoever explores fixes `Life.chance`, so that no two worlds differ by their luck."""
    return ClientGateway(CONFIG, random.Random(0), wire=MessageWire(), observer=_observe)


def dispatch_frame(event: int, seq: int) -> bytes:
    """One event on the wire; its number is its id."""
    return frames.dispatch("E", seq, None, str(event))
