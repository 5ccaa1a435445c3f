"""What can happen to a shard, each with a name to stand in a test's, and a row that says what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

import attrs

from qqgw_proto.config import ClientConfig
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import CONFIG, LONG_INTERVAL, event, ready, resumed

__all__ = ["Row", "Then", "What", "rows"]


@attrs.frozen
class What:
    """One thing that happens."""

    name: str
    do: Callable[[Peer], str]
    bytes_only: bool = False

    def __call__(self, peer: Peer) -> str:
        return self.do(peer)


@attrs.frozen
class Then:
    """What must come of one more thing: only so the memory of a step can be seen."""

    what: What
    state: str
    effects: str


@attrs.frozen
class Row:
    """One expectation.

    Attributes:
        stage: Where it begins.
        what: What happens; all but the last only lead up to it.
        state: The next state; "same" = the state stays.
        effects: The effects of the last, in the words of `telling`.
        rule: Why.
        due: The deadline afterwards, in seconds from then; None where it is not this row's matter. Where nothing comes
            of it at all, the deadline must stay as it was.
        then: What follows from it.
        config: The shard's.
        door: The only door that it can come through; None = both.
    """

    stage: str
    what: tuple[What, ...]
    state: str
    effects: str
    rule: str
    due: float | None = None
    then: tuple[Then, ...] = ()
    config: ClientConfig = CONFIG
    door: Literal["bytes", "messages"] | None = None

    def __str__(self) -> str:
        return f"{self.stage}-{' and '.join(what.name for what in self.what)}-{self.state}"


def rows(
    stages: str | Iterable[str],
    what: What | tuple[What, ...],
    state: str,
    effects: str,
    rule: str,
    *,
    due: float | None = None,
    then: Then | tuple[Then, ...] = (),
    config: ClientConfig = CONFIG,
    door: Literal["bytes", "messages"] | None = None,
) -> list[Row]:
    """One row for each of the stages. Who owns a WebSocket sees neither its handshake nor its pings."""
    happens = what if isinstance(what, tuple) else (what,)
    follows = then if isinstance(then, tuple) else (then,)
    names = (stages,) if isinstance(stages, str) else stages
    if any(one.bytes_only for one in happens):
        door = "bytes"
    return [
        Row(stage, happens, state, effects, rule, due, follows, config, "bytes" if "UPGRADING" in stage else door)
        for stage in names
    ]


# --- the owner

SAVED: Final = Snapshot("S0", 7)

starts = What("start()", Peer.start)
starts_with_session = What("start(session)", lambda peer: peer.start(SAVED))
starts_with_orphans = What("start(session with orphans)", lambda peer: peer.start(Snapshot("S0", 7, orphans=2)))
starts_with_orphans_only = What("start(orphans)", lambda peer: peer.start(Snapshot(None, orphans=2)))
starts_with_lost_session = What("start(lost session)", lambda peer: peer.start(Snapshot(None, 7, lost=True)))
starts_with_both_lost = What("start(both lost)", lambda peer: peer.start(Snapshot(None, 7, orphans=2, lost=True)))
stops = What("stop()", Peer.stop)
plans_a_reconnect = What("reconnect()", Peer.reconnect)
settles = What("settled(2)", lambda peer: peer.settle(2))
pauses = What("reading_paused()", Peer.pause)
reads_again = What("reading_resumed()", Peer.resume_reading)
is_permitted = What("permit_granted()", Peer.permit)
is_delayed = What("permit_delayed(100 s)", lambda peer: peer.delay(100.0))
has_access = What("access_granted()", Peer.grant)
is_denied = What("access_denied()", Peer.deny)
is_refused = What("access_denied(fatal)", lambda peer: peer.deny(fatal=True))

# --- the transport

opens = What("opened()", Peer.open)
cannot_dial = What("dial_failed()", Peer.fail_dial)
breaks = What("lost()", Peer.lose)
blocks = What("writing_blocked()", Peer.block)
moves = What("writing_resumed()", Peer.unblock)

# --- the WebSocket

accepts = What("101", Peer.accept, bytes_only=True)
rejects_401 = What("401", lambda peer: peer.reject(401), bytes_only=True)
rejects_403 = What("403", lambda peer: peer.reject(403), bytes_only=True)
rejects_500 = What("500", lambda peer: peer.reject(500), bytes_only=True)
host_sees_401 = What("401 for the host", lambda peer: peer.reject(401))
host_sees_500 = What("500 for the host", lambda peer: peer.reject(500))
speaks_tls = What("no HTTP", lambda peer: peer.feed(b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"), bytes_only=True)
pings = What("ping", lambda peer: peer.ping("a"), bytes_only=True)
pings_again = What("another ping", lambda peer: peer.ping("b"), bytes_only=True)
says_too_much = What("a message too long", lambda peer: peer.say(b'"' + b"x" * 3000 + b'"'))


def closes(code: int) -> What:
    return What(f"close {code}", lambda peer: peer.close(code))


# --- the gateway


def says(name: str, *texts: bytes) -> What:
    return What(name, lambda peer: peer.say(*texts))


greets = says("HELLO", frames.hello(LONG_INTERVAL))
greets_oddly = says("HELLO of no interval", b'{"op":10,"d":{}}')
greets_briskly = says("HELLO of 1 s", frames.hello(1000))
is_ready = says("READY", ready())
is_ready_anew = says("READY of another session", ready("S2"))
is_resumed = says("RESUMED", resumed(3))
sends = says("an event", event(3))
sends_again = says("an event again", event(2))
beats = says("op 1", b'{"op":1,"d":null}')
acknowledges = What("op 11", lambda peer: _acknowledged(peer, peer.say(frames.heartbeat_ack())))
measures = What("op 11, measured", lambda peer: f"{peer.say(frames.heartbeat_ack())}({peer.client.round_trip.latest})")
orders_reconnect = says("op 7", frames.reconnect())
doubts = says("op 9 d true", frames.invalid_session(resumable=True))
invalidates = says("op 9 d false", frames.invalid_session(resumable=False))
says_op_3 = says("op 3", b'{"op":3}')
says_nonsense = says("no JSON", b"{")


def _acknowledged(peer: Peer, told: str) -> str:
    return f"{told}({'acknowledged' if peer.client.acknowledged_at == peer.now else 'not acknowledged'})"


def _identify_again(peer: Peer) -> str:
    for call in (Peer.wait_due, Peer.permit, Peer.grant, Peer.open, Peer.accept):
        call(peer)
    return greets(peer)


def _resume(*then: Callable[[Peer], str]) -> Callable[[Peer], str]:
    def act(peer: Peer) -> str:
        for call in (Peer.wait_due, Peer.grant, Peer.open, Peer.accept, greets):
            call(peer)
        return [call(peer) for call in then][-1]

    return act


identifies_again = What("the next attempt, to IDENTIFY", _identify_again)


def _sleep(peer: Peer) -> str:
    return peer.wait(1300.0)  # more than an interval after the first beat, whenever that was due


def _resume_in_pause(peer: Peer) -> str:
    peer.pause()
    _resume(Peer.lose)(peer)
    return peer.resume_reading()


resumes_in_vain = What("a RESUME without progress", _resume(Peer.lose))
resumes_unread = What("a RESUME lost in a pause", _resume(Peer.pause, Peer.lose, Peer.resume_reading))
resumes_late = What("a RESUME lost after a pause", _resume(Peer.pause, Peer.resume_reading, Peer.lose))
resumes_paused = What("a RESUME sent and lost in a pause", _resume_in_pause)
resumes_asleep = What("a RESUME slept through", _resume(_sleep))
resumes_paused_asleep = What("a RESUME slept through in a pause", _resume(Peer.pause, _sleep, Peer.resume_reading))

# --- the clock

is_due = What("the deadline", Peer.wait_due)


def waits(seconds: float) -> What:
    return What(f"{seconds:g} s in one tick", lambda peer: peer.wait(seconds))


def lives(seconds: float) -> What:
    return What(f"{seconds:g} s", lambda peer: peer.live(seconds))
