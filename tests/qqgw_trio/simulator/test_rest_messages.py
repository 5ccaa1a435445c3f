"""Sending, files, and answers to interactions."""

from __future__ import annotations

from typing import cast

import attrs
import pytest

from qqgw_trio.simulator.ledger import Answer, Reply
from support.raw_client import data_of
from support.simulated import Bench

Json = dict[str, object]


async def said(bench: Bench, kind: str) -> Json:
    """The `d` of a message that alice writes to the bot."""
    client, _ = await bench.logged_in()
    bench.gateway.say(kind, "alice", "/ping")
    return cast("Json", (await client.frame())["d"])


async def test_a_group_message_is_answered_once_per_msg_seq(bench: Bench) -> None:
    data = await said(bench, "group")
    path = f"/v2/groups/{data['group_openid']}/messages"
    body = {"content": "pong", "msg_type": 0, "msg_id": data["id"], "msg_seq": 1}
    first = await bench.post(path, body)
    assert first.status_code == 200
    assert sorted(first.json()) == ["id", "timestamp"]
    assert first.json()["timestamp"].endswith("+08:00")
    second = await bench.post(path, body)
    assert (second.status_code, second.json()["code"]) == (400, 40054005)
    assert (await bench.post(path, body | {"msg_seq": 2})).status_code == 200
    assert bench.said == [("group", data["group_openid"], "pong")] * 2
    [reply, _] = bench.ledger.replies
    assert attrs.astuple(reply)[:6] == ("group", data["group_openid"], "pong", data["id"], None, 1)
    assert bench.ledger.unanswered == []


async def test_without_msg_seq_it_is_the_first(bench: Bench) -> None:
    data = await said(bench, "c2c")
    author = cast("Json", data["author"])
    path = f"/v2/users/{author['user_openid']}/messages"
    assert (await bench.post(path, {"content": "1", "msg_id": data["id"]})).status_code == 200
    second = await bench.post(path, {"content": "2", "msg_id": data["id"], "msg_seq": 1})
    assert second.json()["code"] == 40054005


async def test_an_unknown_msg_id_is_refused(bench: Bench) -> None:
    response = await bench.post("/v2/groups/G/messages", {"content": "pong", "msg_id": "invented"})
    assert (response.status_code, response.json()["code"]) == (400, 304026)
    assert bench.ledger.replies == []


async def test_a_notice_is_answered_by_its_event_id(bench: Bench) -> None:
    response = await bench.post("/v2/groups/G/messages", {"content": "pong", "event_id": "invented"})
    assert response.json()["code"] == 40034027


async def test_a_channel_answers_with_a_message(bench: Bench) -> None:
    data = await said(bench, "channel")
    response = await bench.post(f"/channels/{data['channel_id']}/messages", {"content": "pong", "msg_id": data["id"]})
    message = response.json()
    assert (message["channel_id"], message["content"]) == (data["channel_id"], "pong")
    assert message["author"]["bot"] is True
    assert message["id"]


async def test_a_direct_message_goes_to_its_synthetic_guild(bench: Bench) -> None:
    data = await said(bench, "dm")
    response = await bench.post(f"/dms/{data['guild_id']}/messages", {"content": "pong", "msg_id": data["id"]})
    assert response.json()["guild_id"] == data["guild_id"]
    assert bench.ledger.replies[0].kind == "dm"


async def test_a_message_of_its_own_accord_is_accepted(bench: Bench) -> None:
    assert (await bench.post("/channels/1/messages", {"content": "news"})).status_code == 200
    assert bench.ledger.replies == [
        Reply("channel", "1", "news", None, None, None, bench.ledger.replies[0].at),
    ]


async def test_what_is_no_text_is_named_in_the_chat(bench: Bench) -> None:
    await bench.post("/v2/users/U/messages", {"msg_type": 2, "markdown": {"custom_template_id": "1"}})
    assert bench.said == [("c2c", "U", "[markdown]")]


