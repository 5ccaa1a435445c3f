"""Every frame at DEBUG, without a secret; messages with id, place and author."""

from __future__ import annotations

import logging
from random import Random

import pytest

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.machine import arrivals as came
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Input, Stop
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Access
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.insight.frame_log import LONGEST, FrameLog
from qqgw_trio.simulator.faults import Fault, FaultKind
from support.handling import make_dispatch
from support.staging import Stage

URL = GatewayUrl.parse("wss://gateway.test/websocket")


async def test_at_debug_every_frame_of_a_session_is_logged_and_no_secret(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bot = stage.bot()
    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "你好")
        stage.simulator.fault(Fault(FaultKind.RECONNECT))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
    frames = [record.getMessage() for record in caplog.records if record.name == "qqgw_trio.frames"]
    kinds = [" ".join(frame.split()[:4]).rstrip(",") for frame in frames]
    for wanted in (
        "-> WebSocket handshake with",
        "<- HTTP 101, the",
        "<- op 10 HELLO",
        "-> op 2 IDENTIFY",
        "<- op 0 s=1",
        "<- op 0 s=2",
        "<- op 7 RECONNECT",
        "-> op 6 RESUME",
        "-> close 4000",
    ):
        assert wanted in kinds
    assert any('"content":" 你好"' in frame for frame in frames)
    token, _ = stage.simulator.platform.accounts.issue()
    assert stage.simulator.secret not in caplog.text
    assert token.text not in caplog.text


async def test_a_token_that_the_gateway_repeats_is_in_no_log_nor_error(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bot = stage.bot()
    token, _ = stage.simulator.platform.accounts.issue()
    async with stage.running(bot):
        stage.simulator.say("group", "visitor", f"I know {token.text}")
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4009, why=f"was {token.text}"))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
        troubles = bot.diagnostics.report().text()
    assert "I know ***" in caplog.text
    assert "<- close 4009 was ***" in caplog.text
    assert "the connection expired (was ***)" in troubles
    assert token.text not in f"{caplog.text}{troubles}"


def test_half_a_token_is_not_left_over_where_a_payload_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "qqgw_trio.frames")
    log, gateway = FrameLog(ShardConfig(1, 4)), ClientGateway(ClientConfig(1), Random(1))
    log.gateway, gateway.life.access = gateway, Access(URL, "T0k3n" * 10)
    log.observe(came.Dispatches(1, [make_dispatch("X", f"{'a' * (LONGEST - 10)}{'T0k3n' * 10}")]), 0.0, [])
    assert caplog.messages[0].endswith('aaa***"')
    assert "T0k3n" not in caplog.text


def test_the_step_that_ends_a_connection_still_knows_its_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "qqgw_trio.frames")
    log, gateway = FrameLog(ShardConfig(1, 4)), ClientGateway(ClientConfig(1), Random(1))
    log.gateway = gateway
    for access in (Access(URL, "T0k3n"), None):
        gateway.life.access = access
        log.observe(came.MalformedReceived(1, "what is T0k3n?"), 0.0, [])
    assert caplog.messages == ["<- no frame of the protocol: what is ***?"] * 2


def log_of(
    caplog: pytest.LogCaptureFixture, given: Input, *made: do.MachineEffect, logger: str = "qqgw_trio.frames"
) -> list[str]:
    caplog.clear()
    caplog.set_level(logging.DEBUG, logger)
    FrameLog(ShardConfig(1, 4)).observe(given, 0.0, made)
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (came.Hello(1, 41250), "<- op 10 HELLO, heartbeat interval 41250 ms"),
        (came.HeartbeatAsked(1), "<- op 1 heartbeat asked for"),
        (came.HeartbeatAcked(1), "<- op 11 heartbeat ACK"),
        (came.ReconnectOrdered(1), "<- op 7 RECONNECT"),
        (came.SessionInvalid(1), "<- op 9 INVALID SESSION, not to be resumed"),
        (came.SessionInvalid(1, Kind.SESSION_DOUBTFUL), "<- op 9 INVALID SESSION, perhaps to be resumed"),
        (came.UnknownOp(1, 99), "<- op 99, unknown"),
        (came.MalformedReceived(1, "no JSON"), "<- no frame of the protocol: no JSON"),
        (came.Closed(1, 4009, "expired", Kind.CLOSED_RESUME), "<- close 4009 expired"),
        (came.Upgraded(1), "<- HTTP 101, the WebSocket stands"),
        (came.UpgradeRejected(1, 503, None, "busy"), "<- HTTP 503 busy"),
        (came.Pinged(1, b"abc"), "<- ping, 3 bytes"),
        (came.WireFailed(1, 1002, "a masked frame"), "<- broken WebSocket: a masked frame"),
        (came.ReadyReceived(1, make_dispatch("READY", {}), "S"), "<- op 0 s=2 t=READY id=e1 d={}"),
        (came.ResumedReceived(1, make_dispatch("RESUMED", "")), '<- op 0 s=2 t=RESUMED id=e1 d=""'),
    ],
)
def test_what_comes_is_one_line(caplog: pytest.LogCaptureFixture, given: Input, line: str) -> None:
    assert log_of(caplog, given) == [line]


