"""What a handler may wait for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import pytest

from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_proto.events import (
    AudioOnMic,
    Event,
    GroupMessage,
    Intents,
    InteractionCreate,
    Message,
    MessageAuditPass,
    Ready,
    UnknownEvent,
)
from qqgw_trio.delivery.wishes import Wish, check_wait, delivered_names
from qqgw_trio.handler.handler_errors import NotRetried, WrongArgument
from support.desk import group_message
from support.handling import make_dispatch

GROUP = frozenset({"GROUP_AT_MESSAGE_CREATE"})


class TestNames:
    def test_a_class_or_all_that_a_class_stands_for(self) -> None:
        every = Intents.all()
        assert delivered_names(InteractionCreate, every) == {"INTERACTION_CREATE"}
        assert delivered_names(GroupMessage, every) == {"GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE"}
        assert len(delivered_names(Message, every)) == 6
        assert len(delivered_names(Event, every)) == 61

    def test_other_names_of_the_same_event_count(self) -> None:
        assert delivered_names(AudioOnMic, Intents.all()) == {"AUDIO_ON_MIC", "ON_MIC"}

    def test_only_what_the_intents_deliver(self) -> None:
        assert delivered_names(Message, Intents.default()) == {"AT_MESSAGE_CREATE"}
        assert delivered_names(Ready, Intents.none()) == {"READY"}

    def test_what_can_never_come_is_an_error(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            delivered_names(GroupMessage, Intents.default())
        assert str(caught.value) == (
            "no chosen intent delivers GroupMessage: add GROUP_AND_C2C_EVENT to the intents of the bot"
        )
        for nothing in (UnknownEvent, int, object, "GROUP_AT_MESSAGE_CREATE", [GroupMessage]):
            with pytest.raises(ConfigurationError, match="is no event class: wait for a class such as"):
                delivered_names(nothing, Intents.all())  # type: ignore[arg-type]


class TestArguments:
    @pytest.mark.parametrize("seconds", ["5", None, True, -1, math.nan, [5]], ids=repr)
    def test_a_time_is_a_number_of_seconds(self, seconds: object) -> None:
        with pytest.raises(WrongArgument) as caught:
            check_wait(None, seconds)
        assert str(caught.value) == (
            f"the timeout of a wait must be a number of seconds from 0, not {seconds!r}: "
            "write timeout=30, or timeout=math.inf to wait for ever"
        )

    def test_a_check_is_a_function_that_answers_at_once(self) -> None:
        async def later(_event: Event) -> bool:
            return True

        with pytest.raises(WrongArgument, match="the check of a wait is async: give a function that answers at once"):
            check_wait(later, 5)
        with pytest.raises(WrongArgument, match="the check of a wait must be a function, not 'yes': give a function"):
            check_wait("yes", 5)

    @pytest.mark.parametrize("seconds", [0, 5, 0.5, math.inf])
    def test_what_can_work_is_taken(self, seconds: float) -> None:
        check_wait(bool, seconds)
        check_wait(None, seconds)

    def test_a_handler_that_is_wrong_is_not_called_again(self) -> None:
        assert issubclass(WrongArgument, NotRetried)
        assert issubclass(WrongArgument, MisuseError)


class TestMatching:
    def test_by_type_and_shape(self) -> None:
        wish: Wish[Event] = Wish(GROUP)
        found = wish.accept(group_message("M"))
        assert found is not None
        assert found.message_id == "M"
        assert wish.accept(make_dispatch("GUILD_CREATE")) is None
        assert wish.accept(make_dispatch("GROUP_AT_MESSAGE_CREATE", {"id": ["no id"]})) is None

    def test_by_person_where_the_event_names_one(self) -> None:
        wish: Wish[Event] = Wish(GROUP | {"MESSAGE_AUDIT_PASS"}, author="alice")
        assert wish.accept(group_message("M", author="alice")) is not None
        assert wish.accept(group_message("M", author="bob")) is None
        assert isinstance(wish.accept(make_dispatch("MESSAGE_AUDIT_PASS")), MessageAuditPass)

    def test_anyone_is_no_bot(self) -> None:
        wish: Wish[Event] = Wish(GROUP)
        author = {"member_openid": "robot", "bot": True}
        assert wish.accept(make_dispatch("GROUP_AT_MESSAGE_CREATE", {"id": "M", "author": author})) is None

    def test_not_the_message_that_is_handled(self) -> None:
        wish: Wish[Event] = Wish(GROUP, besides="M")
        assert wish.accept(group_message("M")) is None
        assert wish.accept(group_message("N")) is not None

    def test_by_a_check(self) -> None:
        wish: Wish[GroupMessage] = Wish(GROUP, check=lambda event: event.text == "yes")
        assert wish.accept(group_message("M", "yes")) is not None
        assert wish.accept(group_message("M", "no")) is None

    def test_a_check_answers_at_once(self) -> None:
        async def check(_event: Event) -> bool:
            return True

        class Later:
            def __await__(self) -> None:
                raise AssertionError("nobody awaits it")

        def check_later(_event: Event) -> Later:
            return Later()

        for slow in (check, check_later):
            wish: Wish[Event] = Wish(GROUP, check=cast("Callable[[Event], bool]", slow))
            with pytest.raises(MisuseError, match="the check of a wait is async: give a function that answers at once"):
                wish.accept(group_message("M"))
