"""What may be replied to, and what has been."""

from __future__ import annotations

import attrs
import msgspec
import pytest

from qqgw_trio.simulator import receipts as module
from qqgw_trio.simulator.receipts import Receipts
from qqgw_trio.simulator.settings import RestSettings
from qqgw_trio.simulator.world import WorldEvent


@attrs.define
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def event(type_name: str, kind: str | None = None, own_id: str | None = None, number: int = 1) -> WorldEvent:
    return WorldEvent(type_name, f"{type_name}:{number}", msgspec.Raw(b"{}"), None, "place", kind, own_id)


GROUP_MESSAGE = event("GROUP_AT_MESSAGE_CREATE", "group", "m1")


def code(receipts: Receipts, kind: str, **named: object) -> int | None:
    ids: dict[str, str | None] = {"msg_id": None, "event_id": None}
    ids.update({name: str(value) for name, value in named.items() if name != "msg_seq"})
    refused = receipts.check(kind, ids["msg_id"], ids["event_id"], int(str(named.get("msg_seq", 1))))
    return None if refused is None else refused.code


def test_a_message_may_be_answered_once_per_msg_seq() -> None:
    receipts = Receipts(RestSettings(), Clock())
    receipts.expect(GROUP_MESSAGE)
    assert code(receipts, "group", msg_id="m1", msg_seq=1) is None
    assert code(receipts, "group", msg_id="m1", msg_seq=1) == 40054005
    assert code(receipts, "group", msg_id="m1", msg_seq=2) is None


def test_a_channel_message_knows_no_msg_seq() -> None:
    receipts = Receipts(RestSettings(), Clock())
    receipts.expect(event("AT_MESSAGE_CREATE", "channel", "m1"))
    assert [code(receipts, "channel", msg_id="m1"), code(receipts, "channel", msg_id="m1")] == [None, None]


def test_a_message_that_was_never_sent_cannot_be_answered() -> None:
    assert code(Receipts(RestSettings(), Clock()), "group", msg_id="m1") == 304026


def test_a_group_message_takes_five_replies() -> None:
    receipts = Receipts(RestSettings(), Clock())
    receipts.expect(GROUP_MESSAGE)
    answers = [code(receipts, "group", msg_id="m1", msg_seq=number) for number in range(1, 7)]
    assert answers == [None, None, None, None, None, 22009]


def test_the_limit_of_replies_can_be_lifted() -> None:
    receipts = Receipts(RestSettings(max_replies=None), Clock())
    receipts.expect(GROUP_MESSAGE)
    assert {code(receipts, "group", msg_id="m1", msg_seq=number) for number in range(20)} == {None}


@pytest.mark.parametrize(("kind", "window"), [("group", 300.0), ("c2c", 3600.0), ("channel", 300.0), ("dm", 300.0)])
def test_a_message_can_be_answered_within_its_window(kind: str, window: float) -> None:
    clock = Clock()
    receipts = Receipts(RestSettings(), clock)
    receipts.expect(event("T", kind, "m1"))
    clock.now = window
    assert code(receipts, kind, msg_id="m1") is None
    clock.now = window + 1
    assert code(receipts, kind, msg_id="m1", msg_seq=2) == 304027


@pytest.mark.parametrize(
    ("kind", "type_name"),
    [
        ("channel", "GUILD_MEMBER_ADD"),
        ("channel", "FORUM_POST_CREATE"),
        ("c2c", "FRIEND_ADD"),
        ("group", "GROUP_ADD_ROBOT"),
        ("group", "INTERACTION_CREATE"),
    ],
)
def test_some_notices_can_be_replied_to_by_their_event_id(kind: str, type_name: str) -> None:
    receipts = Receipts(RestSettings(), Clock())
    receipts.expect(event(type_name))
    assert code(receipts, kind, event_id=f"{type_name}:1") is None


@pytest.mark.parametrize(("kind", "type_name"), [("group", "FRIEND_ADD"), ("c2c", "AUDIO_START")])
def test_other_notices_cannot(kind: str, type_name: str) -> None:
    receipts = Receipts(RestSettings(), Clock())
    receipts.expect(event(type_name))
    assert code(receipts, kind, event_id=f"{type_name}:1") == 40034027


def test_an_unknown_event_id_is_refused() -> None:
    assert code(Receipts(RestSettings(), Clock()), "group", event_id="nothing") == 40034027


def test_a_message_that_answers_nothing_is_accepted() -> None:
    assert code(Receipts(RestSettings(), Clock()), "group") is None


def test_interactions_are_known_by_their_own_id() -> None:
    receipts = Receipts(RestSettings(), Clock())
    receipts.expect(event("INTERACTION_CREATE", own_id="i1"))
    assert receipts.knows_interaction("i1")
    assert not receipts.knows_interaction("i2")


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    receipts = Receipts(RestSettings(), Clock())
    for number in range(3):
        receipts.expect(event("GROUP_AT_MESSAGE_CREATE", "group", f"m{number}", number))
    assert [code(receipts, "group", msg_id=f"m{number}") for number in range(3)] == [304026, None, None]
