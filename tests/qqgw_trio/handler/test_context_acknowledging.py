"""An interaction is acknowledged once, however often its handler is called."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from trio.testing import MockClock

from qqgw_trio.handler.handler_errors import (
    CannotAck,
)
from support.desk import GROUP_EVENT, Desk, click
from support.handling import AnyContext, make_dispatch
from support.rest_stub import Reply


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


class TestAcknowledging:
    async def test_an_interaction_is_acknowledged_once(self, desk: Desk) -> None:
        desk.stub.script["PUT /interactions/I"] = [Reply(204)]
        ctx = desk.context(*click("I"))
        await ctx.ack()
        await ctx.ack(3)
        assert [seen.json for seen in desk.stub.asked("PUT /interactions/I")] == [{"code": 0}]

    async def test_not_again_when_the_handler_is_called_again(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        desk.stub.script["PUT /interactions/I"] = [Reply(204)]
        attempts: list[int] = []

        async def handle(ctx: AnyContext) -> None:
            attempts.append(1)
            await ctx.ack(code=1)
            if len(attempts) == 1:
                raise ValueError

        async with desk.handling(handle):
            desk.offer(make_dispatch(*click("I")))
        assert [seen.json for seen in desk.stub.asked("PUT /interactions/I")] == [{"code": 1}]
        assert len(attempts) == 2

    async def test_nothing_else_can_be_acknowledged(self, desk: Desk) -> None:
        for ctx in (desk.context(*GROUP_EVENT), desk.context("INTERACTION_CREATE", {"group_openid": "G"})):
            with pytest.raises(CannotAck, match=r"is no interaction: use ctx\.ack in handlers of InteractionCreate"):
                await ctx.ack()