@pytest.mark.parametrize(
    ("body", "parts", "line"),
    [
        ({"content": "tea?"}, (), "tea?"),
        ({"content": "tea?", "keyboard": {"id": "1"}}, ("keyboard",), "tea? [keyboard]"),
        ({"msg_type": 7, "media": {"file_info": "x"}}, ("media",), "[media]"),
        ({"msg_type": 7, "content": "look", "media": {"file_info": "x"}}, ("media",), "look [media]"),
        ({"msg_type": 2, "markdown": {"content": "# Tea"}}, ("markdown",), "# Tea [markdown]"),
        ({"markdown": {"custom_template_id": "1"}, "keyboard": {}}, ("markdown",), "[markdown]"),
        (
            {"markdown": {"custom_template_id": "1"}, "keyboard": {"id": "1"}},
            ("markdown", "keyboard"),
            "[markdown] [keyboard]",
        ),
    ],
)
async def test_what_a_message_has_beside_text_is_noted_and_shown(
    bench: Bench, body: Json, parts: tuple[str, ...], line: str
) -> None:
    assert (await bench.post("/v2/users/U/messages", body)).status_code == 200
    [reply] = bench.ledger.replies
    assert (reply.parts, reply.line) == (parts, line)


@pytest.mark.parametrize(("body", "code"), [({}, 50006), ({"content": ""}, 50006), ([], 50055)])
async def test_nothing_cannot_be_sent(bench: Bench, body: object, code: int) -> None:
    response = await bench.post("/channels/1/messages", body)
    assert (response.status_code, response.json()["code"]) == (400, code)


async def test_a_form_with_an_image_is_a_message_too(bench: Bench) -> None:
    data = await said(bench, "channel")
    response = await bench.http.post(
        f"/channels/{data['channel_id']}/messages",
        headers={"Authorization": bench.token},
        data={"msg_id": str(data["id"])},
        files={"file_image": ("cat.png", b"\x89PNG")},
    )
    assert response.status_code == 200
    assert bench.said == [("channel", data["channel_id"], "[image]")]
    assert bench.ledger.unanswered == []


@pytest.mark.parametrize("path", ["/v2/groups/G/files", "/v2/users/U/files"])
async def test_a_file_is_uploaded(bench: Bench, path: str) -> None:
    body = (await bench.post(path, {"file_type": 1, "url": "http://x/y.png", "srv_send_msg": False})).json()
    assert sorted(body) == ["file_info", "file_uuid", "ttl"]
    assert (await bench.post(path, {"file_type": 1})).status_code == 400


async def test_a_direct_conversation_is_opened_with_whoever_has_the_id(bench: Bench) -> None:
    person = bench.platform.world.places.people[3]
    response = await bench.post("/users/@me/dms", {"recipient_id": person.user_id, "source_guild_id": "1"})
    assert response.json()["guild_id"] == person.direct_guild_id
    assert response.json()["channel_id"] == person.direct_channel_id
    assert response.json()["create_time"].isdecimal()


async def test_a_direct_conversation_needs_both_ids(bench: Bench) -> None:
    assert (await bench.post("/users/@me/dms", {"recipient_id": "1"})).status_code == 400


async def test_an_interaction_is_answered_with_an_empty_body(bench: Bench) -> None:
    client, _ = await bench.logged_in(intents=1 << 26)
    await bench.gateway.emit(1, rate=1000)
    interaction_id = str(data_of(await client.frame())["id"])
    response = await bench.http.put(
        f"/interactions/{interaction_id}", json={"code": 0}, headers={"Authorization": bench.token}
    )
    assert (response.status_code, response.content) == (204, b"")
    assert bench.ledger.answers == [Answer(interaction_id, 0, bench.ledger.answers[0].at)]


@pytest.mark.parametrize(("body", "code"), [({"code": 0}, 630003), ({"code": "0"}, 50055), ([], 50055)])
async def test_an_interaction_that_never_was_cannot_be_answered(bench: Bench, body: object, code: int) -> None:
    response = await bench.http.put("/interactions/x", json=body, headers={"Authorization": bench.token})
    assert (response.status_code, response.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"markdown": {"content": "# hi"}}, "# hi"),
        ({"markdown": {"template_id": 1}}, "[markdown]"),
        ({"media": {"file_info": "f"}, "content": "look"}, "look"),
        ({"ark": {"template_id": 23}}, "[ark]"),
    ],
)
async def test_the_ledger_has_what_people_read(bench: Bench, body: Json, words: str) -> None:
    await bench.post("/v2/groups/G/messages", body)
    assert [reply.text for reply in bench.ledger.replies] == [words]
