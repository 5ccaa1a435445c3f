"""What the server makes of whatever a client sends: tolerant where real clients differ (conformance 2, 2.4)."""

from __future__ import annotations

import pytest

from qqgw_proto.machine.server_inputs import (
    ClientClosed,
    ClientFailed,
    ClientPinged,
    FrameReceived,
    HeartbeatReceived,
    IdentifyReceived,
    ResumeReceived,
    ServerInput,
    ServerKind,
    UpgradeRequested,
)
from qqgw_proto.machine.server_reading import read_client
from qqgw_proto.wire import events as wire


@pytest.mark.parametrize(
    ("event", "given", "kind"),
    [
        (wire.Requested("/ws", {"host": "h"}), UpgradeRequested("/ws", {"host": "h"}), ServerKind.REQUESTED),
        (wire.Ping(b"p"), ClientPinged(b"p"), ServerKind.PINGED),
        (wire.Closed(4000, "bye"), ClientClosed(4000, "bye"), ServerKind.CLOSED),
        (wire.Failed(1002, "bad"), ClientFailed(1002, "bad"), ServerKind.WIRE_FAILED),
        (wire.Unreadable("no UTF-8"), FrameReceived("no UTF-8", ServerKind.MALFORMED), ServerKind.MALFORMED),
    ],
)
def test_what_is_no_message_has_an_input_of_its_own(
    event: wire.WireEvent, given: ServerInput, kind: ServerKind
) -> None:
    assert read_client(event) == given
    assert given.kind is kind


@pytest.mark.parametrize("event", [wire.Upgraded(), wire.Rejected(403, None, "")])
def test_what_only_a_client_sees_cannot_come(event: wire.WireEvent) -> None:
    with pytest.raises(AssertionError, match="a server's wire does not report"):
        read_client(event)


