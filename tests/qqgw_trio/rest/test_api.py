"""The calls of REST: path, body and result of each, and what an unreadable answer becomes."""

from __future__ import annotations

from typing import Any, cast

import pytest
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_errors import ApiError, is_refusal
from qqgw_trio.rest.api_types import (
    Channel,
    DirectConversation,
    FileType,
    GatewayBot,
    Guild,
    Member,
    MessageAudit,
    SentMessage,
    SessionStartLimit,
    UploadedFile,
    User,
)
from support.rest_stub import TOKEN_ROUTE, Reply, RestStub, api_of, token_reply, token_source

SENT = Reply.of({"id": "sent-1", "timestamp": "2024-10-15T16:33:15+08:00"})
MESSAGE = SentMessage(id="sent-1", timestamp="2024-10-15T16:33:15+08:00")
AUDIT = Reply.of(
    {
        "code": 304023,
        "message": "push message is waiting for audit now",
        "data": {"message_audit": {"audit_id": "ab9bd72f"}},
    },
    202,
)


def test_production_is_the_default_and_the_app_id_comes_from_the_token() -> None:
    assert Api(token_source(RestStub({}))).base_url == "https://api.sgroup.qq.com"
    with pytest.raises(ConfigurationError, match=r"the API URL 'api\.test' must begin with"):
        Api(token_source(RestStub({})), base_url="api.test")


async def test_gateway(autojump_clock: MockClock) -> None:
    stub = RestStub({"GET /gateway": [Reply.of({"url": "wss://api.sgroup.qq.com/websocket/"})]})
    assert await api_of(stub).gateway() == "wss://api.sgroup.qq.com/websocket/"


