"""Numbers, buffers, who is connected, and who may come back."""

from __future__ import annotations

import json
from random import Random

import attrs
import msgspec
import pytest

from qqgw_trio.simulator.sessions import Session, Sessions
from qqgw_trio.simulator.settings import SessionSettings
from qqgw_trio.simulator.world import WorldEvent

ALL = 2**31 - 1


@attrs.define
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@attrs.define(eq=False)
class Tape:
    """A connection that remembers what it was given."""

    numbers: list[int] = attrs.field(factory=list[int])
    dismissed: bool = False

    def deliver(self, seq: int, frame: bytes) -> None:
        self.numbers.append(seq)

    def dismiss(self) -> None:
        self.dismissed = True


def event(type_name: str = "FRIEND_ADD", guild_id: int | None = None, place: str = "x") -> WorldEvent:
    return WorldEvent(type_name, f"{type_name}:1", msgspec.Raw(b'{"n":1}'), guild_id, place, None, None)


def filled(count: int, settings: SessionSettings | None = None) -> Session:
    """A session after READY and so many events: numbers 2 to count + 1."""
    one = Session("s", ALL, (0, 1), settings or SessionSettings())
    for _ in range(count):
        one.push(event())
    return one


def numbers(one: Session, seq: int, *, overlap: int = 0, dropped: int = 0) -> list[int]:
    return [number for number, _ in one.replay(seq, overlap=overlap, dropped=dropped).frames]


def test_ready_is_one_and_every_event_the_next() -> None:
    tape = Tape()
    one = filled(0)
    one.link = tape
    assert [one.push(event()), one.push(event())] == [2, 3]
    assert tape.numbers == [2, 3]


def test_a_frame_has_the_key_order_seen_live() -> None:
    one = filled(1)
    assert one.replay(1).frames[0] == (2, b'{"op":0,"s":2,"t":"FRIEND_ADD","id":"FRIEND_ADD:1","d":{"n":1}}')


def test_a_replay_brings_what_came_after_the_clients_number() -> None:
    one = filled(5)
    assert numbers(one, 3) == [4, 5, 6]
    assert numbers(one, 6) == []
    assert one.replay(1).missing is None


def test_an_overlap_sends_older_events_once_more() -> None:
    assert numbers(filled(5), 4, overlap=2) == [3, 4, 5, 6]
    assert numbers(filled(2), 3, overlap=9) == [2, 3]


def test_a_truncated_replay_lacks_its_first_events_and_says_which() -> None:
    replay = filled(5).replay(2, dropped=2)
    assert [number for number, _ in replay.frames] == [5, 6]
    assert replay.missing == (3, 4)


def test_a_full_buffer_forgets_the_oldest_and_says_what_is_missing() -> None:
    one = filled(5, SessionSettings(replay_buffer=2))
    assert numbers(one, 4) == [5, 6]
    assert one.replay(4).missing is None
    assert one.replay(1).missing == (2, 4)


def test_a_heartbeat_frees_the_buffer_only_where_that_is_set() -> None:
    kept, freed = filled(4), filled(4, SessionSettings(trim_on_heartbeat=True))
    for one in (kept, freed):
        one.acknowledge(4)
        one.acknowledge(None)
    assert numbers(kept, 1) == [2, 3, 4, 5]
    assert numbers(freed, 1) == [5]
    assert freed.replay(4).missing is None


def test_resumed_takes_a_number_of_its_own() -> None:
    one = filled(2)
    assert json.loads(one.resumed_frame()) == {"op": 0, "s": 4, "t": "RESUMED", "d": ""}
    assert one.push(event()) == 5


def test_resumed_can_repeat_the_last_number() -> None:
    one = filled(2, SessionSettings(resumed_seq="last"))
    assert json.loads(one.resumed_frame())["s"] == 3
    assert one.push(event()) == 4


def test_a_resumed_that_never_arrived_leaves_no_hole_where_nothing_followed() -> None:
    one = filled(2)
    one.resumed_frame()
    one.replay(3)
    assert json.loads(one.resumed_frame())["s"] == 4


def test_a_resumed_that_arrived_keeps_its_number() -> None:
    one = filled(2)
    one.resumed_frame()
    one.replay(4)
    assert json.loads(one.resumed_frame())["s"] == 5


