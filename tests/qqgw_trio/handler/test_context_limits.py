"""How many replies to a message there may be, and how late."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio.delivery.workers import WorkerConfig
from qqgw_trio.handler.handler_errors import (
    ReplyQuotaSpent,
    ReplyWindowClosed,
)
from qqgw_trio.handler.replies import ReplyLimits
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.http import RequestFailed
from support.desk import GROUP, GROUP_EVENT, SENT, Desk, group_message
from support.handling import AnyContext, make_dispatch
from support.rest_stub import Reply


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


class TestLimits:
    """`protocol.md` 8, "passive window"."""

    async def test_more_replies_than_the_platform_takes_are_refused_before_any_request(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        for number in range(5):
            await ctx.reply(str(number))
        with pytest.raises(ReplyQuotaSpent, match="5 replies to one group message are all that the platform takes"):
            await ctx.reply("6")
        assert len(desk.stub.asked(GROUP)) == 5

    async def test_a_reply_that_comes_too_late_is_refused_before_any_request(self, autojump_clock: MockClock) -> None:
        desk = Desk()

        async def handle(ctx: AnyContext) -> None:
            await trio.sleep(300.0)
            await ctx.reply("just in time")
            await trio.sleep(1.0)
            await ctx.reply("too late")

        async with desk.handling(handle, config=WorkerConfig(attempts=1)):
            desk.offer(group_message("M"))
        assert desk.texts() == [("just in time", "M", 1)]
        [error] = desk.errors
        assert isinstance(error, ReplyWindowClosed)
        assert error.message == "a group message can be answered for 300 s, and this one came 301 s ago"

    async def test_a_person_can_be_answered_for_longer_unless_set_otherwise(self, autojump_clock: MockClock) -> None:
        message = make_dispatch("C2C_MESSAGE_CREATE", {"id": "M", "author": {"user_openid": "U"}})

        async def handle(ctx: AnyContext) -> None:
            await trio.sleep(3000.0)
            await ctx.reply("hi")

        for limits, count in ((ReplyLimits(), 0), (ReplyLimits(c2c_window=300.0), 1)):
            desk = Desk(limits)
            async with desk.handling(handle, config=WorkerConfig(attempts=1)):
                desk.offer(message)
                await trio.sleep(5000.0)
            assert len(desk.errors) == count

    @pytest.mark.parametrize(
        ("trouble", "left"),
        [
            (Reply.of({"code": 304082, "message": "media"}, 400), 5),
            (RequestFailed("api", "refused", sent=False), 5),
        ],
    )
    async def test_a_reply_that_was_refused_does_not_count(
        self, desk: Desk, trouble: Reply | Exception, left: int, autojump_clock: MockClock
    ) -> None:
        desk.stub.script[GROUP] = [*([trouble] * 4), *SENT]
        ctx = desk.context(*GROUP_EVENT)
        for _ in range(left + 4):
            try:
                await ctx.reply("hi")
            except (ApiError, RequestFailed):
                continue
            except ReplyQuotaSpent:
                break
        bodies = len(desk.stub.asked(GROUP))
        assert bodies == left + 4

    async def test_a_reply_that_was_refused_counts_once_it_is_sent(self, autojump_clock: MockClock) -> None:
        desk = Desk(ReplyLimits(group_replies=1))
        desk.stub.script[GROUP] = [Reply.of({"code": 304082, "message": "media"}, 400), *SENT]

        async def handle(ctx: AnyContext) -> None:
            await ctx.reply("one")
            await ctx.reply("two")

        async with desk.handling(handle, config=WorkerConfig(attempts=2)):
            desk.offer(group_message("M"))
        assert desk.texts() == [("one", "M", 1), ("one", "M", 1)]
        assert [type(error).__name__ for error in desk.errors] == ["ApiError", "ReplyQuotaSpent"]

    async def test_a_reply_that_may_have_arrived_counts(self, autojump_clock: MockClock) -> None:
        desk = Desk(ReplyLimits(group_replies=1))
        desk.stub.script[GROUP] = [Reply.of({}, 500)]
        ctx = desk.context(*GROUP_EVENT)
        with pytest.raises(ApiError):
            await ctx.reply("hi")
        with pytest.raises(ReplyQuotaSpent):
            await ctx.reply("hi again")
        await desk.stub.client.aclose()
