"""Every move that a `World` can make, and what must hold at every one of them.

Moves of progress: a request is answered, a message arrives, an event is made, a handler finishes, a deadline passes.
Faults, counted against a budget: a cut, silence, op 7, close 4009, a session that the server forgets, op 9 true. A
crash: the process is killed and starts anew from what was saved. Each broken rule raises `Broken` with its invariant.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from model.world import TOKEN, URL, Link, ServerSession, World, dispatch_frame, new_client
from qqgw_proto import ConnectionState, MessageWire, ServerConfig, ServerGateway
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from qqgw_proto.machine import server_effects as serve
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.wire import frames

__all__ = ["Broken", "Move", "begin", "moves"]

Move = Callable[[World], None]
WAITING_STATES: Final = frozenset(ConnectionState) - {
    ConnectionState.IDLE,
    ConnectionState.READY,
    ConnectionState.STOPPED,
    ConnectionState.FAILED,
}
MAX_EVENTS: Final = 3
MAX_SESSIONS: Final = 2
KEEPS_SESSION: Final = {4009: True, 4006: False, 4903: False, 4915: False}
LOST: Final = ConnectionFailed("cut")


class Broken(AssertionError):
    """An invariant does not hold."""


def check(invariant: str, holds: bool, what: str) -> None:
    """Raises where an invariant does not hold."""
    if not holds:
        raise Broken(f"{invariant}: {what}")


# --- moves


def moves(world: World, faults: int, crashes: int) -> Iterator[tuple[str, bool, Move]]:
    """Every move that is possible: its name, whether it is a fault or a crash, and the move."""
    if world.permit is not None or world.access is not None:
        # Nothing else can see whether these are answered sooner or later: they are answered first.
        yield "answer", False, _answer
        return
    yield from _progress(world)
    if world.client.deadline is not None:
        # Time that passes while something is under way is a delay, and a delay is a fault.
        if not _under_way(world):
            yield "tick", False, _tick
        elif world.faults < faults:
            yield "late", True, _late
    if world.faults < faults:
        yield from _faults(world)
    if world.crashes < crashes:
        yield "crash", True, _crash
        if world.client.state in (ConnectionState.READY, ConnectionState.RESUMING, ConnectionState.WAITING):
            yield "stop", True, _stop


def _progress(world: World) -> Iterator[tuple[str, bool, Move]]:
    link = world.link
    if world.dial is not None:
        yield "open", False, _open
    elif link is not None:
        if link.down:
            yield "down", False, _deliver_down
        if link.up and link.server is not None:
            yield "up", False, _deliver_up
    if world.sent < MAX_EVENTS and world.sessions and world.sessions[-1].known and _news_is_seen(world):
        yield "event", False, _make_event
    for index in range(min(2, len(world.open))):
        yield f"handle{index}", False, partial(_handle, index=index)
    if world.client.state is ConnectionState.STOPPED:
        yield "restart", False, _restart


def _news_is_seen(world: World) -> bool:
    """Where its session is live an event matters at once; while the client is away, one moment is like another."""
    link = world.link
    live = link is not None and link.server is not None and link.session == world.sessions[-1].number
    return live or world.client.state is ConnectionState.WAITING


def _under_way(world: World) -> bool:
    link = world.link
    asked = world.permit is not None or world.access is not None or world.dial is not None
    return asked or (link is not None and bool(link.down or (link.up and link.server is not None)))


def _faults(world: World) -> Iterator[tuple[str, bool, Move]]:
    link = world.link
    away = link is None or link.session is None
    session = world.sessions[-1] if world.sessions else None
    if away and session is not None and session.known and len(world.sessions) < MAX_SESSIONS:
        yield "forget", True, lambda w: _forget(w, silent=False)
        yield "deny", True, lambda w: _forget(w, silent=True)
    if world.dial is not None:
        yield "dial fails", True, _dial_fails
    if link is None or world.dial is not None:
        return
    yield "cut", True, _cut
    if link.server is not None:
        yield "silence", True, _silence
        if link.server.state is ServerState.LIVE:
            yield "op 7", True, lambda w: _order(w, frames.reconnect())
            yield "4009", True, lambda w: _close(w, 4009)
            yield "op 9 true", True, lambda w: _order(w, frames.invalid_session(resumable=True))
        if link.server.state is ServerState.GREETED and any(b'"op":2' in message for message in link.up):
            yield "refuse", True, _refuse
            yield "banned", True, lambda w: _close(w, 4915)


def begin(world: World) -> None:
    """The process starts."""
    _apply(world, world.client.start(world.now, world.saved))


def _answer(world: World) -> None:
    if world.permit is not None:
        number, world.permit = world.permit, None
        world.held += 1
        _apply(world, world.client.permit_granted(number, world.now))
    elif world.access is not None:
        number, world.access = world.access, None
        _apply(world, world.client.access_granted(number, URL, TOKEN, world.now))


def _open(world: World) -> None:
    number, world.dial = world.dial, None
    server = ServerGateway(ServerConfig(heartbeat_timeout=None), wire=MessageWire())
    world.link = Link(number or 0, server)
    _serve(world, server.start(world.now))
    _apply(world, world.client.opened(number or 0, world.now))


def _dial_fails(world: World) -> None:
    world.faults += 1
    number, world.dial = world.dial, None
    _apply(world, world.client.dial_failed(number or 0, LOST, world.now))


def _deliver_down(world: World) -> None:
    link = _link(world)
    message, link.down = link.down[0], link.down[1:]
    if message == b"eof":
        _apply(world, world.client.lost(link.number, LOST, world.now))
    elif message.startswith(b"close "):
        _take_close(world, link.number, int(message[6:]))
    else:
        _apply(world, world.client.receive_message(link.number, message, world.now))


def _take_close(world: World, number: int, code: int) -> None:
    had_session = world.client.session is not None
    _apply(world, world.client.closed(number, code, "", world.now))
    if had_session:
        # protocol.md 4.1: 4009 may RESUME; 4006 and 4903 may not.
        check("I3", (world.client.session is not None) == KEEPS_SESSION[code], f"{code} and the session")


def _deliver_up(world: World) -> None:
    link = _link(world)
    message, link.up = link.up[0], link.up[1:]
    if link.server is not None:
        _serve(world, link.server.receive_message(message, world.now))


def _make_event(world: World) -> None:
    session, link = world.sessions[-1], world.link
    seq, session.next_seq = session.next_seq, session.next_seq + 1
    session.events.append((seq, world.sent))
    frame = dispatch_frame(world.sent, seq)
    world.sent += 1
    world.handled = (*world.handled, 0)
    live = link is not None and link.server is not None and link.server.state is ServerState.LIVE
    if link is not None and link.server is not None and live and link.session == session.number:
        _serve(world, link.server.send([frame], world.now))


def _handle(world: World, *, index: int) -> None:
    ticket, event = world.open[index]
    world.open = world.open[:index] + world.open[index + 1 :]
    counts = list(world.handled)
    counts[event] += 1
    world.handled = tuple(counts)
    check("I3", counts[event] == 1 or world.crashes > 0, f"event {event} was handled twice without a crash")
    _apply(world, world.client.settled([ticket], world.now))


def _tick(world: World) -> None:
    deadline = world.client.deadline
    check("I6", deadline is not None, "no deadline")
    world.now = max(world.now, deadline or 0.0)
    _apply(world, world.client.tick(world.now))


def _late(world: World) -> None:
    world.faults += 1
    _tick(world)


def _cut(world: World) -> None:
    world.faults += 1
    link, world.link = _link(world), None
    _apply(world, world.client.lost(link.number, LOST, world.now))


def _silence(world: World) -> None:
    """The server and what it had sent are gone, and the client is not told."""
    world.faults += 1
    link = _link(world)
    link.server, link.down = None, ()


def _order(world: World, frame: bytes) -> None:
    world.faults += 1
    link = _link(world)
    if link.server is not None:
        _serve(world, link.server.send([frame], world.now))


def _close(world: World, code: int) -> None:
    world.faults += 1
    link = _link(world)
    link.down = (*link.down, b"close %d" % code)
    link.server = None


def _forget(world: World, *, silent: bool) -> None:
    """The server no longer knows the session; it says so with 4006, or only ever drops the connection (D02)."""
    world.faults += 1
    world.sessions[-1].known = False
    world.sessions[-1].silent = silent


def _refuse(world: World) -> None:
    """Op 9, then 4903, to the IDENTIFY that is under way: what a refused intent gets."""
    world.faults += 1
    link = _link(world)
    link.down = (*link.down, frames.invalid_session(resumable=False), b"close 4903")
    link.server = None


def _stop(world: World) -> None:
    world.crashes += 1
    _apply(world, world.client.stop(world.now))


def _crash(world: World) -> None:
    world.crashes += 1
    _restart(world)


def _restart(world: World) -> None:
    session = world.client.life.session
    current = 0 if session is None else session.epoch
    # What was open of a session that is not the saved one is gone for good: the next start must say so.
    if world.saved is None:
        world.excused |= {event for _, event in world.open}
    else:
        world.excused |= {event for ticket, event in world.open if ticket[0] != current}
    world.client = new_client()
    world.link = world.permit = world.access = world.dial = None
    world.held, world.open, world.connected, world.ready, world.dialed_at = 0, (), False, False, None
    world.gaps = world.lost_sessions = 0
    begin(world)


# --- what the shells do


def _link(world: World) -> Link:
    if world.link is None:
        raise AssertionError("this move needs a link")
    return world.link


def _serve(world: World, effects: list[serve.ServerEffect]) -> None:
    link = _link(world)
    for effect in effects:
        match effect:
            case serve.ServerWrite():
                link.down = (*link.down, effect.data)
            case serve.ServerCloseTransport():
                link.down = (*link.down, b"close %d" % effect.code)
                link.server = None
            case serve.JudgeIdentify():
                world.sessions.append(ServerSession(len(world.sessions)))
                link.session = len(world.sessions) - 1
                ready = frames.dispatch("READY", 1, {"session_id": str(link.session)})
                _serve(world, _server(link).ready(ready, world.now))
            case serve.JudgeResume():
                _judge_resume(world, int(effect.session_id), effect.seq)
            case _:
                pass


def _judge_resume(world: World, number: int, seq: int) -> None:
    link, session = _link(world), world.sessions[number]
    server = _server(link)
    if not session.known:
        link.down = (*link.down, b"eof" if session.silent else b"close 4006")
        link.server = None
        return
    link.session = number
    # One event more than was asked for: "a resume may replay an event already seen" (protocol.md 3.2).
    missed = [dispatch_frame(event, s) for s, event in session.events if s >= seq]
    _serve(world, server.send(missed, world.now))
    resumed, session.next_seq = frames.dispatch("RESUMED", session.next_seq, ""), session.next_seq + 1
    _serve(world, server.resumed(resumed, world.now))


def _server(link: Link) -> ServerGateway:
    server: ServerGateway | None = link.server
    if server is None:
        raise AssertionError("the server is gone")
    return server


def _apply(world: World, effects: list[do.Effect]) -> None:
    for effect in effects:
        _apply_one(world, effect)
        if not isinstance(effect, do.Write):
            check("I11", TOKEN not in repr(effect), "the token is in an effect")
    _check_life(world)
    _check_stale(world)


def _apply_one(world: World, effect: do.Effect) -> None:
    match effect:
        case do.RequestPermit():
            world.permit = effect.request
        case do.ReturnPermit():
            world.held -= 1
        case do.RequestAccess():
            world.access = effect.request
        case do.Dial() | do.Write() | do.CloseTransport() | do.AbandonTransport():
            _apply_to_link(world, effect)
        case do.Deliver():
            world.open += tuple((effect.ticket(event), int(event.id or 0)) for event in effect.events)
        case do.SaveSession():
            world.saved = effect.snapshot
        case _:
            _hear(world, effect)


def _apply_to_link(world: World, effect: do.Dial | do.Write | do.CloseTransport | do.AbandonTransport) -> None:
    link = world.link
    is_live = link is not None and link.number == effect.connection
    if isinstance(effect, do.Dial):
        _check_dial(world)
        world.dial, world.dialed_at = effect.connection, world.now
    elif isinstance(effect, do.Write):
        check("I5", is_live, "written to an abandoned transport")
        _check_write(world, _link(world), effect.data)
    elif link is not None and is_live:
        world.link = None
        world.stale = (link.number, link.down[0]) if link.down else None
    elif world.dial == effect.connection:
        world.dial = None


def _check_dial(world: World) -> None:
    check("I5", world.link is None and world.dial is None, "a second transport")
    early = world.dialed_at is not None and world.now - world.dialed_at < 1.0 - 1e-9
    check("I7", not early, "two dials closer than the floor")


def _check_write(world: World, link: Link, data: bytes) -> None:
    opens = b'"op":2' in data or b'"op":6' in data
    check("I2", opens == link.first_up, "the first frame, and only it, is IDENTIFY or RESUME")
    link.first_up = False
    if data.startswith(b'{"op":1,'):
        received = world.client.life.session
        expected = b"null" if received is None or not received.received else b"%d" % received.received
        check("I4", data == b'{"op":1,"d":%s}' % expected, "a heartbeat does not carry what was received")
    if opens or link.server is None:
        link.up = (*link.up, data)
    else:
        # A heartbeat and its ACK move nothing but the heartbeat: they are there at once, or with silence never.
        _serve(world, link.server.receive_message(data, world.now))


def _hear(world: World, notice: do.Effect) -> None:
    match notice:
        case do.Connected():
            check("I9", not world.connected, "Connected twice")
            world.connected = True
        case do.Ready() | do.Resumed():
            check("I9", world.connected and not world.ready, "READY without a connection, or twice")
            world.ready = True
        case do.Disconnected():
            check("I9", world.connected, "Disconnected without Connected")
            world.connected = world.ready = False
        case do.Gap():
            world.gaps += 1
            world.lost_sessions += notice.cause == "session"
            check("I3", notice.cause != "hole", "a hole where there is none")
        case do.Failed():
            check("I8", notice.error.code == 4915, f"failed without a fatal cause: {notice.error}")
        case _:
            pass


def _check_life(world: World) -> None:
    """What the machine's data must always say."""
    life = world.client.life
    session = life.session
    # Every session that this process had and no longer has was given up with one Gap.
    check("I3", world.lost_sessions == life.last_epoch - (session is not None), "a session went without its one Gap")
    check("I6", life.state_due is not None or life.state not in WAITING_STATES, f"{life.state.name} has no deadline")
    check("I7", world.held == (life.permit is not None), "a permit is neither held nor returned")
    if session is None:
        return
    check("I4", session.ledger.settled <= session.received, "settled is above received")
    if world.saved is not None and world.saved.session_id == session.session_id:
        check("I4", world.saved.seq <= session.ledger.settled, "saved is above settled")


def _check_stale(world: World) -> None:
    """What an abandoned connection still brings changes nothing."""
    stale, world.stale = world.stale, None
    if stale is None or stale[1] == b"eof" or stale[1].startswith(b"close "):
        return
    twin = copy.copy(world.client)
    effects = twin.receive_message(*stale, world.now)
    same = twin.life == world.client.life
    check("I5", not effects and same, "a frame of an abandoned connection was taken")