def test_intents_decide_what_is_wanted() -> None:
    guilds = Session("s", 1 << 0, (0, 1), SessionSettings())
    assert guilds.wants("GUILD_CREATE")
    assert not guilds.wants("FRIEND_ADD")
    assert not guilds.wants("NEVER_HEARD_OF")


def test_a_guild_is_served_by_its_shard_and_no_other() -> None:
    # protocol.md 5: 46646271634786417 -> n=9: 3.
    shards = [Session("s", ALL, (number, 9), SessionSettings()) for number in range(9)]
    assert [one.shard[0] for one in shards if one.serves(event(guild_id=46646271634786417))] == [3]


def test_a_place_outside_of_guilds_is_served_by_exactly_one_shard() -> None:
    shards = [Session("s", ALL, (number, 4), SessionSettings()) for number in range(4)]
    for place in "abcdefgh":
        assert sum(one.serves(event(place=place)) for one in shards) == 1


@attrs.define
class Room:
    clock: Clock = attrs.field(factory=Clock)
    ended: list[tuple[str, str]] = attrs.field(factory=list[tuple[str, str]])
    sessions: Sessions = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sessions = Sessions(
            SessionSettings(resume_window=300.0),
            Random(1),
            self.clock,
            lambda one, why: self.ended.append((one.session_id, why)),
        )


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_session_outlives_its_connection_for_the_resume_window(room: Room) -> None:
    tape = Tape()
    one = room.sessions.begin(ALL, (0, 1), tape)
    room.sessions.detach(one, tape)
    one.push(event())
    room.clock.now = 300.0
    assert room.sessions.find(one.session_id) is one
    room.clock.now = 300.1
    assert room.sessions.find(one.session_id) is None
    assert room.ended == [(one.session_id, "the resume window is over")]


def test_a_session_whose_window_is_over_stands_no_more(room: Room) -> None:
    tape = Tape()
    one = room.sessions.begin(ALL, (0, 1), tape)
    room.sessions.detach(one, tape)
    room.clock.now = 300.1
    assert room.sessions.standing == []


def test_a_connected_session_stands_for_ever(room: Room) -> None:
    one = room.sessions.begin(ALL, (0, 1), Tape())
    room.clock.now = 1e6
    assert room.sessions.standing == [one]


def test_a_resume_takes_the_session_over_and_stops_the_window(room: Room) -> None:
    first, second = Tape(), Tape()
    one = room.sessions.begin(ALL, (0, 1), first)
    room.sessions.detach(one, first)
    room.sessions.attach(one, second)
    room.clock.now = 1e6
    assert one.push(event()) == 2
    assert second.numbers == [2]
    assert not second.dismissed


def test_a_connection_that_still_had_the_session_is_dismissed(room: Room) -> None:
    first, second = Tape(), Tape()
    one = room.sessions.begin(ALL, (0, 1), first)
    room.sessions.attach(one, second)
    room.sessions.detach(one, first)
    one.push(event())
    assert (first.dismissed, first.numbers, second.numbers) == (True, [], [2])


def test_a_fresh_identify_ends_the_detached_session_of_its_shard_only(room: Room) -> None:
    tape = Tape()
    detached = room.sessions.begin(ALL, (0, 2), tape)
    other_shard = room.sessions.begin(ALL, (1, 2), tape)
    room.sessions.detach(detached, tape)
    room.sessions.detach(other_shard, tape)
    fresh = room.sessions.begin(ALL, (0, 2), Tape())
    assert room.sessions.standing == [other_shard, fresh]
    assert room.ended == [(detached.session_id, "identified afresh")]


def test_two_connected_clients_of_one_shard_stand_side_by_side(room: Room) -> None:
    room.sessions.begin(ALL, (0, 1), Tape())
    room.sessions.begin(ALL, (0, 1), Tape())
    assert len(room.sessions.standing) == 2


def test_a_session_ends_once(room: Room) -> None:
    one = room.sessions.begin(ALL, (0, 1), Tape())
    room.sessions.end(one, "first")
    room.sessions.end(one, "second")
    assert room.ended == [(one.session_id, "first")]
    assert one.link is None
