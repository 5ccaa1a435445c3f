"""Losses that a gateway can cause, end to end: each is announced once, and the shard goes on. See `test_pair`."""

from __future__ import annotations

import pytest

from pairing import Judgement, Pair
from qqgw_proto import ByteWire, MessageWire
from qqgw_proto.machine.effects import Gap, Ready, Resumed
from qqgw_proto.wire.doors import Door

DOORS = pytest.mark.parametrize("door", [ByteWire(), MessageWire()], ids=["bytes", "messages"])


def gaps(pair: Pair) -> list[Gap]:
    return [notice for notice in pair.checks.notices if isinstance(notice, Gap)]


@DOORS
def test_a_replay_that_lacks_events_is_announced_by_one_gap(door: Door) -> None:
    pair = Pair(door)
    pair.heal()
    pair.say(2)
    pair.heal()
    cut(pair)
    pair.say(3)
    session = pair.sessions.latest
    assert session is not None
    session.trim(after=3)
    pair.say(1)
    pair.heal()
    # READY is 1, the events are 2 to 7; 4, 5 and 6 are gone.
    assert gaps(pair) == [Gap("hole", 4, 6)]
    assert len(pair.open_tickets) == 3


@DOORS
def test_a_session_that_the_gateway_forgot_is_announced_by_one_gap_and_its_open_events_by_one_more(door: Door) -> None:
    pair = Pair(door)
    pair.heal()
    pair.say(2)
    pair.heal()
    session = pair.sessions.latest
    assert session is not None
    session.alive = False
    cut(pair)
    pair.heal()
    assert gaps(pair) == [Gap("session", 4, None)]
    assert pair.saved is not None
    assert pair.saved.orphans == 2
    pair.crash()
    pair.heal()
    assert gaps(pair) == [Gap("session", 4, None), Gap("crash", None, None)]


@DOORS
def test_a_gateway_that_answers_no_resume_is_asked_three_times_and_then_for_a_new_session(door: Door) -> None:
    pair = Pair(door)
    pair.heal()
    pair.sessions.orders.extend([Judgement()] * 3)
    cut(pair)
    for _ in range(40):
        pair.answer_all()
        pair.move_all()
        pair.wait(5.0)
    assert gaps(pair) == [Gap("session", 2, None)]
    assert [type(notice) for notice in pair.checks.notices if isinstance(notice, (Ready, Resumed))] == [Ready, Ready]


# protocol.md 3.6 and 4.1; 1002 says that we broke a rule.
@DOORS
@pytest.mark.parametrize("code", [1002, 4003, 4005, 4006, 4007, 4900, 4902, 4903, 4913])
def test_a_close_code_that_ends_the_session_is_one_gap_and_a_new_one(door: Door, code: int) -> None:
    pair = Pair(door)
    pair.heal()
    pair.say(2)
    pair.heal()
    pair.close(code)
    pair.heal()
    assert gaps(pair) == [Gap("session", 4, None)]
    assert pair.client.session is not None
    assert pair.client.session.session_id == "session-2"


# "**Not** on 4009, op 7, 1000/1001/1006, or network errors" (protocol.md 3.6); an unknown one is tried, too.
@DOORS
@pytest.mark.parametrize("code", [1000, 1001, 4000, 4004, 4008, 4009, 4321])
def test_a_close_code_that_leaves_the_session_costs_nothing(door: Door, code: int) -> None:
    pair = Pair(door)
    pair.heal()
    pair.say(2)
    pair.heal()
    pair.close(code)
    pair.say(2)
    pair.heal()
    assert gaps(pair) == []
    assert len(pair.open_tickets) == 4
    assert pair.client.session is not None
    assert pair.client.session.session_id == "session-1"


def cut(pair: Pair) -> None:
    assert pair.link is not None
    pair.link.down.reset()
    pair.link.up.reset()
