"""The lines of the design on recovery (5), on heartbeats and pressure (6): where each is tested, and those tested here.

"Cells" are the rows of `tests/support/cells`, "here" is this file; a file's name is told without its directory.

5 | close codes are data, row by row; users can override a row | test_close_codes.py, test_machine_close_codes.py
5 | unknown codes resume under budget | here
5 | every reconnect of ours is abandoned without a close frame | here; cells of clock and gateway
5 | after a local protocol error the RFC's code is written, not awaited, then RESUME | here; cells of transport
5 | `stop` closes with 4000; None = abandon | test_shard_stopping.py
5 | op 7 and 4009 are routine once in a row or after healthy_after, else ordinary back-off | test_machine_recovery.py
5 | op 9: d true and a close that permits RESUME; fatal wins; 4004 renews; EOF and grace | cells of closes and clock
5 | op 9: heartbeats go on, later op 9 and op 7 are ignored, new events are delivered | test_machine_refusals.py
5 | only progress clears the budget (3 RESUMEs) and re-arms RESUMED | test_machine_refusals.py, test_machine.py
5 | refusals of every kind count together, everything else is retried for ever | here; test_machine_recovery.py
5 | back-off, its reset, its floors, min_dial_interval | test_machine_recovery.py
5 | FAILED only so, and ending is loud | test_error_kinds.py; test_client_at_random.py (I8)
5 | a tick later than an interval: RESUME, spread over the fleet | here; test_machine_heartbeat.py
5 | a tick later than that: one beat, nothing missed | test_machine_heartbeat.py
5 | lateness is recorded | here
6 | HELLO's interval, the first beat, every beat, `d` | test_heartbeat.py, test_machine_heartbeat.py
6 | the verdict: max_missed or timeout, any ACK clears all, RTT | test_heartbeat.py, test_machine_heartbeat.py
6 | op 1 and pings are answered at most once a second | test_machine_heartbeat_answers.py
6 | at 1000 events undone reading stops, ticking and writing go on | test_lines_of_pressure.py; test_shard_pressure.py
6 | a beat of a pause cannot be missed; one fresh period | test_machine_heartbeat_pauses.py, test_shard_pressure.py
6 | unsent bytes are bounded | test_lines_of_pressure.py; test_shard_liveness.py for the end of such a connection
6 | stop: no reading, drain with heartbeats, SaveSession, close | test_lines_of_pressure.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import pytest

from qqgw_proto.config import HeartbeatConfig
from qqgw_proto.errors import InvalidIntents
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Due, Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_proto.wire import frames
from support.attempts import DEFAULT, cause_of, connect, dial, reconnecting, wait_of
from support.peer import Peer
from support.stages import bring
from support.wires import TEXT, frame

pytestmark = pytest.mark.usefixtures("each_lane")

What = Callable[[Peer], str]

# --- 5: close codes, abandoning, parting ----------------------------------------------------------------------------


def test_an_unknown_close_code_resumes_but_not_for_ever() -> None:
    """ "Unknown codes resume under budget." """
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4321)
    for _ in range(3):
        connect(peer)
        assert peer.client.state is S.RESUMING
        assert "Gap" not in peer.close(4321)
    assert peer.wait_due() == "SaveSession only orphans 1; Gap session 3-; RequestPermit"


def _missed(peer: Peer) -> str:
    while "Disconnected" not in (told := peer.wait_due()):
        pass
    return told


OURS: Final[dict[str, tuple[str, What]]] = {
    "op 7": ("READY", lambda peer: peer.say(frames.reconnect())),
    "a planned one": ("READY", Peer.reconnect),
    "missed ACKs": ("READY", _missed),
    "suspend": ("READY", lambda peer: peer.wait(7200.0)),
    "no HELLO": ("GREETING, to resume", Peer.wait_due),
    "no RESUMED": ("RESUMING", lambda peer: peer.wait(20.0)),
}


@pytest.mark.parametrize("name", OURS)
def test_every_reconnect_of_ours_leaves_without_a_close_frame(name: str) -> None:
    """ "Every reconnect of ours is `AbandonTransport` without a close frame, the safest for the session." """
    stage, happens = OURS[name]
    peer = bring(Peer(attrs.evolve(DEFAULT, heartbeat=HeartbeatConfig(interval=30.0))), stage)
    told = happens(peer)
    assert told.startswith("AbandonTransport; Disconnected ")
    assert "close" not in told
    connect(peer)
    assert peer.frames[-1]["op"] == 6


BROKEN: Final = {
    "RSV bits": (frame(TEXT, b"{}", rsv=4), 1002),
    "no UTF-8": (frame(TEXT, b"\xff\xfe"), 1007),
    "too long": (frame(TEXT, b'"' + b"x" * 3000 + b'"'), 1009),
}


@pytest.mark.parametrize("name", BROKEN)
def test_after_a_local_protocol_error_the_code_is_written_and_not_awaited_and_the_session_resumed(name: str) -> None:
    """ "After a local protocol error the RFC's code is written first and not awaited, then RESUME." """
    data, code = BROKEN[name]
    peer = bring(Peer(DEFAULT), "READY")
    parted = f"Write close {code}; CloseTransport {code}; Disconnected ProtocolViolation {code}; Retrying "
    assert peer.feed(data).startswith(parted)
    assert peer.client.state is S.WAITING
    connect(peer)
    assert (peer.frames[-1]["op"], peer.frames[-1]["d"]["seq"]) == (6, 2)


# --- 5: refusals ----------------------------------------------------------------------------------------------------


def _op_9(peer: Peer) -> str:
    peer.say(frames.invalid_session(resumable=False))
    return peer.close(4903)


def _refused_upgrade(peer: Peer) -> str:
    """The second, for the first renews the token."""
    assert "Retrying" in peer.lose()
    dial(peer)
    peer.open()
    assert "Retrying" in peer.reject(401)
    dial(peer)
    peer.open()
    return peer.reject(403)


def _outage(peer: Peer) -> str:
    assert "Retrying" in peer.close(4900)
    for _ in range(10):
        dial(peer)
        assert "Retrying" in peer.fail_dial()
    dial(peer)
    peer.open()
    return peer.reject(503)


def test_refusals_of_every_kind_count_together_and_outages_between_them_do_not() -> None:
    """ "Refusals are op 9 after IDENTIFY, 4003, 4005, 401/403 after one token renewal; others spend nothing." """
    ways: tuple[What, ...] = (
        lambda peer: peer.close(4003),
        _outage,
        lambda peer: peer.close(4005),
        _outage,
        _refused_upgrade,
        _outage,
        _op_9,
        _outage,
    )
    peer = bring(Peer(reconnecting(max_attempts=5)), "IDENTIFYING")
    for way in ways:
        assert "Retrying" in way(peer)
        connect(peer)
        assert peer.client.state is S.IDENTIFYING
    assert _op_9(peer).endswith("Failed InvalidIntents 4903")
    assert isinstance(cause_of(peer), InvalidIntents)


# --- 5: late ticks --------------------------------------------------------------------------------------------------


def test_after_a_suspend_a_fleet_does_not_come_back_all_at_once() -> None:
    """ "Abandon and RESUME with jitter spread over the fleet." """
    waits: list[float] = []
    for seed in range(50):
        peer = bring(Peer(DEFAULT, seed=seed * 7919), "READY")
        peer.wait(7200.0)
        waits.append(wait_of(peer))
    assert all(0.0 <= wait < 5.0 for wait in waits)
    for second in range(5):
        assert any(second <= wait < second + 1 for wait in waits)


def test_how_late_a_tick_was_is_in_the_record() -> None:
    """ "Lateness is recorded." """
    late: list[tuple[Kind, float]] = []

    def observe(given: Input, _now: float, _made: Sequence[do.MachineEffect]) -> None:
        if isinstance(given, Due):
            late.append((given.kind, given.late))

    peer = bring(Peer(DEFAULT, observer=observe), "GREETING")
    peer.say(frames.hello(45_000), b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}')
    first = peer.client.deadline
    assert first is not None
    peer.wait(first - peer.now + 7.0)
    peer.say(frames.heartbeat_ack())
    peer.wait(45.0 + 1000.0)
    assert late == [(Kind.BEAT_DUE, 7.0), (Kind.SUSPENDED, 1000.0)]
