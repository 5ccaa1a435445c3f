"""Wounds D01 to D20 of other libraries' users (`features.md` D): sessions lost, kept and refused, on one shard.

The twenty are spread over four files: D01 to D05, D08 and D13 here, D11, D14, D17 and D20 in
`test_wounds_over_time.py`; on a whole bot D06, D07, D09, D10, D12, D13 and D18 in `test_wounds_of_the_bot.py`, and D15,
D16 and D19 in `test_wounds_of_tasks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pairing import Pair
from qqgw_proto.errors import ConnectionFailed, InvalidIntents
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_proto.wire import frames
from qqgw_proto.wire.doors import MessageWire
from recovery.single_shard import ops
from support.attempts import DEFAULT, cause_of, connect, dial, reconnecting, stay, wait_of
from support.peer import Peer
from support.stages import bring, ready

pytestmark = pytest.mark.usefixtures("each_lane")

# --- sessions that are gone -----------------------------------------------------------------------------------------


def test_d01_a_resume_refused_with_4902_is_followed_by_exactly_one_identify() -> None:
    """D01: "the same resume is tried about ten times, then the bot is off for good" """
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    connect(peer)
    assert peer.close(4902, "reset by resume").count("Gap session 3-") == 1
    connect(peer)
    peer.say(ready("S2"))
    stay(peer, 1800.0)
    assert (peer.client.state, ops(peer)) == (S.READY, [2, 6, 2])


def test_d02_a_resume_that_dies_before_resumed_is_tried_three_times_and_then_identified() -> None:
    """D02: "resume is accepted on the wire, socket dies before RESUMED; hours of looping on a stale session" """
    peer = bring(Peer(DEFAULT), "READY")
    begun = peer.now
    peer.lose()
    for _ in range(3):
        connect(peer)
        peer.lose()
    connect(peer)
    assert ops(peer) == [2, 6, 6, 6, 2]
    # Back-offs of at most 1, 2, 4 and 8 s.
    assert peer.now - begun <= 15.0


def test_d02_a_resume_that_is_never_answered_is_no_better() -> None:
    """D02: "progress-based RESUMED deadline" """
    peer = bring(Peer(DEFAULT), "READY")
    begun = peer.now
    peer.lose()
    for _ in range(3):
        connect(peer)
        peer.live(20.0)
    connect(peer)
    assert ops(peer) == [2, 6, 6, 6, 2]
    assert peer.now - begun <= 15.0 + 3 * 20.0


# --- sessions that live on ------------------------------------------------------------------------------------------


def handle(pair: Pair, positions: Iterable[int]) -> list[int]:
    """Finishes delivered events, named by their position among the unfinished; which numbers these were."""
    tickets = list(pair.open_tickets)
    chosen = sorted({position % len(tickets) for position in positions}) if tickets else []
    pair.settle(chosen)
    return [tickets[position][1] for position in chosen]


@pytest.mark.parametrize("code", [4008, 4009])
def test_d03_4009_and_4008_in_mid_stream_lose_no_event_and_identify_nobody(code: int) -> None:
    """D03: "the routine 4009 was handled as identify afresh: messages sent in the gap are gone" """
    pair = Pair()
    pair.start()
    pair.heal()
    pair.say(5)
    pair.to_client(300)  # Cut in the middle of a frame.
    pair.close(code)
    pair.move_all()
    pair.say(5)
    pair.heal()
    assert sorted(handle(pair, range(10))) == list(range(2, 12))
    assert len(pair.sessions.by_id) == 1


@pytest.mark.parametrize("interval", [20_000, 45_000])
def test_d04_a_half_open_link_is_left_within_three_intervals_and_without_a_word(interval: int) -> None:
    """D04: "client believes it is online; up to 30 min of silence"; "abort the transport (no close-handshake wait)" """
    peer = bring(Peer(DEFAULT), "GREETING")
    peer.say(frames.hello(interval), ready("S1"))
    stay(peer, 600.0)
    silent_since = peer.now
    while "Disconnected" not in (told := peer.wait_due()):
        pass
    assert peer.now - silent_since <= 3 * interval / 1000
    assert told.startswith("AbandonTransport; Disconnected HeartbeatTimeout; Retrying")
    connect(peer)
    assert ops(peer) == [2, 6]


def test_d04_a_machine_that_slept_resumes_as_soon_as_it_wakes() -> None:
    """D04: "suspend detection by wall-vs-monotonic jump" """
    peer = bring(Peer(DEFAULT), "READY")
    stay(peer, 600.0)
    assert peer.wait(8 * 3600.0).startswith("AbandonTransport; Disconnected ReconnectRequested; Retrying")
    assert wait_of(peer) < 5.0
    connect(peer)
    assert ops(peer) == [2, 6]


ORDERS: Final = st.lists(st.integers(0, 7), max_size=8)


@settings(max_examples=60)
@given(arrived=st.integers(0, 8), before=ORDERS, unsaved=ORDERS, cut=st.booleans())
def test_d05_wherever_it_crashes_every_event_is_handled_at_least_once(
    arrived: int, before: list[int], unsaved: list[int], cut: bool
) -> None:
    """D05: "seq stored on receipt; crash or resume with items still queued loses them" """
    pair = Pair(MessageWire())
    pair.start()
    pair.heal()
    pair.say(8)
    for _ in range(arrived):
        pair.to_client(1)
    saved = set(handle(pair, before))
    pair.wait(1.0)
    if cut:  # Within a process a RESUME asks for nothing twice.
        pair.close(4009)
        pair.heal()
    unfinished = set(handle(pair, unsaved))
    assert not saved & unfinished
    pair.crash()
    pair.heal()
    again = set(handle(pair, range(8)))
    assert len(pair.sessions.by_id) == 1
    # 2 to 9: READY is the first.
    assert saved | again | unfinished == set(range(2, 10))
    assert again >= set(range(2, 10)) - saved - unfinished
    assert not saved & again, "what was saved as handled came again"


def test_d08_op_9_that_hides_4014_is_one_identify_and_the_end() -> None:
    """D08: "op 9 hides the true cause; client loops each 5 s and burns the 1000-per-day start quota" """
    peer = bring(Peer(DEFAULT), "IDENTIFYING")
    assert peer.say(frames.invalid_session(resumable=False)) == ""
    assert peer.wait(0.2) == ""
    assert peer.close(4014, "disallowed intents").endswith("Failed InvalidIntents 4014")
    assert peer.client.deadline is None
    assert ops(peer) == [2]
    assert "disallowed intents" in cause_of(peer).message


@pytest.mark.parametrize("close", [4903, None], ids=["4903", "EOF"])
def test_d08_op_9_that_hides_nothing_better_is_five_identifies_and_the_end(close: int | None) -> None:
    """D08: "count refused identifies; stop fatal codes with a message naming the code and remedy" """
    peer = bring(Peer(DEFAULT), "IDENTIFYING")
    sent_at = [peer.now]
    for _ in range(5):
        peer.say(frames.invalid_session(resumable=False))
        if close is None:
            peer.lose()
        else:
            peer.close(close)
        if peer.client.state is S.WAITING:
            connect(peer)
            sent_at.append(peer.now)
    assert (ops(peer), peer.client.state) == ([2] * 5, S.FAILED)
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(sent_at))
    assert isinstance(cause_of(peer), InvalidIntents)
    assert "IP allow-list" in cause_of(peer).remedy


def test_d13_six_hours_of_dns_failure_are_over_within_one_capped_delay() -> None:
    """D13: "transport and 5xx failures never spend the budget of refusals; retry for ever at capped backoff" """
    peer = bring(Peer(reconnecting(max_attempts=1)), "DIALING")
    until = peer.now + 6 * 3600.0
    failures = 0
    while peer.now < until:
        failures += 1
        peer.fail_dial(ConnectionFailed("cannot reach api.sgroup.qq.com:443: Name or service not known"))
        if failures % 3 == 0:  # Now and then it is REST that fails.
            peer.wait_due()
            peer.permit()
            peer.deny(ConnectionFailed("HTTP 500"))
        dial(peer)
    assert failures > 500
    peer.fail_dial()
    over_since = peer.now
    connect(peer)
    assert (ops(peer), peer.client.state) == ([2], S.IDENTIFYING)
    assert peer.now - over_since <= 30.0
