"""What the specification says of the gateway, seen on one shard: its six steps, its heartbeat, its errors.

`docs/specification.md` names these tests. Where we differ on purpose the test shows what we do instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import cast

import pytest

from qqgw_proto import (
    ClientConfig,
    ClientGateway,
    ConnectionState,
    HeartbeatConfig,
    MessageWire,
    SessionInfo,
    ShardConfig,
)
from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    GatewayClosed,
    HeartbeatTimeout,
    InvalidIntents,
    InvalidSession,
    RateLimited,
    UnknownOpcode,
)
from qqgw_proto.machine import effects as do

Frame = dict[str, object]

HELLO: Frame = {"op": 10, "d": {"heartbeat_interval": 45_000}}
READY: Frame = {
    "op": 0,
    "s": 1,
    "t": "READY",
    "d": {"version": 1, "session_id": "session-1", "user": {"id": "1", "username": "echo", "bot": True}},
}
RESUMED: Frame = {"op": 0, "s": 3, "t": "RESUMED", "d": ""}
ACK: Frame = {"op": 11}

IDENTIFIED: Frame = {
    "op": 2,
    "d": {"token": "QQBot token-1", "intents": 1 << 30, "shard": [0, 4], "properties": {}},
}


def guild_create(seq: int) -> Frame:
    return {"op": 0, "s": seq, "t": "GUILD_CREATE", "id": f"event-{seq}", "d": {"id": "7"}}


class Story:
    """One shard whose gate, access and dials always succeed at once; its gateway says what the test makes it say."""

    def __init__(self, *, heartbeat: HeartbeatConfig | None = None) -> None:
        config = ClientConfig(1 << 30, ShardConfig(0, 4), heartbeat=heartbeat or HeartbeatConfig())
        self.gateway = ClientGateway(config, Random(1), wire=MessageWire())
        self.now = 0.0
        self.sent: list[Frame] = []
        self.told: list[do.Effect] = []
        self.tokens = iter(f"token-{number}" for number in range(1, 100))
        self.connection = 0
        self.take(self.gateway.start(self.now))

    def take(self, effects: Sequence[do.Effect]) -> None:
        answers: list[list[do.Effect]] = []
        for effect in effects:
            match effect:
                case do.Write():
                    self.sent.append(cast("Frame", json.loads(effect.data)))
                case do.RequestPermit():
                    answers.append(self.gateway.permit_granted(effect.request, self.now))
                case do.RequestAccess():
                    url = "wss://api.sgroup.qq.com/websocket"
                    answers.append(self.gateway.access_granted(effect.request, url, next(self.tokens), self.now))
                case do.Dial():
                    self.connection = effect.connection
                    answers.append(self.gateway.opened(effect.connection, self.now))
                case _:
                    self.told.append(effect)
        for answer in answers:
            self.take(answer)

    def hear(self, *frames: Frame) -> None:
        for frame in frames:
            self.take(self.gateway.receive_message(self.connection, json.dumps(frame), self.now))

    def closed(self, code: int) -> None:
        self.take(self.gateway.closed(self.connection, code, "", self.now))

    def lost(self) -> None:
        self.take(self.gateway.lost(self.connection, ConnectionFailed("the network is gone"), self.now))

    def wait(self) -> None:
        """Until the next thing is due."""
        deadline = self.gateway.deadline
        assert deadline is not None
        self.now = deadline
        self.take(self.gateway.tick(self.now))

    def wait_for(self, state: ConnectionState) -> None:
        for _ in range(20):
            if self.gateway.state is state:
                return
            self.wait()
        pytest.fail(f"the shard is {self.gateway.state.name}")

    def sent_ops(self) -> list[object]:
        return [frame["op"] for frame in self.sent]

    def of(self, kind: type[do.Effect]) -> list[do.Effect]:
        return [effect for effect in self.told if isinstance(effect, kind)]

    @property
    def cause(self) -> Exception:
        """Why the latest connection ended."""
        notice = self.of(do.Disconnected)[-1]
        assert isinstance(notice, do.Disconnected)
        return notice.cause


@pytest.fixture
def ready() -> Story:
    """A shard in READY that has received one event."""
    story = Story()
    story.hear(HELLO, READY, guild_create(2))
    assert story.gateway.state is ConnectionState.READY
    return story


def resumes(story: Story) -> None:
    """The shard comes back on a new connection and goes on with its session."""
    story.wait_for(ConnectionState.GREETING)
    story.sent.clear()
    story.hear(HELLO)
    [resume] = story.sent
    assert resume["op"] == 6
    assert resume["d"] == {"token": resume["d"]["token"], "session_id": "session-1", "seq": 2}  # type: ignore[index]
    story.hear(RESUMED)
    assert story.gateway.state is ConnectionState.READY


# --- the six steps of a connection's life (F04 to F09)


def test_step_1_the_shard_dials_the_url_it_was_given() -> None:
    gateway = ClientGateway(ClientConfig(1), Random(1))
    [permit] = gateway.start(0.0)
    assert isinstance(permit, do.RequestPermit)
    [access] = gateway.permit_granted(permit.request, 0.0)
    assert isinstance(access, do.RequestAccess)
    [dial] = gateway.access_granted(access.request, "wss://api.sgroup.qq.com/websocket", "token", 0.0)
    assert isinstance(dial, do.Dial)
    assert (dial.url.host, dial.url.port, dial.url.tls) == ("api.sgroup.qq.com", 443, True)


def test_step_2_the_answer_to_hello_is_identify_with_token_intents_and_shard() -> None:
    story = Story()
    assert story.sent == []
    story.hear(HELLO)
    assert story.sent == [IDENTIFIED]


def test_step_3_ready_brings_the_session() -> None:
    story = Story()
    assert story.gateway.session is None
    story.hear(HELLO, READY)
    assert story.gateway.session == SessionInfo("session-1", 1, 1, (0, 4))


def test_step_4_events_are_delivered(ready: Story) -> None:
    [delivered] = ready.of(do.Deliver)
    assert isinstance(delivered, do.Deliver)
    assert [event.t for event in delivered.events] == ["GUILD_CREATE"]


def test_step_5_heartbeats_are_sent_every_interval_of_hello(ready: Story) -> None:
    ready.sent.clear()
    beats: list[float] = []
    while len(beats) < 3:
        ready.wait()
        if ready.sent_ops() == [1]:
            beats.append(ready.now)
            ready.sent.clear()
            ready.hear(ACK)
    assert beats[0] <= 45.0
    assert [beats[1] - beats[0], beats[2] - beats[1]] == pytest.approx([45.0, 45.0])


def test_step_6_a_lost_connection_is_followed_by_a_resume(ready: Story) -> None:
    ready.lost()
    assert ready.gateway.state is ConnectionState.WAITING
    resumes(ready)


# --- the heartbeat (F28 to F31)


def test_a_heartbeat_carries_null_before_the_first_event_and_the_latest_number_after_it() -> None:
    story = Story(heartbeat=HeartbeatConfig(interval=1.0))
    story.hear(HELLO)
    story.sent.clear()
    story.wait()
    assert story.sent == [{"op": 1, "d": None}]
    story.hear(ACK, READY, guild_create(2))
    story.sent.clear()
    while not story.sent:
        story.wait()
    assert story.sent == [{"op": 1, "d": 2}]


def test_heartbeats_that_are_not_acknowledged_end_the_connection_and_the_next_one_resumes(ready: Story) -> None:
    ready.wait_for(ConnectionState.WAITING)
    assert isinstance(ready.cause, HeartbeatTimeout)
    [abandoned] = ready.of(do.AbandonTransport)
    assert abandoned == do.AbandonTransport(ready.connection)
    [retrying] = ready.of(do.Retrying)
    assert isinstance(retrying, do.Retrying)
    assert retrying.why == ready.cause
    resumes(ready)


# --- the errors, and what follows from each (F65 to F76)


def test_a_connection_that_fails_says_why_and_is_tried_again(ready: Story) -> None:
    ready.lost()
    assert isinstance(ready.cause, ConnectionFailed)
    assert ready.cause.reason == "the network is gone"
    resumes(ready)


def test_an_invalid_session_is_dropped_with_one_gap_and_a_new_one_identified(ready: Story) -> None:
    ready.hear({"op": 9, "d": False})
    ready.wait_for(ConnectionState.GREETING)
    assert isinstance(ready.cause, InvalidSession)
    assert ready.of(do.Gap) == [do.Gap("session", 3, None)]
    ready.sent.clear()
    ready.hear(HELLO)
    assert ready.sent_ops() == [2]


def test_a_rate_limit_is_waited_out_and_the_session_resumed(ready: Story) -> None:
    ready.closed(4008)
    assert isinstance(ready.cause, RateLimited)
    assert ready.cause.retry_after_seconds == 10.0
    began = ready.now
    ready.wait_for(ConnectionState.GREETING)
    assert ready.now - began >= 10.0
    resumes(ready)


def test_a_refused_token_is_renewed_once_and_then_fatal(ready: Story) -> None:
    ready.closed(4004)
    ready.wait_for(ConnectionState.GREETING)
    ready.sent.clear()
    ready.hear(HELLO)
    [resume] = ready.sent
    assert resume["d"] == {"token": "QQBot token-2", "session_id": "session-1", "seq": 2}
    ready.closed(4004)
    assert ready.gateway.state is ConnectionState.FAILED
    [failed] = ready.of(do.Failed)
    assert isinstance(failed, do.Failed)
    assert isinstance(failed.error, AuthenticationFailed)


def test_invalid_intents_are_fatal_and_the_suspects_are_named() -> None:
    config = ClientConfig(1 << 0 | 1 << 9 | 1 << 30)
    story = Story()
    story.gateway = ClientGateway(config, Random(1), wire=MessageWire())
    story.take(story.gateway.start(0.0))
    story.hear(HELLO)
    story.closed(4014)
    [failed] = story.of(do.Failed)
    assert isinstance(failed, do.Failed)
    assert isinstance(failed.error, InvalidIntents)
    assert failed.error.suspects == (9,)


def test_an_unknown_op_is_told_and_ignored(ready: Story) -> None:
    ready.hear({"op": 99, "d": None})
    [violated] = ready.of(do.Violated)
    assert isinstance(violated, do.Violated)
    assert isinstance(violated.error, UnknownOpcode)
    assert violated.error.op == 99
    assert ready.gateway.state is ConnectionState.READY


def test_any_other_close_is_followed_by_a_resume(ready: Story) -> None:
    ready.closed(4000)
    assert isinstance(ready.cause, GatewayClosed)
    resumes(ready)
