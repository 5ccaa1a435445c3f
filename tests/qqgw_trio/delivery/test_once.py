"""Each message once, though it comes as two types."""

from __future__ import annotations

import pytest

from qqgw_proto.events import Event, decode
from qqgw_trio.delivery.once import OnceAMessage
from support.handling import make_dispatch


def message(type_name: str, message_id: str | None) -> Event:
    return decode(make_dispatch(type_name, {"id": message_id}))


@pytest.mark.parametrize(
    ("one", "other"), [("MESSAGE_CREATE", "AT_MESSAGE_CREATE"), ("GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE")]
)
def test_a_message_that_comes_as_a_second_type_is_not_the_first(one: str, other: str) -> None:
    once = OnceAMessage()
    assert once.is_first(message(one, "m1"))
    assert not once.is_first(message(other, "m1"))
    assert once.is_first(message(other, "m2"))


def test_a_repetition_of_the_same_type_is_taken() -> None:
    once = OnceAMessage()
    assert once.is_first(message("MESSAGE_CREATE", "m1"))
    assert once.is_first(message("MESSAGE_CREATE", "m1"))


def test_what_has_no_message_id_is_always_the_first() -> None:
    once = OnceAMessage()
    assert once.is_first(message("MESSAGE_CREATE", None))
    assert once.is_first(message("AT_MESSAGE_CREATE", None))


def test_only_so_many_messages_are_remembered() -> None:
    once = OnceAMessage(most=2)
    for name in ("m1", "m2", "m3"):
        once.is_first(message("AT_MESSAGE_CREATE", name))
    assert not once.is_first(message("MESSAGE_CREATE", "m3"))
    assert once.is_first(message("MESSAGE_CREATE", "m1"))
