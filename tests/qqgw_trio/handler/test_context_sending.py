"""What a handler sends without answering anything, and how a message is taken back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import cast

import pytest

from qqgw_trio.handler.handler_errors import (
    CannotRecall,
    WrongArgument,
)
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.api_types import MessageAudit, SentMessage
from support.desk import CHANNEL, GROUP, GROUP_EVENT, Desk
from support.rest_stub import Reply


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


class TestSendingAndTakingBack:
    async def test_send_names_nothing(self, desk: Desk) -> None:
        await desk.context(*GROUP_EVENT).send("news")
        await desk.context("AT_MESSAGE_CREATE", {"id": "M", "channel_id": "7"}).send("news", markdown="# more")
        assert desk.bodies(GROUP) == [{"content": "news", "msg_type": 0}]
        assert desk.bodies(CHANNEL) == [{"content": "news", "markdown": {"content": "# more"}}]

    @pytest.mark.parametrize(
        ("type_name", "data", "route"),
        [
            ("GROUP_AT_MESSAGE_CREATE", {"group_openid": "G"}, "DELETE /v2/groups/G/messages/sent"),
            ("C2C_MESSAGE_CREATE", {"author": {"user_openid": "U"}}, "DELETE /v2/users/U/messages/sent"),
            ("AT_MESSAGE_CREATE", {"channel_id": "7"}, "DELETE /channels/7/messages/sent"),
            ("DIRECT_MESSAGE_CREATE", {"guild_id": "8"}, "DELETE /dms/8/messages/sent"),
        ],
    )
    async def test_a_message_is_taken_back_where_it_was_sent(
        self, desk: Desk, type_name: str, data: dict[str, object], route: str
    ) -> None:
        desk.stub.script[route] = [Reply.of({})]
        ctx = desk.context(type_name, {"id": "M", **data})
        await ctx.recall(await ctx.reply("oops"), hide_tip=True)
        await ctx.recall("sent")
        assert len(desk.stub.asked(route)) == 2

    @pytest.mark.parametrize("nothing", [None, 5, ["m"]], ids=repr)
    async def test_what_is_no_message_cannot_be_recalled(self, desk: Desk, nothing: object) -> None:
        with pytest.raises(WrongArgument, match=r"a message is recalled, not .*: give what ctx\.reply or"):
            await desk.context(*GROUP_EVENT).recall(cast("str", nothing))
        assert desk.stub.seen == []

    async def test_a_refused_recall_is_an_error(self, desk: Desk) -> None:
        desk.stub.script["DELETE /v2/groups/G/messages/m"] = [Reply.of({"code": 1, "message": "too late"}, 400)]
        with pytest.raises(ApiError, match="too late"):
            await desk.context(*GROUP_EVENT).recall("m")

    @pytest.mark.parametrize(
        ("message", "why"),
        [
            (MessageAudit("A", 304023), "the message waits for its audit, so there is nothing to take back"),
            (SentMessage(), "the message has no id"),
            ("", "the message has no id"),
        ],
    )
    async def test_what_has_no_id_cannot_be_taken_back(
        self, desk: Desk, message: SentMessage | MessageAudit | str, why: str
    ) -> None:
        with pytest.raises(CannotRecall, match=why):
            await desk.context(*GROUP_EVENT).recall(message)
        assert desk.stub.seen == []
