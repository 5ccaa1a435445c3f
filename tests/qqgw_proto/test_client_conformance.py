"""What conformance 4 asks of the core alone, by its numbers: M01 to M06, M10 to M13, M16.

M07 to M09, M14, M15, M18 and M19 are tests of other modules, M17 and the whole of M13 long runs of their own; M20 is of
the adapters. `docs/conformance.md` names them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from wsproto import events as ws

from qqgw_proto import ClientConfig, ClientGateway, ServerGateway, ShardConfig, Snapshot
from qqgw_proto.errors import ConfigurationError, ConnectionFailed, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import FINAL
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import STAGES, bring, event, resumed
from support.transcripts import TRANSCRIPTS
from support.wires import TEXT, close_frame, frame

CONFIG: Final = ClientConfig(intents=513)
HOUR: Final = 3600.0


def known(peer: Peer) -> tuple[object, ...]:
    client = peer.client
    return (client.state, client.session, client.snapshot, client.deadline)


def count(peer: Peer, kind: type[do.Effect]) -> int:
    return sum(isinstance(effect, kind) for _, effect in peer.history)


ENDS: Final[dict[str, Callable[[Peer], object]]] = {
    "a close frame": lambda peer: peer.close(4009),
    "a fatal close frame": lambda peer: peer.close(4914),
    "a broken rule": lambda peer: peer.feed(b"\xff\x00"),
    "a loss": Peer.lose,
    "the end of the stream": lambda peer: peer.feed(b""),
    "silence": lambda peer: peer.live(HOUR),
    "op 7": lambda peer: peer.say(frames.reconnect()),
    "a wanted stop": lambda peer: (peer.stop(), peer.lose()),
}


@pytest.mark.parametrize("name", ENDS)
def test_m01_bytes_behind_the_end_of_a_connection_change_nothing(name: str) -> None:
    peer = bring(Peer(CONFIG), "READY")
    number, end = peer.connection, ENDS[name]
    end(peer)
    before = known(peer)
    for data in (frame(TEXT, event(3)), frame(TEXT, frames.reconnect()), close_frame(4914), b"\x81", b"\xff", b""):
        assert peer.client.receive_data(number, data, peer.now) == []
    assert known(peer) == before


@pytest.mark.parametrize(("stage", "connections"), [("UPGRADING", 0), ("GREETING", 1), ("READY", 1)])
def test_m02_an_end_twice_is_one_end(stage: str, connections: int) -> None:
    peer = bring(Peer(CONFIG), stage)
    peer.feed(b"\x81")
    assert peer.feed(b"").startswith("AbandonTransport")
    assert [peer.feed(b""), peer.lose(), peer.feed(b"\x81\x00")] == ["", "", ""]
    assert peer.client.state.name == "WAITING"
    assert (count(peer, do.AbandonTransport), count(peer, do.Disconnected)) == (1, connections)
    assert count(peer, do.Retrying) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_m03_a_clock_that_jumps_by_an_hour_makes_no_burst(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    sent = len(peer.frames)
    told = peer.wait(HOUR)
    assert [frame["op"] for frame in peer.frames[sent:]] in ([], [1])
    assert told.count("Retrying") + told.count("RequestPermit") + told.count("RequestAccess") <= 1
    assert peer.wait(0.0) == ""


@pytest.mark.parametrize("stage", STAGES)
def test_m04_a_clock_that_goes_back_waits_no_negative_time(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    latest, peer.now = peer.now, -1e9
    assert peer.wait(0.0) == ""
    deadline = peer.client.deadline
    assert deadline is None or deadline >= latest
    for call in (peer.settle, peer.pause, peer.resume_reading, peer.stop):
        call()
        assert peer.client.deadline is None or peer.client.deadline >= latest


@pytest.mark.parametrize("stage", STAGES)
def test_m05_a_deadline_is_a_number_or_none_and_moves_on(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    for _ in range(30):
        deadline = peer.client.deadline
        if deadline is None:
            assert peer.client.state in FINAL or peer.client.state.name == "IDLE"
            return
        assert type(deadline) is float
        peer.now = max(peer.now, deadline)
        peer.wait(0.0)
        after = peer.client.deadline
        assert after is None or after > peer.now


SPEECHLESS: Final = (
    *("IDLE", "PERMITTING", "PREPARING", "DIALING", "UPGRADING", "GREETING"),
    *("CLOSING", "WAITING", "STOPPED", "FAILED"),
)


@pytest.mark.parametrize("stage", SPEECHLESS)
def test_m06_no_call_of_the_owner_writes_a_frame_before_hello_or_after_the_end(stage: str) -> None:
    assert [name for name in dir(ClientGateway) if "send" in name or "beat" in name] == []
    peer = bring(Peer(CONFIG), stage)
    before = peer.client.state
    for call in (Peer.reconnect, Peer.settle, Peer.pause, Peer.resume_reading, Peer.block, Peer.unblock, Peer.permit):
        sent = len(peer.frames)
        told = call(peer)
        assert "Write" not in told
        assert len(peer.frames) == sent
        if told == "MisuseError":
            assert peer.client.state is before
        before = peer.client.state


@pytest.mark.parametrize("call", ["send", "ready", "resumed"])
def test_m06_a_gateways_end_writes_no_frame_before_its_websocket_stands_or_after_the_end(call: str) -> None:
    frame = frames.dispatch("READY", 1, {"session_id": "a"})
    server = ServerGateway()
    give = getattr(server, call)
    argument = [frame] if call == "send" else frame
    for step in (lambda: None, lambda: server.start(0.0)):
        step()
        with pytest.raises(MisuseError, match=f"{call}\\(\\)"):
            give(argument, 0.0)
    server.lost(ConnectionFailed("reset"), 1.0)
    assert give(argument, 1.0) == []


def test_m10_what_cannot_work_is_refused_at_construction() -> None:
    for intents in (0, -1, 2**31, True, "513", None):
        with pytest.raises(ConfigurationError):
            ClientConfig(intents=intents)  # type: ignore[arg-type]
    for shard, count in ((1, 1), (-1, 1), (0, 0)):
        with pytest.raises(ConfigurationError):
            ShardConfig(shard, count)


def test_m11_a_session_from_storage_that_cannot_be_is_refused() -> None:
    bad: list[tuple[Any, Any]] = [("S", "5"), ("S", -1), ("", 5), ("\ud800", 5), (None, 5), ("S", True)]
    for session_id, seq in bad:
        with pytest.raises(ConfigurationError):
            Snapshot(session_id, seq)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_m12_every_prefix_and_then_the_end_leads_to_another_attempt(name: str) -> None:
    stage, data = TRANSCRIPTS[name]
    for length in range(len(data) + 1):
        peer = bring(Peer(CONFIG), stage)
        peer.feed(data[:length])
        peer.feed(b"")
        assert peer.client.state.name == "WAITING"
        assert peer.client.deadline is not None
        has_session, asked = peer.client.session is not None, peer.wait_due()
        assert ("RequestAccess" if has_session else "RequestPermit") in asked


def test_m12_every_prefix_of_a_handshake_and_then_the_end_leads_to_another_attempt() -> None:
    for length in range(129 + 1):
        peer = bring(Peer(CONFIG), "UPGRADING")
        data = peer.bytes_of(ws.AcceptConnection())
        assert len(data) == 129
        peer.feed(data[:length])
        peer.feed(b"")
        assert peer.client.state.name == "WAITING"
        assert peer.wait_due().endswith("RequestPermit")


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_m13_a_flipped_bit_anywhere_raises_nothing_and_ends_nothing(name: str) -> None:
    stage, data = TRANSCRIPTS[name]
    for index in range(len(data)):
        peer = bring(Peer(CONFIG), stage)
        peer.feed(data[:index] + bytes([data[index] ^ 1 << index % 8]) + data[index + 1 :])
        peer.feed(b"")
        assert peer.client.state.name == "WAITING"


@pytest.mark.parametrize("bit", range(8))
def test_m13_a_flipped_bit_of_a_handshake_raises_nothing_and_ends_nothing(bit: int) -> None:
    for index in range(129):
        peer = bring(Peer(CONFIG), "UPGRADING")
        data = peer.bytes_of(ws.AcceptConnection())
        peer.feed(data[:index] + bytes([data[index] ^ 1 << bit]) + data[index + 1 :])
        peer.feed(b"")
        assert peer.client.state.name == "WAITING"


def test_m16_effects_that_a_caller_left_unread_are_asked_for_again_and_none_is_doubled() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.settle(2)
    peer.say(*[event(seq) for seq in range(3, 11)])
    [delivered] = [effect for effect in peer.effects if isinstance(effect, do.Deliver)]
    seen = [one.s for one in delivered.events[:4]]  # whoever iterates gives up half-way
    peer.settle(*[seq for seq in seen if seq is not None])
    peer.say(event(11), event(12))
    seen += [one.s for effect in peer.effects if isinstance(effect, do.Deliver) for one in effect.events]
    peer.settle(11, 12)
    assert seen == [3, 4, 5, 6, 11, 12]
    saved = peer.client.snapshot
    assert saved == Snapshot("S1", 6, ((11, 12),))
    again = Peer(CONFIG)
    again.start(saved)
    for call in (again.grant, again.open, again.accept):
        call()
    assert again.say(frames.hello(45_000)) == "Write RESUME S1 from 6"
    again.say(*[event(seq) for seq in range(7, 13)], resumed(13))
    seen += [one.s for effect in again.effects if isinstance(effect, do.Deliver) for one in effect.events]
    assert sorted(seq for seq in seen if seq is not None) == list(range(3, 13))
