"""The frames that either end builds, byte for byte, beside the shapes of `protocol.md` section 2.3."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from qqgw_proto.wire import frames
from qqgw_proto.wire.frames import Dispatch

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def sample(name: str) -> object:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


# --- what a client sends -------------------------------------------------------------------------------------------


def test_identify() -> None:
    # As in EE:186-199.
    properties = {"$os": "linux", "$browser": "my_library", "$device": "my_library"}
    assert frames.identify("QQBot t", 513, (0, 4), properties) == (
        b'{"op":2,"d":{"token":"QQBot t","intents":513,"shard":[0,4],'
        b'"properties":{"$os":"linux","$browser":"my_library","$device":"my_library"}}}'
    )


def test_identify_without_properties_carries_an_empty_object() -> None:
    # "no effect, may be empty" (EE:208).
    assert frames.identify("QQBot t", 1 << 30, (0, 1), {}) == (
        b'{"op":2,"d":{"token":"QQBot t","intents":1073741824,"shard":[0,1],"properties":{}}}'
    )


def test_resume() -> None:
    # As in EE:250-259.
    assert frames.resume("QQBot t", "session_id_i_stored", 1337) == (
        b'{"op":6,"d":{"token":"QQBot t","session_id":"session_id_i_stored","seq":1337}}'
    )


@pytest.mark.parametrize(
    ("seq", "expected"),
    [
        (251, b'{"op":1,"d":251}'),
        # "null before any s" (EE:231): the key is there, its value is null.
        (None, b'{"op":1,"d":null}'),
        (2**63 - 1, b'{"op":1,"d":9223372036854775807}'),
    ],
)
def test_heartbeat(seq: int | None, expected: bytes) -> None:
    assert frames.heartbeat(seq) == expected


# --- what a gateway sends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (frames.hello(45000), b'{"op":10,"d":{"heartbeat_interval":45000}}'),  # EE:172-179
        (frames.heartbeat_ack(), b'{"op":11}'),  # EE:241-245: no d
        (frames.reconnect(), b'{"op":7}'),
        (frames.invalid_session(resumable=False), b'{"op":9,"d":false}'),
        (frames.invalid_session(resumable=True), b'{"op":9,"d":true}'),
    ],
)
def test_control_frames(built: bytes, expected: bytes) -> None:
    assert built == expected


def test_a_dispatch_has_the_key_order_seen_live() -> None:
    # "live websocket frame op,s,t,id,d" (2.1).
    assert frames.dispatch("GUILD_CREATE", 7, {"id": "1"}, "GUILD_CREATE:a") == (
        b'{"op":0,"s":7,"t":"GUILD_CREATE","id":"GUILD_CREATE:a","d":{"id":"1"}}'
    )


def test_a_dispatch_leaves_out_what_it_does_not_have() -> None:
    # "Every key except op may be absent" (2.1); READY has no id, a bridge's events have no s.
    assert frames.dispatch("RESUMED", 2002, "") == b'{"op":0,"s":2002,"t":"RESUMED","d":""}'
    assert frames.dispatch("X", None, None) == b'{"op":0,"t":"X","d":null}'


def test_a_dispatch_passes_raw_json_on_as_it_is() -> None:
    raw = msgspec.Raw(b'{ "id" : 1.0 }')
    assert frames.dispatch("X", 1, raw) == b'{"op":0,"s":1,"t":"X","d":{ "id" : 1.0 }}'


@pytest.mark.parametrize(
    ("built", "name"),
    [
        (frames.hello(45000), "control/HELLO"),
        (frames.heartbeat_ack(), "control/HEARTBEAT_ACK"),
        (frames.heartbeat(251), "control/HEARTBEAT"),
        (frames.heartbeat(None), "control/HEARTBEAT.first"),
        (frames.reconnect(), "control/RECONNECT"),
        (frames.invalid_session(resumable=False), "control/INVALID_SESSION"),
        (frames.dispatch("RESUMED", 2002, ""), "RESUMED"),
    ],
)
def test_frames_equal_the_samples(built: bytes, name: str) -> None:
    assert json.loads(built) == sample(name)


# --- the envelope --------------------------------------------------------------------------------------------------


def test_an_envelope_is_left_out_of_the_collectors_lists() -> None:
    assert Dispatch.__struct_config__.gc is False


def test_an_envelope_needs_only_an_op() -> None:
    envelope = Dispatch(11)
    assert (envelope.op, envelope.s, envelope.t, envelope.id, bytes(envelope.d)) == (11, None, None, None, b"null")
