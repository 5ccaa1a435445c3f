"""Each reply of a handler has its number, the same one when the call or the handler is repeated."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio.rest.api_types import SentMessage
from support.desk import CHANNEL, GROUP, GROUP_EVENT, SENT, Desk, group_message, sent
from support.handling import AnyContext, make_dispatch
from support.rest_stub import Reply

DUPLICATE = Reply.of({"code": 40054005, "message": "msgseq duplicate"}, 400)


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


class TestNumbers:
    async def test_a_call_that_is_repeated_keeps_its_number(self, desk: Desk, autojump_clock: MockClock) -> None:
        """D09."""
        desk.stub.script[GROUP] = [Reply.of({}, 503), *SENT]
        ctx = desk.context(*GROUP_EVENT)
        await ctx.reply("pong")
        await ctx.reply("again")
        assert desk.texts() == [("pong", "M", 1), ("pong", "M", 1), ("again", "M", 2)]

    async def test_a_copy_that_the_server_knows_of_is_success(self, desk: Desk, autojump_clock: MockClock) -> None:
        desk.stub.script[GROUP] = [Reply.of({}, 503), DUPLICATE]
        assert await desk.context(*GROUP_EVENT).reply("pong") == SentMessage()

    async def test_replies_at_the_same_time_have_numbers_of_their_own(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        async with trio.open_nursery() as nursery:
            for text in "abc":
                nursery.start_soon(ctx.reply, text)
        assert sorted(number for _, _, number in desk.texts() if isinstance(number, int)) == [1, 2, 3]

    async def test_a_handler_that_is_called_again_repeats_its_numbers(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        desk.stub.script[GROUP] = [sent("first"), sent("second"), DUPLICATE, sent("changed"), sent("third")]
        results: list[object] = []
        attempts: list[int] = []

        async def handle(ctx: AnyContext) -> None:
            attempts.append(1)
            results.append(await ctx.reply("one"))
            results.append(await ctx.reply("two"))
            if len(attempts) == 1:
                raise ValueError
            results.append(await ctx.reply("three"))

        async with desk.handling(handle):
            desk.offer(group_message("M"))
        assert [number for _, _, number in desk.texts()] == [1, 2, 1, 2, 3]
        ids = [result.id for result in results if isinstance(result, SentMessage)]
        assert ids == ["first", "second", "first", "changed", "third"]

    async def test_handlers_of_one_event_do_not_take_each_others_numbers(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        attempts: list[int] = []

        async def first(ctx: AnyContext) -> None:
            await ctx.reply("a")

        async def second(ctx: AnyContext) -> None:
            attempts.append(1)
            if len(attempts) == 1:
                raise ValueError
            await ctx.reply("b")
            await ctx.reply("c")
            if len(attempts) == 2:
                raise ValueError

        async with desk.handling(first, second):
            desk.offer(group_message("M"))
        assert [(text, number) for text, _, number in desk.texts()] == [
            *(("a", 1), ("b", 2), ("c", 3)),
            *(("b", 2), ("c", 3)),
        ]

    async def test_in_a_channel_a_retry_sends_only_what_has_changed(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        attempts: list[int] = []

        async def handle(ctx: AnyContext) -> None:
            attempts.append(1)
            await ctx.reply("same")
            await ctx.reply(f"attempt {len(attempts)}")
            if len(attempts) == 1:
                raise ValueError

        async with desk.handling(handle):
            desk.offer(make_dispatch("AT_MESSAGE_CREATE", {"id": "M", "channel_id": "7"}))
        assert [body["content"] for body in desk.bodies(CHANNEL)] == ["same", "attempt 1", "attempt 2"]
