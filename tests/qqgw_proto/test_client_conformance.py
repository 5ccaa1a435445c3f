"""What conformance 4 asks of the core alone, by its numbers: M02, M05, M10 to M14, M17.

M01, M03, M04, M06 to M09, M15, M16, M18 and M19 are tests of other modules, which `docs/conformance.md` names.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from qqgw_proto import ClientConfig, ClientGateway, ShardConfig, Snapshot
from qqgw_proto.errors import ConfigurationError
from support.peer import Peer
from support.stages import STAGES, bring, event
from support.transcripts import TRANSCRIPTS

CONFIG: Final = ClientConfig(intents=513)


def parts_of(client: ClientGateway) -> list[object]:
    """What a shard is made of, for those who look inside."""
    parts: dict[str, object] = vars(client)
    return list(parts.values())


@pytest.mark.parametrize("stage", ["UPGRADING", "GREETING", "READY"])
def test_m02_an_end_twice_is_one_end(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    peer.feed(b"\x81")
    assert peer.feed(b"").startswith("AbandonTransport")
    assert [peer.feed(b""), peer.lose(), peer.feed(b"\x81\x00")] == ["", "", ""]
    assert peer.client.state.name == "WAITING"


def test_m05_a_deadline_can_be_asked_for_in_every_state() -> None:
    for stage in STAGES:
        deadline = bring(Peer(CONFIG), stage).client.deadline
        assert deadline is None or deadline >= 1000.0


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


@pytest.mark.parametrize("name", ["a replay", "a wanted end"])
def test_m12_every_prefix_and_then_the_end_leads_to_another_attempt(name: str) -> None:
    stage, data = TRANSCRIPTS[name]
    for length in range(len(data) + 1):
        peer = bring(Peer(CONFIG), stage)
        peer.feed(data[:length])
        peer.feed(b"")
        assert peer.client.state.name == "WAITING"
        assert peer.client.deadline is not None


@pytest.mark.parametrize("flip", [0x01, 0x02, 0x04, 0x10, 0x20, 0x80])
def test_m13_a_flipped_bit_anywhere_raises_nothing_and_ends_nothing(flip: int) -> None:
    stage, data = TRANSCRIPTS["a broken frame"]
    for index in range(len(data)):
        peer = bring(Peer(CONFIG), stage)
        peer.feed(data[:index] + bytes([data[index] ^ flip]) + data[index + 1 :])
        peer.feed(b"")
        assert peer.client.state.name == "WAITING"


NOT_FRAMES: Final = (
    *(b"", b"[", b"nul", b'{"op":}', b'"text"', b"1", b"null", b"[]", b'{"op":"0"}', b'{"op":0.0}', b'{"op":true}'),
    *(b'{"op":null}', b"{}", b'{"op":1e400}', b'{"op":0,"d":}', b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"op":[]}'),
)


@pytest.mark.parametrize("stage", ["GREETING", "IDENTIFYING", "RESUMING", "READY"])
def test_m14_what_is_no_frame_changes_nothing_in_any_state(stage: str) -> None:
    peer = bring(Peer(CONFIG, messages=True), stage)
    before = (peer.client.state, peer.client.session, peer.client.snapshot, peer.client.deadline)
    for payload in NOT_FRAMES:
        if len(payload) <= 2000:
            peer.client.receive_message(peer.connection, payload, peer.now)
    assert (peer.client.state, peer.client.session, peer.client.snapshot, peer.client.deadline) == before


def test_m17_ten_thousand_settled_events_leave_nothing_behind() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.settle(2)
    empty = len(str([vars(part) for part in parts_of(peer.client)]))
    for first in range(3, 10_003, 100):
        seqs = range(first, first + 100)
        peer.say(*[event(seq) for seq in seqs])
        peer.settle(*seqs)
        peer.wait(1.0)
        if peer.client.state.name == "READY":
            peer.say(b'{"op":11}')
    assert peer.client.snapshot == Snapshot("S1", 10_002)
    assert len(str([vars(part) for part in parts_of(peer.client)])) < empty + 200
