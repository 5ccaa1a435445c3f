"""A gateway that has misbehaved behaves again: what a shard makes of it, and what must hold of all that it has done.

`recover` plays a gateway without faults from whatever is left, until an event has arrived; `audit` holds the whole
history to what conformance 3 asks "everywhere".
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import FINAL
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import LONG_INTERVAL, ready, resumed, state_of

__all__ = ["audit", "bring_again", "recover"]

MOST_TURNS: Final = 300
MOST_DIALS_IN_5_S: Final = 8
MOST_BEATS_IN_1_S: Final = 2  # one that is due, and one that answers the gateway's
LAST: Final = 2**63 - 1

Turn = Callable[[Peer], object]


def _identified(peer: Peer) -> object:
    number = sum(isinstance(effect, do.Ready) for _, effect in peer.history) + 1
    return peer.say(ready(f"S{number}"))


def _resumed(peer: Peer) -> object:
    session = peer.client.session
    assert session is not None
    return peer.say(resumed(min(session.sequence_number + 1, LAST)))


TURNS: Final[Mapping[str, Turn]] = {
    "IDLE": Peer.start,
    "PERMITTING": Peer.permit,
    "PREPARING": Peer.grant,
    "DIALING": Peer.open,
    "UPGRADING": Peer.accept,
    "GREETING": lambda peer: peer.say(frames.hello(LONG_INTERVAL)),
    "IDENTIFYING": _identified,
    "RESUMING": _resumed,
}


def _turn(peer: Peer) -> None:
    """What was waited for comes; where that was of no use, time goes on to the deadline."""
    state = peer.client.state
    act = TURNS.get(state.name)
    if act is not None:
        act(peer)
    if peer.client.state is state:
        peer.wait_due()


def _arrives(peer: Peer) -> bool:
    session = peer.client.session
    number = 1 if session is None else session.sequence_number + 1
    peer.say(frames.dispatch("GOOD", number if number <= LAST else None, {}, "good"))
    return any(
        event.t == "GOOD" for effect in peer.effects if isinstance(effect, do.Deliver) for event in effect.events
    )


def recover(peer: Peer) -> bool:
    """Whether a good event arrived, on this connection or a later one; False where the shard has ended."""
    for _ in range(MOST_TURNS):
        if peer.client.state in FINAL:
            return False
        if peer.client.state.name == "READY" and _arrives(peer):
            return True
        if peer.client.state not in FINAL:
            _turn(peer)
    raise AssertionError(f"it does not come back: {peer.client.explain(peer.now)}")


def bring_again(peer: Peer, stage: str) -> bool:
    """From wherever it stands into the state of a stage; False where the shard has ended."""
    wanted = state_of(stage)
    for _ in range(MOST_TURNS):
        if peer.client.state is wanted:
            return True
        if peer.client.state in FINAL:
            return False
        if peer.client.state.name == "READY":
            peer.lose()
        elif peer.client.state.name == "RESUMING" and wanted.name == "IDENTIFYING":
            peer.close(4006)
        else:
            _turn(peer)
    raise AssertionError(f"it does not get there: {peer.client.explain(peer.now)}")


# --- what holds everywhere


def audit(peer: Peer) -> None:
    """No storm; one IDENTIFY or RESUME a connection; no burst of heartbeats; `s` never goes back; frames are right."""
    dials = [at for at, effect in peer.history if isinstance(effect, do.Dial)]
    for first in dials:
        assert sum(first <= at < first + 5.0 for at in dials) <= MOST_DIALS_IN_5_S, "a storm of connections"
    asked: Counter[int] = Counter()
    beats: Counter[tuple[int, float]] = Counter()
    cursors: defaultdict[int, list[int]] = defaultdict(list)
    sessions: dict[str, int] = {}
    for at, effect in peer.history:
        if isinstance(effect, do.Ready):
            sessions[str(effect.session_id)] = 0
        if not isinstance(effect, do.Write) or effect.data.startswith(b"GET "):
            continue
        frame = _text(effect.data)
        match frame:
            case {"op": 1, "d": cursor}:
                beats[effect.connection, at] += 1
                cursors[effect.connection].append(cursor or 0)
            case {"op": 6, "d": {"session_id": session_id, "seq": seq}}:
                asked[effect.connection] += 1
                assert session_id in sessions, "a RESUME of a session that nobody gave"
                assert seq >= sessions[session_id], "a RESUME from before the last one"
                sessions[session_id] = seq
            case {"op": 2}:
                asked[effect.connection] += 1
            case _:
                assert frame is None, f"a shard does not send {frame}"
    assert set(asked.values()) <= {1}, "two IDENTIFYs or RESUMEs on one connection"
    assert set(beats.values()) <= {1}, "a burst of heartbeats"
    for number, first in beats:
        within = sum(other == number and first <= at < first + 1.0 for other, at in beats)
        assert within <= MOST_BEATS_IN_1_S, "a burst of heartbeats"
    assert all(sequence == sorted(sequence) for sequence in cursors.values()), "`s` went back"


def _text(data: bytes) -> dict[str, Any] | None:
    """The JSON of a text frame; None of a control frame. Both are whole and masked, and RSV is 0."""
    assert data[0] & 0xF0 == 0x80, "a fragment, or RSV is not 0"
    assert data[1] & 0x80, "a client's frames are masked (RFC 6455 5.3)"
    opcode, length = data[0] & 0x0F, data[1] & 0x7F
    start = 2 + {126: 2, 127: 8}.get(length, 0)
    mask, payload = data[start : start + 4], data[start + 4 :]
    text = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    if opcode in (0x8, 0x9, 0xA):
        return None
    assert opcode == 0x1, "no text"
    return cast("dict[str, Any]", json.loads(text))