@pytest.mark.parametrize(
    ("effect", "line"),
    [
        (do.SendUpgrade(1, URL), "-> WebSocket handshake with gateway.test:443"),
        (do.SendIdentify(1, "secret", 513, (1, 4), {}), "-> op 2 IDENTIFY, intents 513, shard 1/4"),
        (do.SendResume(1, "secret", "S", 7), "-> op 6 RESUME, session S, s=7"),
        (do.SendHeartbeat(1, None), "-> op 1 heartbeat, s=None"),
        (do.SendPong(1, b"abc"), "-> pong, 3 bytes"),
        (do.SendClose(1, 4000, "stop"), "-> close 4000 stop"),
    ],
)
def test_what_goes_is_one_line(caplog: pytest.LogCaptureFixture, effect: do.MachineEffect, line: str) -> None:
    # What is no frame leaves no line: neither the input nor the other effect.
    assert log_of(caplog, Stop(), effect, do.AbandonTransport(1)) == [line]


def test_a_long_payload_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    [line] = log_of(caplog, came.Dispatches(1, [make_dispatch("X", "a" * 5000)]))
    assert line.endswith("… (5002 characters)")
    assert len(line) < LONGEST + 100


def test_records_have_fields_of_their_own(caplog: pytest.LogCaptureFixture) -> None:
    log_of(caplog, came.Dispatches(1, [make_dispatch("X")]))
    fields = vars(caplog.records[0])
    assert (fields["shard"], fields["op"], fields["seq"]) == ("1/4", 0, 2)
    assert "session" not in fields
    log_of(caplog, came.Closed(1, 4009, "", Kind.CLOSED_RESUME))
    assert vars(caplog.records[0])["code"] == 4009


MESSAGE = {
    "id": "M1",
    "channel_id": "C1",
    "guild_id": "G1",
    "content": "hello",
    "author": {"id": "U1", "username": "visitor"},
}


def test_messages_are_logged_with_id_channel_and_author(caplog: pytest.LogCaptureFixture) -> None:
    events = [make_dispatch("AT_MESSAGE_CREATE", MESSAGE), make_dispatch("GUILD_CREATE", {"id": "G1"})]
    assert log_of(caplog, came.Dispatches(1, events), logger="qqgw_trio.bot") == [
        "message M1 in channel C1 by visitor (U1)"
    ]
    assert vars(caplog.records[0])["seq"] == 2


def test_a_message_without_a_place_or_of_the_wrong_shape_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    events = [
        make_dispatch("MESSAGE_CREATE", {"id": "M2"}),
        make_dispatch("MESSAGE_CREATE", {"id": ["no id"]}),
        make_dispatch("NEW_MESSAGE_CREATE", {"id": "M3"}),
    ]
    placeless, shapeless = log_of(caplog, came.Dispatches(1, events), logger="qqgw_trio.bot")
    assert placeless == "message M2 in unknown place ? by  (None)"
    assert shapeless.startswith("message that cannot be read: MESSAGE_CREATE does not decode at ")


def test_above_debug_there_is_no_log_call_at_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    FrameLog(ShardConfig()).observe(came.Dispatches(1, [make_dispatch("MESSAGE_CREATE", MESSAGE)]), 0.0, [])
    assert caplog.records == []
