"""Which events are recognised as repetitions, and for how long."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.dedup import Deduplicator
from qqgw_trio.delivery.settling import FINISHED, Work
from support.receipts import make_event, make_message


class Memory:
    """A deduplicator with its clock; events are finished as soon as they have come, unless told otherwise."""

    def __init__(self, seconds: float = 300.0, size: int = 10_000) -> None:
        self.now = 0.0
        self.dedup = Deduplicator(seconds, size)

    def come(self, event: Dispatch, *, finish: bool = True) -> tuple[Work, Work]:
        """The event's record, and that of the first arrival."""
        work = Work(event, Ticket((1, event.s or 0)), self.now)
        self.dedup.prune(self.now)
        first = self.dedup.enter(work)
        if finish:
            first.event = FINISHED
        return work, first

    def repeats(self, event: Dispatch) -> bool:
        work, first = self.come(event)
        return first is not work


def test_an_event_repeats_another_if_type_and_id_are_the_same() -> None:
    memory = Memory()
    assert not memory.repeats(make_event(1, name="FRIEND_ADD", event_id="x"))
    assert memory.repeats(make_event(2, name="FRIEND_ADD", event_id="x"))
    assert not memory.repeats(make_event(3, name="FRIEND_ADD", event_id="y"))
    assert not memory.repeats(make_event(4, name="FRIEND_DEL", event_id="x"))


@pytest.mark.parametrize("event_id", [None, ""])
def test_without_an_id_nothing_repeats(event_id: str | None) -> None:
    memory = Memory()
    assert not memory.repeats(make_event(1, event_id=event_id))
    assert not memory.repeats(make_event(1, event_id=event_id))
    assert len(memory.dedup) == 0


@pytest.mark.parametrize(
    "name",
    [
        "MESSAGE_CREATE",
        "AT_MESSAGE_CREATE",
        "DIRECT_MESSAGE_CREATE",
        "C2C_MESSAGE_CREATE",
        "GROUP_AT_MESSAGE_CREATE",
        "GROUP_MESSAGE_CREATE",
    ],
)
@pytest.mark.parametrize(("first_id", "second_id"), [("a", "b"), (None, None), ("a", None), (None, "b"), ("", "b")])
def test_a_message_repeats_another_if_type_and_message_id_are_the_same(
    name: str, first_id: str | None, second_id: str | None
) -> None:
    """EVT:79, EVT:149: the same msg_id may be pushed more than once."""
    memory = Memory()
    assert not memory.repeats(make_message(1, "m", first_id, name))
    assert memory.repeats(make_message(2, "m", second_id, name))
    assert not memory.repeats(make_message(3, "n", "c", name))


def test_the_same_message_under_two_types_is_two_events() -> None:
    memory = Memory()
    assert not memory.repeats(make_message(1, "m", name="MESSAGE_CREATE"))
    assert not memory.repeats(make_message(2, "m", name="AT_MESSAGE_CREATE"))


def test_a_message_pushed_again_leads_later_ones_to_the_first_by_either_id() -> None:
    memory = Memory()
    original, _ = memory.come(make_message(1, "m", "a"), finish=False)
    assert memory.come(make_message(2, "m", "b"), finish=False)[1] is original
    assert memory.come(make_message(3, "other", "b"), finish=False)[1] is original


@pytest.mark.parametrize(
    "event",
    [
        make_message(1, "channel", "a", "CHANNEL_UPDATE"),
        make_message(1, "m", "a", "MESSAGE_DELETE"),
        Dispatch(0, msgspec.Raw(b'{"id":"channel"}'), 1, None, "a"),
    ],
)
def test_no_other_id_inside_a_payload_is_a_key(event: Dispatch) -> None:
    """A CHANNEL_UPDATE repeats its channel's id every time."""
    memory = Memory()
    assert not memory.repeats(event)
    assert not memory.repeats(msgspec.structs.replace(event, id="b"))


@pytest.mark.parametrize(
    "payload",
    [b"{}", b'{"id":null}', b'{"id":""}', b'{"id":7}', b'"m"', b"null", b'{"id":', b'{"id":"\xff"}', b"[" * 100_000],
)
def test_a_message_without_a_usable_id_has_only_its_event_id(payload: bytes) -> None:
    memory = Memory()
    assert not memory.repeats(Dispatch(0, msgspec.Raw(payload), 1, "MESSAGE_CREATE", "a"))
    assert not memory.repeats(Dispatch(0, msgspec.Raw(payload), 2, "MESSAGE_CREATE", "b"))
    assert memory.repeats(Dispatch(0, msgspec.Raw(payload), 3, "MESSAGE_CREATE", "a"))


@pytest.mark.parametrize("event", [make_event(1, event_id="x"), make_message(1, "m")])
def test_a_finished_event_is_recognised_for_five_minutes_after_it_came(event: Dispatch) -> None:
    memory = Memory()
    assert not memory.repeats(event)
    memory.now = 299.9
    assert memory.repeats(event)
    memory.now = 300.0
    assert not memory.repeats(event)
    memory.now = 599.9
    assert memory.repeats(event)


def test_an_event_still_being_handled_is_recognised_for_ever() -> None:
    """D07: a handler may think for longer than any window."""
    memory = Memory(size=10)
    slow, _ = memory.come(make_message(1, "m", "slow"), finish=False)
    for hour in range(1, 20):
        memory.now = hour * 3600.0
        for number in range(25):
            memory.come(make_event(2, event_id=f"{hour}/{number}"))
    assert memory.come(make_message(3, "m", "slow"), finish=False)[1] is slow
    assert memory.come(make_message(4, "m"), finish=False)[1] is slow
    slow.event = FINISHED
    assert not memory.repeats(make_message(5, "m", "slow"))


def test_a_window_of_no_seconds_recognises_only_what_is_being_handled() -> None:
    memory = Memory(seconds=0.0)
    open_still, _ = memory.come(make_event(1, event_id="x"), finish=False)
    assert memory.come(make_event(2, event_id="x"))[1] is open_still
    assert not memory.repeats(make_event(3, event_id="x"))


@given(st.integers(1, 40), st.lists(st.integers(0, 200), max_size=300))
def test_the_last_ones_are_recognised_and_memory_is_bounded(size: int, ids: list[int]) -> None:
    memory = Memory(size=size)
    recent: list[int] = []  # the distinct ids since each was last new, the latest last
    for one in ids:
        repeated = memory.repeats(make_event(1, event_id=str(one)))
        assert repeated or one not in recent[-size:]
        if not repeated:
            recent.append(one)
        assert len(memory.dedup) <= 2 * size


def test_what_is_kept_does_not_grow_with_what_comes() -> None:
    memory = Memory(size=100)
    for number in range(5000):
        memory.come(make_message(1, f"m{number}", f"e{number}"))
        assert len(memory.dedup) <= 400  # two keys, two generations
