"""Steps are pure, every deadline passes when it should, and time that misbehaves does no harm (design 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from msgspec.structs import replace

from qqgw_proto import engine
from qqgw_proto.config import ClientConfig
from qqgw_proto.errors import DeadlineExceeded, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Input, Opened, Start
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.machine import deadline, due, step
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire import frames
from support.cells.all_rows import ROWS, check
from support.happenings import Row
from support.peer import Peer
from support.stages import EVERY, STAGES, bring, event

DEFAULT: Final = ClientConfig(intents=513)
IDLE: Final = Life(DEFAULT)

# --- purity ---------------------------------------------------------------------------------------------------------


def snapshot_of(life: Life) -> Life:
    """A copy that shares nothing which could be changed: all parts of a `Life` are frozen."""
    return replace(life)


@pytest.mark.parametrize("row", [row for row in ROWS if row.door != "messages"][::7], ids=str)
def test_a_step_changes_nothing_that_it_was_given_and_always_gives_the_same(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checked(life: Life, given: Input, now: float) -> tuple[Life, list[do.MachineEffect]]:
        before = snapshot_of(life)
        try:
            first = step(life, given, now)
        except MisuseError:
            assert life == before
            raise
        assert life == before
        assert step(life, given, now) == first
        return first

    monkeypatch.setattr(engine, "step", checked)
    check(row, messages=False)


def test_a_step_gives_a_life_of_its_own() -> None:
    after, effects = step(IDLE, Start(), 5.0)
    assert after is not IDLE
    assert IDLE.state is ConnectionState.IDLE
    assert (after.state, after.now, effects) == (ConnectionState.PERMITTING, 5.0, [do.RequestPermit(1)])


def test_a_misuse_raises_and_changes_nothing() -> None:
    life, _ = step(IDLE, Start(), 5.0)
    before = snapshot_of(life)
    with pytest.raises(MisuseError, match="lives once"):
        step(life, Start(), 6.0)
    assert before == life


def test_a_stale_number_never_reaches_the_table() -> None:
    after, effects = step(IDLE, Opened(7), 5.0)
    assert (after.state, effects) == (ConnectionState.IDLE, [do.AbandonTransport(7)])


def test_nothing_is_due_before_the_start() -> None:
    assert deadline(IDLE) is None
    assert due(IDLE, 1e9) is None


def test_what_is_due_says_by_how_much_it_is_late() -> None:
    life, _ = step(IDLE, Start(), 5.0)
    assert deadline(life) == 35.0
    assert due(life, 34.9) is None
    found = due(life, 35.5)
    assert found is not None
    assert (found.kind, found.late) == (Kind.STATE_DUE, 0.5)


# --- every deadline, with its default -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "seconds", "why"),
    [
        ("PREPARING", 30, "no URL and token in time"),
        ("DIALING", 10, "no TCP and TLS connection in time"),
        ("UPGRADING", 10, "no answer to the WebSocket handshake in time"),
        ("GREETING", 10, "no HELLO in time"),
        ("IDENTIFYING", 20, "no READY after IDENTIFY in time"),
        ("RESUMING", 20, "no RESUMED after RESUME in time"),
    ],
)
def test_a_state_that_waits_gives_up_at_its_deadline(stage: str, seconds: float, why: str) -> None:
    peer = bring(Peer(DEFAULT), stage)
    since = peer.now
    peer.wait(seconds - 0.001)
    assert peer.client.state.name == stage
    peer.now = since
    peer.wait(seconds)
    retrying = peer.effects[-1]
    assert isinstance(retrying, do.Retrying)
    assert retrying.why == DeadlineExceeded(why)
    assert peer.client.state.name == "WAITING"


def test_a_silent_gate_is_asked_anew_after_30_seconds() -> None:
    peer = bring(Peer(DEFAULT), "PERMITTING")
    first = peer.request
    assert peer.wait(29.9) == ""
    assert peer.wait(0.1) == "RequestPermit"
    assert peer.request > first


def test_a_gate_that_says_when_is_not_silent() -> None:
    # "PERMITTING's is re-armed by permit_delayed" (design 3).
    peer = bring(Peer(DEFAULT), "PERMITTING")
    peer.delay(3600.0)
    assert peer.wait(3629.0) == ""
    assert peer.wait(1.0) == "RequestPermit"


def test_a_gate_may_name_a_time_that_has_passed() -> None:
    peer = bring(Peer(DEFAULT), "PERMITTING")
    peer.delay(-100.0)
    assert peer.client.deadline == peer.now + 30.0


@pytest.mark.parametrize("stage", ["DOUBTING_IDENTIFY", "DOUBTING_SESSION"])
def test_the_grace_after_an_op_9_is_2_seconds(stage: str) -> None:
    peer = bring(Peer(DEFAULT), stage)
    assert peer.wait(1.9) == ""
    assert "AbandonTransport" in peer.wait(0.1)


def test_a_polite_close_is_awaited_5_seconds() -> None:
    peer = bring(Peer(DEFAULT), "CLOSING")
    assert peer.wait(4.9) == ""
    assert peer.wait(0.1) == "AbandonTransport; Disconnected DeadlineExceeded; Stopped"


def test_a_stalled_write_is_given_up_after_10_seconds_from_the_first_that_blocked() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.block()
    peer.wait(9.0)
    peer.block()
    assert "ConnectionFailed" in peer.wait(1.0)


def test_a_replay_is_given_more_time_by_every_new_event_but_600_seconds_at_most() -> None:
    # "A server that only pretends progress does not hold it off for ever" (I6).
    peer = bring(Peer(DEFAULT), "RESUMING")
    begun, seq = peer.now, 3
    while peer.client.state.name == "RESUMING":
        peer.live(19.0)
        if peer.client.state.name == "RESUMING":
            peer.say(b'{"op":11}', b'{"op":0,"s":%d,"t":"A","d":0}' % seq)
            seq += 1
    lost = next(at for at, effect in reversed(peer.history) if isinstance(effect, do.Disconnected))
    assert lost - begun == pytest.approx(600.0)


def test_a_pause_makes_a_replay_longer_by_itself_and_by_no_more() -> None:
    """Else a server that only pretends progress (I6) would gain 600 seconds by every pause."""
    peer = bring(Peer(DEFAULT), "RESUMING")
    began, seq, read = peer.now, 2, 0.0
    while peer.client.state.name == "RESUMING":
        peer.live(10.0)
        read += 10.0
        seq += 1
        peer.say(frames.heartbeat_ack(), event(seq))
        peer.pause()
        peer.live(50.0)
        peer.resume_reading()
    lost = next(at for at, effect in reversed(peer.history) if isinstance(effect, do.Disconnected))
    assert (read, lost - began) == (600.0, 3550.0)


def test_a_replay_without_anything_new_is_given_no_more_time() -> None:
    # "Only [progress] re-arms the RESUMED deadline" (design 5): also after there has been progress once.
    peer = bring(Peer(DEFAULT), "RESUMING")
    peer.say(b'{"op":0,"s":3,"t":"A","d":0}')
    begun = peer.now
    peer.live(15.0)
    peer.say(b'{"op":0,"s":3,"t":"A","d":0}')
    peer.live(5.0)
    assert (peer.client.state.name, peer.now - begun) == ("WAITING", 20.0)


def test_a_changed_session_is_saved_at_most_once_a_second() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.say(b'{"op":0,"s":3,"t":"A","d":0}', b'{"op":0,"s":4,"t":"A","d":0}')
    peer.settle(2)
    peer.wait(0.5)
    peer.settle(3)
    assert peer.wait(0.4) == ""
    assert peer.wait(0.1) == "SaveSession S1 3"
    peer.settle(4)
    assert peer.wait(0.9) == ""
    assert peer.wait(0.1) == "SaveSession S1 4"
    assert "SaveSession" not in peer.live(20.0)


# --- time that misbehaves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_an_early_or_repeated_tick_does_nothing(stage: str) -> None:
    peer = bring(Peer(DEFAULT), stage)
    before = (peer.client.state, peer.client.deadline, peer.client.session, peer.client.explain(peer.now))
    assert [peer.wait(0.0) for _ in range(3)] == ["", "", ""]
    assert (peer.client.state, peer.client.deadline, peer.client.session, peer.client.explain(peer.now)) == before


@pytest.mark.parametrize("stage", STAGES)
def test_after_a_tick_the_deadline_lies_ahead_or_is_none(stage: str) -> None:
    peer = bring(Peer(DEFAULT), stage)
    for _ in range(5):
        if peer.client.deadline is not None:
            peer.wait_due()
        assert peer.client.deadline is None or peer.client.deadline > peer.now


@pytest.mark.parametrize("stage", EVERY)
def test_a_clock_that_goes_back_is_held(stage: str) -> None:
    peer = bring(Peer(DEFAULT), stage)
    state, until = peer.client.state, peer.client.deadline
    peer.now -= 500.0
    assert peer.wait(0.0) == ""
    assert (peer.client.state, peer.client.deadline) == (state, until)


def test_a_wait_that_begins_in_the_past_begins_now() -> None:
    peer = bring(Peer(DEFAULT), "DIALING")
    peer.now -= 500.0
    peer.open()
    assert peer.client.deadline == 1010.0


CALLS: Final[dict[str, Callable[[Peer], str]]] = {
    "tick": lambda peer: peer.wait(0.0),
    "settled": lambda peer: peer.settle(2),
    "stop": Peer.stop,
    "opened": Peer.open,
    "lost": Peer.lose,
    "receive_data": lambda peer: peer.feed(b'\x81\x09{"op":11}'),
    "receive_data, half a frame": lambda peer: peer.feed(b'\x81\x09{"op'),
    "receive_data, EOF": lambda peer: peer.feed(b""),
    "access_granted": Peer.grant,
}


@pytest.mark.parametrize("now", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("call", CALLS)
def test_a_time_that_cannot_be_compared_is_refused_and_changes_nothing(call: str, now: float) -> None:
    peer, twin = (bring(Peer(DEFAULT), "READY") for _ in range(2))
    right, peer.now = peer.now, now
    assert CALLS[call](peer) == "MisuseError"
    peer.now = right
    # It goes on as if the call had not been made.
    assert peer.say(b'{"op":0,"s":3,"t":"A","d":0}') == twin.say(b'{"op":0,"s":3,"t":"A","d":0}') == "Deliver 3"
    assert (peer.client.state, peer.client.deadline) == (twin.client.state, twin.client.deadline)


def test_a_permit_cannot_be_delayed_for_ever() -> None:
    peer = bring(Peer(DEFAULT), "PERMITTING")
    assert peer.delay(float("inf")) == "MisuseError"


def test_a_retry_cannot_be_put_off_to_no_time() -> None:
    peer = bring(Peer(DEFAULT), "PREPARING")
    assert peer.deny(retry_after=float("nan")) == "MisuseError"
    assert peer.client.state.name == "PREPARING"
