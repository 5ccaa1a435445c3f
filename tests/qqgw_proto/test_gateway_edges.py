"""Both gateways at their edges: twins, times that floats cannot tell apart, what a frame or a close cannot carry."""

from __future__ import annotations

import copy
import random

import pytest

from qqgw_proto import (
    ClientConfig,
    ClientGateway,
    ConnectionState,
    Deadlines,
    MessageWire,
    ServerGateway,
    Snapshot,
)
from qqgw_proto.errors import MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.server_inputs import ServerState

URL = "ws://127.0.0.1:8080/ws"


def upgrading() -> ClientGateway:
    gateway = ClientGateway(ClientConfig(1), random.Random(1))
    gateway.start(0.0, Snapshot("id", 3))
    gateway.access_granted(1, URL, "token", 0.0)
    gateway.opened(2, 0.0)
    return gateway


def test_half_an_answer_cannot_be_shared_so_there_is_no_twin_of_a_live_byte_wire() -> None:
    with pytest.raises(TypeError, match="MessageWire"):
        copy.copy(upgrading())
    with pytest.raises(TypeError, match="MessageWire"):
        copy.copy(ServerGateway())


def test_twins_of_a_client_behind_messages_share_nothing_either() -> None:
    gateway = ClientGateway(ClientConfig(1), random.Random(1), wire=MessageWire())
    gateway.start(0.0)
    twin = copy.copy(gateway)
    twin.permit_granted(1, 0.0)
    assert (gateway.state, twin.state) == (ConnectionState.PERMITTING, ConnectionState.PREPARING)


def test_twins_of_a_server_go_their_own_ways() -> None:
    server = ServerGateway(wire=MessageWire())
    twin = copy.copy(server)
    server.start(0.0)
    assert server.state is not ServerState.IDLE
    assert twin.state is ServerState.IDLE


def test_a_tick_ends_where_a_deadline_is_too_short_for_the_time_to_move() -> None:
    gateway = ClientGateway(ClientConfig(1, deadlines=Deadlines(permit=1e-12)), random.Random(1))
    gateway.start(1e6)
    assert len(gateway.tick(1e6)) == 64
    assert gateway.state is ConnectionState.PERMITTING


def test_open_events_of_a_session_before_the_saved_one_are_announced_once() -> None:
    # Design 4: "a restart that finds some announces one Gap(crash)"; a second restart finds none.
    gateway = ClientGateway(ClientConfig(1), random.Random(1))
    assert do.Gap("crash", None, None) in gateway.start(0.0, Snapshot("id", 3, orphans=2))
    assert gateway.tick(1.0) == [do.SaveSession(Snapshot("id", 3, orphans=0))]


def saved_by(effects: list[do.Effect]) -> list[Snapshot | None]:
    return [effect.snapshot for effect in effects if isinstance(effect, do.SaveSession)]


def test_open_events_of_a_session_that_was_dropped_outlive_a_crash_before_the_next_ready_as_one_gap() -> None:
    """Design 4: "a crash with orphans" has exactly one `Gap`, whether a session stands or not."""
    gateway = ClientGateway(ClientConfig(1), random.Random(1), wire=MessageWire())
    gateway.start(0.0, Snapshot("id", 3))
    gateway.access_granted(1, URL, "token", 0.0)
    gateway.opened(2, 0.0)
    gateway.receive_message(2, '{"op":10,"d":{"heartbeat_interval":45000}}', 0.0)
    gateway.receive_message(2, '{"op":0,"s":4,"t":"X","d":{}}', 0.0)
    [saved] = saved_by(gateway.closed(2, 4006, "", 0.0))
    assert saved == Snapshot(None, orphans=1)
    # The process is killed here; the next one says it, and the one after that does not.
    gateway = ClientGateway(ClientConfig(1), random.Random(1))
    assert gateway.start(0.0, saved) == [do.Gap("crash", None, None), do.RequestPermit(1)]
    assert gateway.session is None
    assert saved_by(gateway.tick(1.0)) == [None]


def test_open_events_that_finish_before_the_crash_leave_nothing_to_say() -> None:
    gateway = ClientGateway(ClientConfig(1), random.Random(1), wire=MessageWire())
    gateway.start(0.0, Snapshot("id", 3))
    gateway.access_granted(1, URL, "token", 0.0)
    gateway.opened(2, 0.0)
    gateway.receive_message(2, '{"op":10,"d":{"heartbeat_interval":45000}}', 0.0)
    delivered = gateway.receive_message(2, '{"op":0,"s":4,"t":"X","d":{}}', 0.0)
    gateway.closed(2, 4006, "", 0.0)
    tickets = [ticket for effect in delivered if isinstance(effect, do.Deliver) for ticket in effect.tickets()]
    gateway.settled(tickets, 0.0)
    assert saved_by(gateway.stop(0.0)) == [None]


def test_what_answers_no_open_request_is_ignored_whatever_it_says() -> None:
    gateway = upgrading()
    assert gateway.access_granted(1, "no URL at all", "", 1.0) == []


@pytest.mark.parametrize("call", ["ready", "resumed"])
def test_a_server_sends_only_text(call: str) -> None:
    server = ServerGateway()
    with pytest.raises(MisuseError, match="UTF-8"):
        getattr(server, call)(b"\xff", 0.0)
    with pytest.raises(MisuseError, match="UTF-8"):
        server.send([b"{}", b"\xff"], 0.0)


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 5000])
def test_a_server_closes_only_with_codes_that_a_frame_can_carry(code: int) -> None:
    # RFC 6455 7.4.1: "MUST NOT be set as a status code in a Close control frame".
    with pytest.raises(MisuseError, match="close frame"):
        ServerGateway().close(code, "", 0.0)


def test_a_pause_in_a_replay_moves_the_end_of_the_replay() -> None:
    gateway = ClientGateway(ClientConfig(1), random.Random(1), wire=MessageWire())
    gateway.start(0.0, Snapshot("id", 3))
    gateway.access_granted(1, URL, "token", 0.0)
    gateway.opened(2, 0.0)
    gateway.receive_message(2, '{"op":10,"d":{"heartbeat_interval":45000}}', 1.0)
    gateway.reading_paused(2.0)
    gateway.reading_resumed(700.0)
    gateway.receive_message(2, '{"op":0,"s":4,"t":"X","d":{}}', 700.0)
    assert gateway.state is ConnectionState.RESUMING
    assert gateway.life.state_due == 720.0