async def test_gateway_bot(autojump_clock: MockClock) -> None:
    limit = {"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}
    answer = Reply.of({"url": "wss://api.sgroup.qq.com/websocket/", "shards": 9, "session_start_limit": limit})
    assert await api_of(RestStub({"GET /gateway/bot": [answer]})).gateway_bot() == GatewayBot(
        "wss://api.sgroup.qq.com/websocket/",
        9,
        SessionStartLimit(total=1000, remaining=999, reset_after=14400.0, max_concurrency=1),
    )


async def test_what_can_be_asked_for(autojump_clock: MockClock) -> None:
    stub = RestStub(
        {
            "GET /users/@me": [Reply.of({"id": 7, "username": "bot"})],
            "GET /guilds/9": [Reply.of({"id": "9", "name": "g"})],
            "GET /channels/9": [Reply.of({"id": "9", "type": 0})],
            "GET /guilds/9/members/7": [Reply.of({"user": {"id": "7"}, "nick": "n"})],
        }
    )
    api = api_of(stub)
    assert await api.me() == User(id="7", username="bot")
    assert await api.guild("9") == Guild(id="9", name="g")
    assert await api.channel("9") == Channel(id="9", type=0)
    assert await api.member("9", "7") == Member(user=User(id="7"), nick="n")


async def test_a_direct_conversation_is_opened(autojump_clock: MockClock) -> None:
    stub = RestStub({"POST /users/@me/dms": [Reply.of({"guild_id": "g", "channel_id": "c", "create_time": 16})]})
    assert await api_of(stub).create_dm("7", "9") == DirectConversation(guild_id="g", channel_id="c", create_time="16")
    assert stub.asked("POST /users/@me/dms")[0].json == {"recipient_id": "7", "source_guild_id": "9"}


class TestSending:
    async def test_to_a_channel(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /channels/c/messages": [SENT]})
        assert await api_of(stub).send_channel("c", content="hi", msg_id="m", msg_seq=2) == MESSAGE
        assert stub.asked("POST /channels/c/messages")[0].json == {"content": "hi", "msg_id": "m"}

    async def test_to_a_direct_conversation(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /dms/g/messages": [SENT]})
        assert await api_of(stub).send_dm("g", content="hi", event_id="e") == MESSAGE
        assert stub.asked("POST /dms/g/messages")[0].json == {"content": "hi", "event_id": "e"}

    @pytest.mark.parametrize("place", ["groups", "users"])
    async def test_to_a_group_or_a_person(self, place: str, autojump_clock: MockClock) -> None:
        route = f"POST /v2/{place}/openid/messages"
        stub = RestStub({route: [SENT]})
        api = api_of(stub)
        send = api.send_group if place == "groups" else api.send_c2c
        assert await send("openid", content="hi", msg_id="m", msg_seq=2) == MESSAGE
        assert stub.asked(route)[0].json == {"content": "hi", "msg_type": 0, "msg_id": "m", "msg_seq": 2}

    async def test_an_image_for_a_group_is_uploaded_first(self, autojump_clock: MockClock) -> None:
        stub = RestStub(
            {"POST /v2/groups/g/files": [Reply.of({"file_info": "f"})], "POST /v2/groups/g/messages": [SENT]}
        )
        assert await api_of(stub).send_group("g", image="https://x/y.png", msg_id="m", msg_seq=1) == MESSAGE
        upload, message = stub.seen[1:]
        assert upload.json == {"file_type": 1, "url": "https://x/y.png", "srv_send_msg": False}
        assert message.json == {
            "media": {"file_info": "f"},
            "msg_id": "m",
            "msg_seq": 1,
            "msg_type": 7,
            "content": " ",
        }

    async def test_media_given_already_wins_over_an_image(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /v2/users/u/messages": [SENT]})
        await api_of(stub).send_c2c("u", image="https://x/y.png", media={"file_info": "f"})
        assert stub.seen[1].json == {"media": {"file_info": "f"}, "msg_type": 7, "content": " "}

    async def test_a_message_held_back_for_an_audit_is_a_result_and_not_sent_again(
        self, autojump_clock: MockClock
    ) -> None:
        stub = RestStub({"POST /channels/c/messages": [AUDIT, SENT]})
        assert await api_of(stub).send_channel("c", content="hi") == MessageAudit("ab9bd72f", 304023)
        assert len(stub.asked("POST /channels/c/messages")) == 1

    async def test_a_numbered_reply_is_repeated_with_the_same_number(self, autojump_clock: MockClock) -> None:
        route = "POST /v2/groups/g/messages"
        stub = RestStub({route: [Reply(502, b"<html>"), SENT]})
        await api_of(stub).send_group("g", content="hi", msg_id="m", msg_seq=4)
        first, second = stub.asked(route)
        assert first.json == second.json == {"content": "hi", "msg_id": "m", "msg_seq": 4, "msg_type": 0}

    async def test_a_message_without_a_number_is_not_repeated(self, autojump_clock: MockClock) -> None:
        route = "POST /v2/groups/g/messages"
        stub = RestStub({route: [Reply(502, b"<html>502 Bad Gateway</html>"), SENT]})
        with pytest.raises(ApiError, match="HTTP 502, <html>502 Bad Gateway</html>"):
            await api_of(stub).send_group("g", content="hi", msg_id="m")
        assert len(stub.asked(route)) == 1

    async def test_what_cannot_be_sent_is_told_before_any_request(self, autojump_clock: MockClock) -> None:
        stub = RestStub({})
        with pytest.raises(ConfigurationError, match="a message needs something to send"):
            await api_of(stub).send_c2c("u")
        assert stub.seen == []


async def test_files_are_uploaded_for_groups_and_persons(autojump_clock: MockClock) -> None:
    file = Reply.of({"file_uuid": "u", "file_info": "f", "ttl": 0})
    stub = RestStub({"POST /v2/groups/g/files": [file], "POST /v2/users/u/files": [file]})
    api = api_of(stub)
    uploaded = UploadedFile(file_uuid="u", file_info="f", ttl=0)
    assert await api.upload_group_file("g", FileType.VIDEO, "https://x/y.mp4") == uploaded
    assert await api.upload_c2c_file("u", FileType.VOICE, "https://x/y.silk") == uploaded
    assert [request.json for request in stub.seen[1:]] == [
        {"file_type": 2, "url": "https://x/y.mp4", "srv_send_msg": False},
        {"file_type": 3, "url": "https://x/y.silk", "srv_send_msg": False},
    ]


async def test_the_platform_gets_a_minute_to_fetch_a_file(autojump_clock: MockClock) -> None:
    slow = Reply.of({"file_info": "f"}, after=50)
    assert (
        await api_of(RestStub({"POST /v2/users/u/files": [slow]})).upload_c2c_file("u", FileType.FILE, "x")
    ).ttl is None


async def test_messages_are_taken_back(autojump_clock: MockClock) -> None:
    routes = ["channels/c", "dms/g", "v2/groups/o", "v2/users/o"]
    stub = RestStub({f"DELETE /{route}/messages/m": [Reply(200)] for route in routes})
    api = api_of(stub)
    await api.recall_channel("c", "m", hide_tip=True)
    await api.recall_dm("g", "m")
    await api.recall_group("o", "m")
    await api.recall_c2c("o", "m")
    assert [request.route for request in stub.seen[1:]] == [f"DELETE /{route}/messages/m" for route in routes]
    assert [request.query for request in stub.seen[1:]] == ["hidetip=true", "", "", ""]


@pytest.mark.parametrize("body", [b"", b"not JSON", b"{}"])
async def test_an_interaction_is_answered_and_the_answers_body_not_read(body: bytes, autojump_clock: MockClock) -> None:
    # BTN:254: empty body
    stub = RestStub({"PUT /interactions/i": [Reply(200, body)]})
    await api_of(stub).answer_interaction("i", 3)
    (request,) = stub.asked("PUT /interactions/i")
    assert request.json == {"code": 3}
    assert request.headers["x-callback-appid"] == request.headers["x-union-appid"] == "102001"


@pytest.mark.parametrize("identifier", ["", ".", ".."])
async def test_what_is_no_id_is_refused(identifier: str, autojump_clock: MockClock) -> None:
    with pytest.raises(ConfigurationError, match="is no id"):
        await api_of(RestStub({})).guild(identifier)


async def test_an_id_cannot_change_the_path(autojump_clock: MockClock) -> None:
    stub = RestStub({"GET /guilds/..%2Fusers%2F%40me%3Fx%23": [Reply.of({"id": "1"})]})
    assert (await api_of(stub).guild("../users/@me?x#")).id == "1"


class TestAnyCall:
    async def test_it_takes_query_and_body_and_gives_json(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"PATCH /guilds/9/roles/5": [Reply.of({"role": {"id": 2**64 + 1}})]})
        result = await api_of(stub).request("patch", "/guilds/9/roles/5", params={"a b": "ü", "n": 1}, json={"x": [1]})
        assert result == {"role": {"id": 18446744073709551617}}
        (request,) = stub.asked("PATCH /guilds/9/roles/5")
        assert (request.query, request.json) == ("a+b=ü&n=1", {"x": [1]})

    async def test_an_empty_body_is_none(self, autojump_clock: MockClock) -> None:
        assert await api_of(RestStub({"DELETE /x": [Reply(204)]})).request("DELETE", "/x") is None

    async def test_the_caller_may_say_that_it_can_be_repeated(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /x": [Reply(500), Reply.of(1)]})
        assert await api_of(stub).request("POST", "/x", repeatable=True) == 1

    async def test_what_is_not_json_is_an_api_error(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [Reply(200, b'{"id":')]})
        with pytest.raises(ApiError, match="GET /x was answered with HTTP 200, the body is not JSON"):
            await api_of(stub).request("GET", "/x")

    async def test_parameters_stand_behind_those_of_the_path(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /guilds/1/members": [Reply.of([])]})
        assert await api_of(stub).request("get", "/guilds/1/members?limit=5", params={"after": "0"}) == []
        assert [request.query for request in stub.seen[1:]] == ["limit=5&after=0"]

    async def test_a_path_without_a_slash_is_refused(self, autojump_clock: MockClock) -> None:
        with pytest.raises(ConfigurationError):
            await api_of(RestStub({})).request("GET", "users/@me")


async def test_what_cannot_be_sent_is_told_before_any_request() -> None:
    stub, wrong = RestStub({}), cast("Any", 123)
    api = api_of(stub)
    for call in (
        lambda: api.send_channel(wrong, content="hi"),
        lambda: api.send_group("g", markdown={"x": object()}),
        lambda: api.create_dm(wrong, "9"),
        lambda: api.upload_c2c_file("u", cast("Any", object()), "https://x/y.png"),
        lambda: api.answer_interaction("i", cast("Any", object())),
        lambda: api.request("POST", "/x", json=object()),
        lambda: api.request("POST", wrong),
        lambda: api.request(wrong, "/x"),
    ):
        with pytest.raises(ConfigurationError):
            await call()
    assert stub.seen == []


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(200, b"<html>welcome</html>"), "the body is not JSON"),
        (Reply(200, b'{"url":"wss://'), "the body is not JSON"),
        (Reply(204), "the body is empty"),
        (Reply(200, b"[]"), "Expected `object`, got `array`"),
        (Reply(200, b"{}"), "Object missing required field `url`"),
        (Reply(200, b'{"url":7}'), r"Expected `str`, got `int` - at `\$.url`"),
    ],
)
async def test_a_success_that_cannot_be_read_is_an_api_error_that_says_why(
    reply: Reply, why: str, autojump_clock: MockClock
) -> None:
    with pytest.raises(ApiError, match=f"GET /gateway was answered with HTTP {reply.status}, {why}") as failed:
        await api_of(RestStub({"GET /gateway": [reply]})).gateway()
    assert failed.value.remedy == "check that the API URL leads to the QQ bot API"
    assert is_refusal(failed.value) is False


async def test_no_error_holds_token_or_secret(autojump_clock: MockClock) -> None:
    echo = Reply.of({"code": 10003, "message": "QQBot A-TOKEN"}, 404, x_tps_trace_id="A-TOKEN")
    stub = RestStub({TOKEN_ROUTE: [token_reply("A-TOKEN")], "GET /users/@me": [echo]})
    with pytest.raises(ApiError) as failed:
        await api_of(stub).me()
    error: BaseException | None = failed.value
    while error is not None:
        assert "A-TOKEN" not in f"{error} {error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