@pytest.mark.parametrize(
    ("message", "shard"),
    [
        # The sample of EE:186.
        (b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":[1,4],"properties":{"$os":"linux"}}}', (1, 4)),
        # The order of keys is the client's, `properties` may be missing (EE:208, conformance 2.11).
        (b'{"d":{"shard":[1,4],"intents":513,"token":"QQBot t"},"op":2}', (1, 4)),
        # "`[0,1]` when unsharded; RS sends shard null" (protocol.md 2.3), and surrounds it with nulls (2.4).
        (b'{"t":null,"d":{"token":"QQBot t","intents":513,"shard":null},"s":null,"op":2}', (0, 1)),
        (b'{"op":2,"d":{"token":"QQBot t","intents":513}}', (0, 1)),
        # What is no shard is none.
        (b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":[1]}}', (0, 1)),
        (b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":["1",4]}}', (0, 1)),
        (b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":[true,4]}}', (0, 1)),
        (b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":"1/4"}}', (0, 1)),
        # BOTGO adds a key that was not meant to be sent.
        (b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":[0,4]},"Session":null}', (0, 4)),
    ],
)
def test_an_identify_is_taken_as_clients_send_it(message: bytes, shard: tuple[int, int]) -> None:
    assert read_client(message) == IdentifyReceived("QQBot t", 513, shard)


def test_a_token_is_judged_by_the_owner_whatever_its_prefix() -> None:
    # "tokens are `QQBot xxx` or `Bot appid.token`" (conformance 2.11).
    assert read_client(b'{"op":2,"d":{"token":"Bot 1.t","intents":1}}') == IdentifyReceived("Bot 1.t", 1, (0, 1))


@pytest.mark.parametrize(
    "message",
    [
        b'{"op":2}',
        b'{"op":2,"d":[]}',
        b'{"op":2,"d":{"intents":513}}',
        b'{"op":2,"d":{"token":null,"intents":513}}',
        b'{"op":2,"d":{"token":"QQBot t"}}',
        b'{"op":2,"d":{"token":"QQBot t","intents":"513"}}',
    ],
)
def test_an_identify_without_token_or_intents_is_malformed(message: bytes) -> None:
    given = read_client(message)
    assert isinstance(given, FrameReceived)
    assert given.kind is ServerKind.MALFORMED
    assert given.what.startswith("IDENTIFY without")


@pytest.mark.parametrize(
    ("message", "seq"),
    [
        # The sample of EE:250; the token of a RESUME may come bare (conformance 2, issue's list).
        (b'{"op":6,"d":{"token":"t","session_id":"a","seq":1337}}', 1337),
        (b'{"op":6,"d":{"seq":0,"session_id":"a","token":"t"}}', 0),
        (b'{"op":6,"d":{"token":"t","session_id":"a","seq":null}}', 0),
        (b'{"op":6,"d":{"token":"t","session_id":"a"}}', 0),
        (b'{"op":6,"d":{"token":"t","session_id":"a","seq":"5"}}', 0),
    ],
)
def test_a_resume_is_taken_as_clients_send_it(message: bytes, seq: int) -> None:
    assert read_client(message) == ResumeReceived("t", "a", seq)


@pytest.mark.parametrize(
    "message",
    [
        b'{"op":6}',
        b'{"op":6,"d":"a"}',
        b'{"op":6,"d":{"token":"t","seq":1}}',
        b'{"op":6,"d":{"token":7,"session_id":"a","seq":1}}',
        b'{"op":6,"d":{"token":"t","session_id":null,"seq":1}}',
    ],
)
def test_a_resume_without_token_or_session_is_malformed(message: bytes) -> None:
    given = read_client(message)
    assert isinstance(given, FrameReceived)
    assert given.kind is ServerKind.MALFORMED
    assert given.what.startswith("RESUME without")


@pytest.mark.parametrize(
    ("message", "seq"),
    [
        # EE:231, BOTPY and BOTGO before the first s, TEA, SAT (protocol.md 2.4): "the server does not check `d`".
        (b'{"op":1,"d":251}', 251),
        (b'{"op":1,"d":0}', 0),
        (b'{"op":1,"d":null}', None),
        (b'{"op":1,"s":251}', 251),
        (b'{"op":1}', None),
        (b'{"op":1,"d":true}', None),
        (b'{"op":1,"d":"251"}', None),
        (b'{"op":1,"d":{},"s":7}', 7),
    ],
)
def test_a_heartbeat_is_taken_whatever_it_carries(message: bytes, seq: int | None) -> None:
    assert read_client(message) == HeartbeatReceived(seq)


@pytest.mark.parametrize(
    ("message", "what", "kind"),
    [
        (b'{"op":11}', "op 11", ServerKind.ACK),
        # What only a server says, and what nobody says.
        (b'{"op":0,"t":"READY","s":1}', "op 0", ServerKind.UNKNOWN_OP),
        (b'{"op":7}', "op 7", ServerKind.UNKNOWN_OP),
        (b'{"op":3}', "op 3", ServerKind.UNKNOWN_OP),
        (b'{"op":-1}', "op -1", ServerKind.UNKNOWN_OP),
        (b"[]", "not a JSON object", ServerKind.MALFORMED),
        (b'{"op":"2"}', "op is not an integer", ServerKind.MALFORMED),
        (b'{"op":true}', "op is not an integer", ServerKind.MALFORMED),
        (b"{}", "op is not an integer", ServerKind.MALFORMED),
    ],
)
def test_everything_else_is_named(message: bytes, what: str, kind: ServerKind) -> None:
    assert read_client(message) == FrameReceived(what, kind)


def test_tokens_are_in_no_repr() -> None:
    for message in (
        b'{"op":2,"d":{"token":"QQBot secret","intents":1}}',
        b'{"op":6,"d":{"token":"secret","session_id":"a"}}',
    ):
        assert "secret" not in repr(read_client(message))
    assert "secret" not in repr(read_client(wire.Requested("/", {"authorization": "secret"})))
