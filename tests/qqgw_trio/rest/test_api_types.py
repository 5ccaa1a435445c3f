"""Typed results: every form on the wire is taken, ids keep all their digits, nothing raises but ValueError."""

from __future__ import annotations

import pytest

from qqgw_trio.rest.api_types import (
    Channel,
    GatewayBot,
    GatewayBotPayload,
    Member,
    MessageAudit,
    SentMessage,
    SessionStartLimit,
    UploadedFile,
    User,
    decode,
)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        # protocol.md 9: "docs say int, wire is an RFC3339 string: accept both"
        (b'{"id":"m1","timestamp":"2024-10-15T16:33:15+08:00"}', ("m1", "2024-10-15T16:33:15+08:00")),
        (b'{"id":"m1","timestamp":1728981195}', ("m1", "1728981195")),
        (b'{"id":18446744073709551617,"timestamp":null}', ("18446744073709551617", "")),
        (b'{"ext_info":{"ref_idx":"x"}}', ("", "")),
    ],
)
def test_ids_and_times_are_text_or_numbers(body: bytes, sent: tuple[str, str]) -> None:
    message = decode(body, SentMessage)
    assert (message.id, message.timestamp) == sent
    assert type(message.id) is str


def test_the_id_of_what_was_sent_may_be_asked_for_though_it_waits_for_its_audit() -> None:
    sent: list[SentMessage | MessageAudit] = [SentMessage(id="m1"), MessageAudit("A", 304023)]
    ids: list[str | None] = [one.id for one in sent]
    assert ids == ["m1", None]


def test_fields_may_be_missing_null_or_unknown() -> None:
    assert decode(b'{"id":"1","avatar":null,"bot":null,"new":{"a":[1]}}', User) == User(id="1")
    assert decode(b'{"roles":["4",5],"user":{"id":"9"}}', Member).roles == ["4", "5"]
    assert decode(b'{"type":"0","position":1}', Channel).type == 0


def test_the_gateway_in_the_librarys_units() -> None:
    body = (
        b'{"url":"wss://api.sgroup.qq.com/websocket/","shards":9,'
        b'"session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}}'
    )
    assert decode(body, GatewayBotPayload).value == GatewayBot(
        "wss://api.sgroup.qq.com/websocket/",
        9,
        SessionStartLimit(total=1000, remaining=999, reset_after=14400.0, max_concurrency=1),
    )


@pytest.mark.parametrize("limit", [b"", b',"shards":null,"session_start_limit":null', b',"shards":0'])
def test_a_gateway_without_limits_has_the_usual_ones(limit: bytes) -> None:
    assert decode(b'{"url":"wss://x"' + limit + b"}", GatewayBotPayload).value == GatewayBot(
        "wss://x", 1, SessionStartLimit(total=1000, remaining=1000, reset_after=86400.0, max_concurrency=1)
    )


def test_limits_that_could_stop_everything_are_raised_to_what_can_work() -> None:
    body = b'{"url":"wss://x","shards":-2,"session_start_limit":{"remaining":-5,"reset_after":-1,"max_concurrency":0}}'
    assert decode(body, GatewayBotPayload).value == GatewayBot(
        "wss://x", 1, SessionStartLimit(total=1000, remaining=0, reset_after=0.0, max_concurrency=1)
    )


@pytest.mark.parametrize("reset_after", [b'"inf"', b'"-inf"', b'"nan"', b'"1e999"', b"1e999"])
def test_a_time_that_is_no_number_of_seconds_is_refused(reset_after: bytes) -> None:
    body = b'{"url":"wss://x","session_start_limit":{"reset_after":%b}}' % reset_after
    with pytest.raises(ValueError, match=r"at `\$\.session_start_limit"):
        decode(body, GatewayBotPayload)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is empty"),
        (b'{"file_info":', "the body is not JSON"),
        (b"<html>", "the body is not JSON"),
        (b'{"file_info":"\xff"}', "the body is not JSON"),
        (b'{"x":' * 50_000, "the body is not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "Object missing required field `file_info`"),
        (b'{"file_info":{}}', "Expected text or a number, got `dict` - at `$.file_info`"),
        (b'{"file_info":true}', "Expected text or a number, got `bool` - at `$.file_info`"),
        (b'{"file_info":"x","ttl":"soon"}', "Expected `int | null`, got `str` - at `$.ttl`"),
    ],
)
def test_another_shape_is_a_value_error_that_says_where(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as wrong:
        decode(body, UploadedFile)
    assert str(wrong.value) == why
