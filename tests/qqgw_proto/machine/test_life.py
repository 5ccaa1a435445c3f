"""What the machine remembers: one object, copied for every step, its parts frozen, no secret in any repr."""

from __future__ import annotations

import pytest

from qqgw_proto.config import ClientConfig, HeartbeatConfig
from qqgw_proto.machine.close_codes import CLOSE_CODES
from qqgw_proto.machine.heartbeat import Heartbeat
from qqgw_proto.machine.ledger import Ledger
from qqgw_proto.machine.life import Access, Connection, Life, Recovery, Renewal
from qqgw_proto.machine.session import Session
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.url import GatewayUrl

CONFIG = ClientConfig(intents=1)
URL = GatewayUrl.parse("wss://h/")


def full() -> Life:
    """A life in which no field has its default."""
    return Life(
        CONFIG,
        seed=5,
        close_codes={4009: CLOSE_CODES[4009]},
        state=ConnectionState.READY,
        now=12.5,
        session=Session("id", 3),
        connection=Connection(9),
        access=Access(URL, "secret"),
        permit=4,
        request=8,
        permits_asked=(8,),
        recovery=Recovery(failures=2, refusals=1, renewal=Renewal.ASKED, routine=True, dialed_at=11.0),
        state_due=20.0,
        save_due=13.5,
        paused_since=11.5,
        orphans=((2, Ledger(3, ((5, 6, True),))),),
        last_number=9,
        last_epoch=3,
    )


def test_a_new_shard_is_idle_and_has_nothing() -> None:
    life = Life(CONFIG)
    assert life.state is ConnectionState.IDLE
    assert (life.session, life.connection, life.access, life.permit, life.request) == (None, None, None, None, None)
    assert (life.state_due, life.save_due, life.paused_since, life.orphans) == (None, None, None, ())
    assert life.recovery == Recovery(0, 0, Renewal.NONE, routine=False, dialed_at=None)
    assert (life.seed, life.now, life.permits_asked, life.last_number, life.last_epoch) == (0, 0.0, (), 0, 0)


def test_a_new_connection_is_announced_to_nobody_and_waits_for_nothing() -> None:
    link = Connection(9)
    assert (link.announced, link.heartbeat, link.ready_at, link.resumable) == (False, None, None, False)
    assert (link.replay_until, link.ping, link.ponged_at, link.pong_due, link.write_due) == (None,) * 5


def test_a_fork_has_every_field_of_the_life_it_was_made_from() -> None:
    life, fresh = full(), Life(CONFIG)
    fork = life.fork()
    assert fork == life
    assert fork is not life
    for name in Life.__struct_fields__:
        assert getattr(fork, name) is getattr(life, name)
        # Else a forgotten field would not be seen here.
        assert name == "config" or getattr(life, name) != getattr(fresh, name)


def test_what_is_done_to_a_fork_is_not_done_to_the_life() -> None:
    life = full()
    fork = life.fork()
    fork.next_number()
    fork.next_epoch()
    fork.chance()
    fork.state = ConnectionState.FAILED
    assert life == full()


def test_numbers_and_epochs_grow_and_are_never_0() -> None:
    life = Life(CONFIG)
    assert [life.next_number() for _ in range(3)] == [1, 2, 3]
    assert [life.next_epoch() for _ in range(3)] == [1, 2, 3]


def test_chance_goes_on_from_where_it_stands() -> None:
    one, two = Life(CONFIG, seed=7), Life(CONFIG, seed=7)
    drawn = [one.chance() for _ in range(3)]
    assert drawn == [two.chance() for _ in range(3)]
    assert len(set(drawn)) == 3
    assert all(0 <= chance < 1 for chance in drawn)


def test_what_a_connection_has_is_asked_for_only_where_one_exists() -> None:
    life = Life(CONFIG)
    with pytest.raises(AssertionError, match="no connection exists in IDLE"):
        life.link()
    with pytest.raises(AssertionError, match="no heartbeat runs in IDLE"):
        life.heartbeat()
    life.connection = Connection(1)
    assert life.link() is life.connection
    with pytest.raises(AssertionError, match="no heartbeat runs in IDLE"):
        life.heartbeat()
    heartbeat = Heartbeat.begin(HeartbeatConfig(), 45.0, 0.0, 0.5)
    life.connection = Connection(1, heartbeat=heartbeat)
    assert life.heartbeat() is heartbeat


def test_open_events_of_earlier_sessions_are_counted() -> None:
    life = Life(CONFIG, orphans=((1, Ledger(3, ((5, 6, True), (7, 9, False)))), (2, Ledger(0, ((4, 4, True),)))))
    assert life.open_orphans() == 3
    assert Life(CONFIG).open_orphans() == 0


def test_the_token_is_in_no_repr() -> None:
    assert "secret" not in repr(full())
    assert repr(Access(URL, "secret")) == f"Access(url={URL!r})"
