"""The words that a person reads when something is wrong, each literally: what to do, and what a setting accepts."""

from __future__ import annotations

import attrs
import pytest

from qqgw_proto import (
    ClientConfig,
    Deadlines,
    HeartbeatConfig,
    ReconnectConfig,
    ServerConfig,
    ShardConfig,
    WireConfig,
    errors,
)
from qqgw_proto.config_rules import check_field
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.close_codes import CloseAction
from qqgw_proto.machine.life import Renewal

ADDRESS = "that this machine's address is on the IP allow-list"
REMEDIES = {
    "AuthenticationFailed": f"check the app id and the secret, and {ADDRESS}",
    "ConfigurationError": "",
    "ConnectionFailed": "check the network, the proxy and the gateway URL",
    "DeadlineExceeded": "none needed: the shard tries again",
    "EventDecodeError": "handle the event raw; the session is not affected",
    "GatewayClosed": "none needed where the code permits RESUME",
    "GatewayError": "",
    "HeartbeatTimeout": "none needed: the shard resumes on a new connection",
    "InsufficientPermissions": "apply for the permission on the platform's console, or do without it",
    "InvalidIntents": f"ask only for intents granted to this bot on the platform's console, and check {ADDRESS}",
    "InvalidSession": "none needed: the shard identifies afresh",
    "MisuseError": "see the calling rules in the docstring of ClientGateway or ServerGateway",
    "ProtocolViolation": "none needed: the frame was ignored, or the connection is replaced",
    "RateLimited": "none needed: the shard waits, then resumes",
    "ReconnectRequested": "none needed: the shard resumes",
    "ReshardRequired": "start the bot with more shards (GET /gateway/bot recommends a count)",
    "UnknownOpcode": "none needed",
}


def test_what_a_close_code_asks_is_said_in_these_words() -> None:
    assert {action.name: action.value for action in CloseAction} == {
        "RESUME": "RESUME after a back-off",
        "RESUME_AT_ONCE": "RESUME at once: routine",
        "COOL_DOWN": "wait, then RESUME",
        "IDENTIFY": "drop the session, back off, IDENTIFY",
        "REFUSED": "drop the session, count a refusal, IDENTIFY",
        "RENEW_TOKEN": "fetch a new token, then RESUME or IDENTIFY once",
        "FATAL": "stop",
    }


def test_how_far_a_renewal_has_come_is_said_in_these_words() -> None:
    assert {renewal.name: renewal.value for renewal in Renewal} == {
        "NONE": "no token was refused since the last READY or RESUMED",
        "ASKED": "a new token is wanted",
        "GRANTED": "the token in use was asked for after a refusal",
        "REPEATED": "a renewal gave the refused token again",
    }


def test_what_to_do_about_an_error_is_said_in_these_words() -> None:
    assert {name: getattr(errors, name).default_remedy for name in errors.__all__} == REMEDIES


@pytest.mark.parametrize(
    ("kind", "name", "wrong", "words"),
    [
        (ShardConfig, "shard_id", -1, "a whole number from 0"),
        (ShardConfig, "shard_count", 0, "a whole number from 1"),
        (ReconnectConfig, "initial_delay", 0, "a number above 0"),
        (ReconnectConfig, "healthy_after", -0.5, "a number from 0"),
        (ReconnectConfig, "max_attempts", 0, "None or a whole number from 1"),
        (HeartbeatConfig, "interval", 0, "None or a number above 0"),
        (HeartbeatConfig, "seq", "x", "'received' or 'settled'"),
        (Deadlines, "hello", 0, "a number above 0"),
        (WireConfig, "max_frame", 0, "a whole number from 1"),
        (WireConfig, "fast_lane", 1, "True or False"),
        (ClientConfig, "intents", 0, "a whole number from 1 to 2**31 - 1"),
        (ClientConfig, "token_prefix", "\n", "printable text"),
        (ClientConfig, "properties", {"a": "\n"}, "printable text"),
        (ClientConfig, "stop_code", 1005, "None or one of 1000, 1001, 3000 to 4999"),
        (ServerConfig, "identify", 0, "a number above 0"),
    ],
)
def test_what_a_setting_accepts_is_said_in_these_words(
    kind: type[attrs.AttrsInstance], name: str, wrong: object, words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_field(kind, name, wrong)
    assert caught.value.message == f"{kind.__name__}.{name} must be {words}, not {wrong!r}"
