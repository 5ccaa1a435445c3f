"""Wounds D11, D14, D17 and D20 of other users (`features.md` D): what only a long life shows, on one shard."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Final

import pytest

from qqgw_proto.errors import AuthenticationFailed, HeartbeatTimeout
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_proto.wire import frames
from recovery.single_shard import RESUMED, ops
from support.attempts import DEFAULT, cause_of, connect, dial, reconnecting, stay, wait_of
from support.peer import Peer
from support.stages import bring, hello, ready

pytestmark = pytest.mark.usefixtures("each_lane")

DAY: Final = 86_400.0

# --- long lives -----------------------------------------------------------------------------------------------------


def rotated(peer: Peer, seconds: float) -> None:
    """READY for a while, then op 7, and back again."""
    stay(peer, seconds)
    peer.say(frames.reconnect())
    dial(peer)
    peer.open()
    hello(peer)
    peer.say(RESUMED if peer.client.state is S.RESUMING else ready("S2"))


def test_d14_a_thousand_clean_rotations_leave_every_counter_at_zero() -> None:
    """D14: "counters not reset on RESUMED: after N healthy rotations the bot gives up" """
    peer = bring(Peer(reconnecting(max_attempts=1), messages=True), "READY")
    for _ in range(1000):
        rotated(peer, 31.0)
    assert ops(peer) == [2] + [6] * 1000
    peer.lose()
    # The first back-off again (at most 1 s), the whole budget of RESUMEs.
    assert wait_of(peer) <= 1.0
    connect(peer)
    assert peer.client.state is S.RESUMING


def test_d17_a_quiet_bot_is_healthy_by_its_acks_and_not_by_its_events() -> None:
    """D17: "health is judged by last event: quiet bots restarted each 30 min, losing messages" """
    peer = bring(Peer(DEFAULT, messages=True), "GREETING")
    peer.say(frames.hello(45_000), ready("S1"))
    peer.wait_due()
    peer.say(frames.heartbeat_ack())
    until = peer.now + DAY
    while peer.now < until:
        peer.wait_due()
        acknowledged_at = peer.client.acknowledged_at
        assert acknowledged_at is not None
        assert peer.now - acknowledged_at == pytest.approx(45.0)
        peer.say(frames.heartbeat_ack())
    assert [effect for _, effect in peer.history if isinstance(effect, do.Disconnected)] == []


def test_d17_events_do_not_hide_that_nothing_is_acknowledged() -> None:
    """D17: "liveness = heartbeat ACK age; last event time is only a metric" """
    peer = bring(Peer(DEFAULT), "GREETING")
    peer.say(frames.hello(45_000), ready("S1"))
    for seq in range(2, 2 + 3 * 45):
        if peer.client.state is S.READY:
            peer.say(b'{"op":0,"s":%d,"t":"A","d":0}' % seq)
            peer.live(1.0)
    assert peer.client.state is S.WAITING
    assert peer.client.acknowledged_at is None
    assert isinstance(cause_of(peer), HeartbeatTimeout)


def test_d11_a_session_that_has_grown_old_is_replaced_where_asked_to() -> None:
    """D11: "resume keeps working yet no event arrives any more after about three days" """
    config = reconnecting(max_session_age=3 * DAY)
    peer = bring(Peer(config, messages=True), "READY")
    begun = peer.now
    while peer.now - begun < 4 * DAY:
        rotated(peer, 1800.0)
    identified = [at - begun for at, effect in peer.history if isinstance(effect, do.Ready)][1:]
    # The first rotation after three days, and no other within the four.
    assert len(identified) == 1
    assert 3 * DAY <= identified[0] <= 3 * DAY + 1810.0
    assert [effect.cause for _, effect in peer.history if isinstance(effect, do.Gap)] == ["session"]


# --- dead time and storms -------------------------------------------------------------------------------------------

FATAL: Final = (4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915)
OTHERS: Final = (
    *(1000, 1001, 1002, 1003, 1005, 1007, 1009, 1011, 3000, 4000, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4321),
    *range(4900, 4914),
)


def test_d20_whatever_codes_come_no_two_dials_are_closer_than_a_second_and_it_is_never_stuck() -> None:
    """D20: "a floor between attempts proved by a property test: never two connects within the floor, never stuck" """
    chance = Random(20)
    ends = 0
    peer = _shard()
    for _ in range(1500):
        before, code = peer.client.state, chance.choice(FATAL if chance.random() < 0.01 else OTHERS)
        peer.close(code)
        if peer.client.state is S.FAILED:
            assert code in FATAL or isinstance(cause_of(peer), AuthenticationFailed)
            ends += 1
            _check_floor(peer)
            peer = _shard()
            continue
        assert (peer.client.state, code in FATAL) == (S.WAITING, False), f"{code} in {before.name}"
        connect(peer)
        if chance.random() < 0.7:
            peer.say(RESUMED if peer.client.state is S.RESUMING else ready("S2"))
            assert peer.client.state is S.READY
            stay(peer, chance.choice((0.0, 1.0, 40.0)))
    _check_floor(peer)
    assert ends > 10


def _shard() -> Peer:
    return bring(Peer(reconnecting(max_attempts=None), messages=True), "READY")


def _check_floor(peer: Peer) -> None:
    dials = [at for at, effect in peer.history if isinstance(effect, do.Dial)]
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in pairwise(dials))


@pytest.mark.parametrize(("code", "most"), [(1011, 20.0), (4009, 1.0)])
def test_d20_a_rotation_costs_a_second_and_1011_is_no_end(code: int, most: float) -> None:
    """D20: "10-20 s dead time at each routine rotation; 1011 never reconnects" """
    peer = bring(Peer(reconnecting(initial_delay=20.0, max_delay=20.0), messages=True), "READY")
    for _ in range(20):
        stay(peer, 1800.0)
        peer.close(code)
        assert wait_of(peer) <= most
        connect(peer)
        peer.say(RESUMED)
    assert ops(peer) == [2] + [6] * 20
