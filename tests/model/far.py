"""The far side: a real `ServerGateway`, the sessions that it keeps, and the lossy FIFO network to it.

Values are unique: two far sides that are alike are the same object, and each remembers what every order has made of
it. Time stands still here: nothing that the server does in the model depends on it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, TypeAlias

import attrs

from model.invariants import check
from qqgw_proto import MessageWire, ServerConfig, ServerGateway
from qqgw_proto.machine import server_effects as serve
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.wire import frames

__all__ = ["DROP", "EOF", "Far", "Kept", "Order", "close_of"]

Order: TypeAlias = tuple[str, bytes]
"""What happens to the far side: a name of `_ORDERS`, and the frame that it is about."""

EOF: Final = b"eof"
DROP: Final[Order] = ("drop", b"")


def close_of(code: int) -> bytes:
    """A close on its way down."""
    return b"close %d" % code


@attrs.frozen
class Kept:
    """A session as the server keeps it: events by their `s`; READY is 1.

    Attributes:
        events: The `s` and the number of each event.
        next_seq: The next `s`.
        known: Whether it can be resumed.
        silent: Whether a RESUME of one that is not known gets an EOF (D02) and no 4006.
    """

    events: tuple[tuple[int, int], ...] = ()
    next_seq: int = 2
    known: bool = True
    silent: bool = False


_GIVEN_UP: Final = Kept(known=False)
"""Whoever identifies has given up every earlier session: nobody asks for what the server kept of them."""


@attrs.define(eq=False)
class Far:
    """Attributes:
    sessions: All that ever were, the newest last.
    linked: Whether there is a transport, as far as the client knows.
    server: Its far end; None where it has gone.
    bound: The session that is served on it.
    down: Messages on their way to the client.
    up: Messages on their way to the server.
    made: How many events were ever made.
    """

    sessions: tuple[Kept, ...] = ()
    linked: bool = False
    server: ServerGateway | None = None
    bound: int | None = None
    down: tuple[bytes, ...] = ()
    up: tuple[bytes, ...] = ()
    made: int = 0
    afterwards: dict[Order, Far] = attrs.field(factory=dict[Order, "Far"], repr=False)

    unique: ClassVar[dict[object, Far]] = {}

    @property
    def newest(self) -> Kept | None:
        """The newest session."""
        return self.sessions[-1] if self.sessions else None

    @property
    def serves_newest(self) -> bool:
        """Whether the newest session is served on the transport."""
        return self.server is not None and self.bound == len(self.sessions) - 1

    def after(self, order: Order) -> Far:
        """The far side after an order."""
        known = self.afterwards.get(order)
        if known is None:
            draft = attrs.evolve(self, server=copy.copy(self.server), afterwards={})
            _ORDERS[order[0]](draft, order[1])
            known = self.afterwards[order] = _unique(draft)
        return known


def _unique(draft: Far) -> Far:
    if draft.server is None:
        draft.up = ()  # Nobody is left to read it.
    state = None if draft.server is None else draft.server.state
    key = (draft.sessions, draft.linked, state, draft.bound, draft.down, draft.up, draft.made)
    return Far.unique.setdefault(key, draft)


# --- orders: what the client's process does


def _open(far: Far, _data: bytes) -> None:
    far.linked, far.server = True, ServerGateway(ServerConfig(heartbeat_timeout=None), wire=MessageWire())
    _serve(far, far.server.start(0.0))


def _drop(far: Far, _data: bytes) -> None:
    far.linked, far.server, far.bound, far.down = False, None, None, ()


def _say(far: Far, data: bytes) -> None:
    far.up = (*far.up, data)


def _beat(far: Far, data: bytes) -> None:
    # A heartbeat and its ACK move nothing but the heartbeat: they are there at once, or with silence never.
    if far.server is not None:
        _serve(far, far.server.receive_message(data, 0.0))


def _taken(far: Far, _data: bytes) -> None:
    far.down = far.down[1:]


# --- orders: what the server does


def _hear(far: Far, _data: bytes) -> None:
    message, far.up = far.up[0], far.up[1:]
    _serve(far, _server(far).receive_message(message, 0.0))


def _event(far: Far, _data: bytes) -> None:
    number, event = len(far.sessions) - 1, far.made
    far.made += 1
    kept = far.sessions[number]
    _keep(far, number, attrs.evolve(kept, events=(*kept.events, (kept.next_seq, event)), next_seq=kept.next_seq + 1))
    if far.serves_newest and _server(far).state is ServerState.LIVE:
        _send(far, dispatch_frame(event, kept.next_seq))


def _send(far: Far, data: bytes) -> None:
    _serve(far, _server(far).send([data], 0.0))


def _close(far: Far, data: bytes) -> None:
    far.down, far.server = (*far.down, data), None


def _refuse(far: Far, _data: bytes) -> None:
    """Op 9, then 4903, to the IDENTIFY that is under way: what a refused intent gets."""
    far.down, far.server = (*far.down, frames.invalid_session(resumable=False), close_of(4903)), None


def _silence(far: Far, _data: bytes) -> None:
    """The server and what it had sent are gone, and the client is not told."""
    far.server, far.down = None, ()


def _forget(far: Far, data: bytes) -> None:
    number = len(far.sessions) - 1
    _keep(far, number, attrs.evolve(far.sessions[number], known=False, silent=data == EOF))


_ORDERS: Final[dict[str, Callable[[Far, bytes], None]]] = {
    "open": _open,
    "drop": _drop,
    "say": _say,
    "beat": _beat,
    "taken": _taken,
    "hear": _hear,
    "event": _event,
    "send": _send,
    "close": _close,
    "refuse": _refuse,
    "silence": _silence,
    "forget": _forget,
}


# --- how the server's owner answers


def _serve(far: Far, effects: Sequence[serve.ServerEffect]) -> None:
    for effect in effects:
        match effect:
            case serve.ServerWrite():
                far.down = (*far.down, effect.data)
            case serve.ServerCloseTransport():
                far.down, far.server = (*far.down, close_of(effect.code)), None
            case serve.JudgeIdentify():
                far.bound = len(far.sessions)
                far.sessions = (*(_GIVEN_UP for _ in far.sessions), Kept())
                ready = frames.dispatch("READY", 1, {"session_id": str(far.bound)})
                _serve(far, _server(far).ready(ready, 0.0))
            case serve.JudgeResume():
                _judge_resume(far, int(effect.session_id), effect.seq)
            case _:
                pass


def _judge_resume(far: Far, number: int, seq: int) -> None:
    kept = far.sessions[number]
    check("I3", number == len(far.sessions) - 1, "a session is resumed that was given up")
    if not kept.known:
        far.down, far.server = (*far.down, EOF if kept.silent else close_of(4006)), None
        return
    server, far.bound = _server(far), number
    # One event more than was asked for: "a resume may replay an event already seen" (protocol.md 3.2).
    missed = [dispatch_frame(event, s) for s, event in kept.events if s >= seq]
    _serve(far, server.send(missed, 0.0))
    _keep(far, number, attrs.evolve(kept, next_seq=kept.next_seq + 1))
    _serve(far, server.resumed(frames.dispatch("RESUMED", kept.next_seq, ""), 0.0))


def _keep(far: Far, number: int, kept: Kept) -> None:
    far.sessions = (*far.sessions[:number], kept, *far.sessions[number + 1 :])


def _server(far: Far) -> ServerGateway:
    server: ServerGateway | None = far.server
    if server is None:
        raise AssertionError("the server is gone")
    return server


def dispatch_frame(event: int, seq: int) -> bytes:
    """One event on the wire; its number is its id."""
    return frames.dispatch("E", seq, None, str(event))
