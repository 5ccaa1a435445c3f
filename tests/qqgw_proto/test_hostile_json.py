"""Text that is no frame, by the categories of JSON test suites, in every state of a shard and through both doors.

Each text is isolated: it is told as a violation and changes nothing, and the good events around it arrive
(conformance 3 "live", 4 M14).
"""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest

from qqgw_proto import ClientConfig, ConnectionState
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import EVERY, bring, event
from support.wires import BINARY, TEXT, frame

CONFIG: Final = ClientConfig(intents=513)
# UPGRADING is left out: a host hands messages in when its WebSocket stands.
READING: Final = ("GREETING", "IDENTIFYING", "RESUMING", "READY", "DOUBTING_IDENTIFY", "DOUBTING_SESSION")

CASES: Final[dict[str, tuple[bytes, ...]]] = {
    "arrays": (
        *(
            b"[]",
            b"[1]",
            b"[1,]",
            b"[,1]",
            b"[1 2]",
            b"[",
            b"[1}",
            b"[[]",
            b'["x"]]',
            b"[1,\n",
            b'["',
            b"[,]",
            b"[1:2]",
        ),
        # Right JSON, and no frame.
        *(
            b"[[]]",
            b"[ ]",
            b'[""]',
            b'[1,"a",null,{}]',
            b"[[[[[1]]]]]",
            b"[1,\t2 ,\r\n3]",
            b"[false]",
            b'[{"a":[{"b":[]}]}]',
        ),
        *(b"[null,true]", b'[{"op":0}]', b'{"op":[0]}', b'{"op":[]}', b"[" + b" " * 500 + b"]"),
    ),
    "numbers": (
        *(b"0", b"-0", b"1e400", b"NaN", b"Infinity", b"-Infinity", b"01", b"1.", b".5", b"1e", b"+1", b"0x1", b"-"),
        *(b"[0e1]", b"[-0.0]", b"[1E22]", b"[1e-2]", b"[123.456e78]", b"[1E+2]", b"[20e1]", b"[-123]", b"[1.5e+9999]"),
        *(
            b"[1e]",
            b"[1ea]",
            b"[0.e1]",
            b"[2.e3]",
            b"[--1]",
            b"[1+2]",
            b"[-01]",
            b"[0e+]",
            b"[1.2a]",
            b"[0x42]",
            b"[-foo]",
        ),
        *(
            b"[12345678901234567890]",
            b"[-237462374673276894279832749832423479823246327846]",
            b"[0.1e999999]",
            b"[9.e+]",
        ),
        *(b'{"op":NaN}', b'{"op":-Infinity}', b'{"op":00}', b'{"op":1.}', b'{"op":.5}', b'{"op":1e}', b'{"op":+1}'),
        *(b'{"op":0x1}', b'{"op":1_0}', b'{"op":0.0}', b'{"op":1e2}', b'{"op":1e400}', b'{"op":-}', b'{"op":1 0}'),
        *(b'{"op":0,"s":NaN}', b'{"op":0,"s":01}', b'{"op":0,"s":1.}', b'{"op":' + b"9" * 1500 + b"}"),
        *(b'{"op":1180591620717411303424}', b'{"op":true}', b'{"op":false}', b'{"op":"0"}', b'{"op":null}'),
    ),
    "objects": (
        *(
            b'{"a":"b"}',
            b'{"a":[],"a":{}}',
            b'{"":0}',
            b'{"a\\u0000b":1}',
            b'{"x":[{"id":"a"}],"id":"b"}',
            b'{"\\u041f":null}',
        ),
        *(
            b'{"a":1,}',
            b'{"a":1,,"b":2}',
            b'{"a" "b"}',
            b'{[:"x"}',
            b'{"a":true} x',
            b'{"a":',
            b"{9:1}",
            b"{null:0}",
            b'{"a":"b",c}',
        ),
        *(b"{}", b'{"op"}', b'{"op":}', b"{op:0}", b'{"op":0,}', b'{"op" 0}', b'{"op":0,"s"}', b"{,}", b"{'op':0}"),
        *(b'{"op":0}x', b'{"op":0}{"op":0}', b'{"op":0 // a}', b'{"op":0 /* a */}', b'{"op"::0}', b'{"op":0,,"s":1}'),
        *(
            b'{"s":2,"t":"E","d":{}}',
            b'{"OP":0}',
            b'{"op":0,"op":"x"}',
            b'{"op":{}}',
            b"{1:0}",
            b'{"op":0',
            b'{"op":0]',
        ),
    ),
    "strings": (
        *(
            b'["a"]',
            b'"\\u0060\\u012a\\u12AB"',
            b'"\\ud801\\udc37"',
            b'"\\"\\\\\\/\\b\\f\\n\\r\\t"',
            b'"\\u0000"',
            b'"\xe2\x80\xa8"',
        ),
        *(
            b'"\\u"',
            b'"\\ud800\\u"',
            b'"\\x00"',
            b'"\\\xf0\x9f\x8c\x80"',
            b"[\\n]",
            b'["\x1f"]',
            b"[a]",
            b'"\\uqqqq"',
            b'"\\UA66D"',
        ),
        *(b'"', b'""', b'"op"', b"'op'", b'"\\u12"', b'"\\q"', b'"\\', b'"\t"', b'"\n"', b'"\x00"', b'"\\ud800"'),
        *(
            b'{"op\x00":0}',
            b'{"op":0,"t":"\\x41"}',
            b'{"op":0,"t":"a\nb"}',
            b'{"op":0,"t":"\\u00g0"}',
            b'{"op":0,"t":"a}',
        ),
        *(b'{"\\ud800":0}', b'{"op":"\\ud83d\\ude00"}'),
    ),
    "structure": (
        *(
            b"42",
            b'"x"',
            b"-0.1",
            b"[] ",
            b" []",
            b"\t{}\r\n",
            b"false",
            b"[1]x",
            b"1]",
            b"{]",
            b"[{}",
            b"{}}",
            b"[}",
            b"<.>",
        ),
        *(
            b"[\x0c]",
            b"[\xe2\x81\xa0]",
            b"\xef\xbb\xbf",
            b"a\xc3\xa5",
            b"[True]",
            b'{"a":/*b*/"c"}',
            b"['",
            b'["a',
            b"[[1,2",
        ),
        *(b"", b" ", b"\n", b"nul", b"null", b"true", b"TRUE", b"*", b"<html></html>", b"\xe2\x81\xa0", b"]", b"}"),
        *(b"\xef\xbb\xbf{}", b"[" * 1500, b'{"a":' * 300, b"[[[[]]]", b'{"op":0}\x00', b"\x00", b"{}\xc2\xa0"),
        *(b"{\x00}\x00", b"#", b'\xef\xbb\xbf{"op":11}', b'{"op":11}]', b"(0)", b"undefined", b"\xc3\xa5"),
    ),
}
NOT_UTF_8: Final = (b"\xff", b'{"op":0,"t":"\xff"}', b"\xed\xa0\x80", b"\xc0\xaf", b'"\xe2\x82', b"\xfe\xff\x00{\x00}")


def known(peer: Peer) -> tuple[object, ...]:
    """All that a bad text must leave as it is."""
    client = peer.client
    return (client.state, client.session, client.snapshot, client.deadline)


@pytest.mark.parametrize("category", CASES)
@pytest.mark.parametrize("stage", [stage for stage in EVERY if stage != "UPGRADING"])
def test_what_is_no_frame_changes_nothing_in_any_state(stage: str, category: str) -> None:
    peer = bring(Peer(CONFIG, messages=True), stage)
    before = known(peer)
    for payload in CASES[category]:
        peer.effects = []
        peer.did(partial(peer.client.receive_message, peer.connection, payload, peer.now))
        kinds = [type(effect) for effect in peer.effects]
        assert kinds == ([do.Violated] if stage in READING else []), payload
        assert known(peer) == before, payload


@pytest.mark.parametrize("category", CASES)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_the_good_events_around_it_arrive(category: str, opcode: int) -> None:
    peer = bring(Peer(CONFIG), "READY")
    seq = 2
    for payload in CASES[category]:
        seq += 2
        peer.feed(frame(TEXT, event(seq - 1)) + frame(opcode, payload) + frame(TEXT, event(seq)))
        came = [one.s for effect in peer.effects if isinstance(effect, do.Deliver) for one in effect.events]
        assert came == [seq - 1, seq], payload
        assert sum(isinstance(effect, do.Violated) for effect in peer.effects) == 1, payload
    assert peer.client.state is ConnectionState.READY


@pytest.mark.parametrize("payload", NOT_UTF_8)
def test_a_binary_message_that_is_not_utf_8_is_isolated_and_a_text_ends_the_connection_with_1007(
    payload: bytes,
) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.feed(frame(BINARY, payload) + frame(TEXT, event(3)))
    assert [type(effect) for effect in peer.effects] == [do.Violated, do.Deliver]
    told = peer.feed(frame(TEXT, payload))
    assert "close 1007" in told
    assert peer.client.state is ConnectionState.WAITING
    assert peer.client.session is not None


# --- right JSON, wrong frame


@pytest.mark.parametrize(
    "seq", [b"null", b"0", b"-1", b"2.5", b'"3"', b"true", b"[3]", b"{}", b"9223372036854775808", b"1e3", b"3.0"]
)
def test_an_event_whose_s_is_no_number_is_delivered_and_the_sequence_stays(seq: bytes) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(b'{"op":0,"t":"E","d":{},"s":%s}' % seq)
    [delivered] = [effect for effect in peer.effects if isinstance(effect, do.Deliver)]
    assert [one.s for one in delivered.events] == [None]
    assert peer.client.session is not None
    assert peer.client.session.sequence_number == 2


@pytest.mark.parametrize("kind", [b"null", b"5", b'"__class__"', b'""', b"[]", b'"\\ud800"', b"{}"])
@pytest.mark.parametrize("data", [b"null", b"5", b'"x"', b"[]", b"true", b'{"a":' * 50 + b"1" + b"}" * 50])
def test_an_event_of_any_type_with_any_payload_is_delivered_or_told(kind: bytes, data: bytes) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(b'{"op":0,"s":3,"t":%s,"d":%s}' % (kind, data), event(4))
    came = [one.s for effect in peer.effects if isinstance(effect, do.Deliver) for one in effect.events]
    assert came[-1:] == [4]
    told = [effect for effect in peer.effects if isinstance(effect, do.Violated)]
    assert (came.count(3), len(told)) in ((1, 0), (0, 1)), "delivered once, or told once"
    assert peer.client.state is ConnectionState.READY


@pytest.mark.parametrize("resumable", [b"null", b'"true"', b"1", b"{}", b"[]", b"0.0"])
@pytest.mark.parametrize("stage", ["IDENTIFYING", "RESUMING", "READY"])
def test_an_op_9_with_any_d_never_resumes_by_mistake(stage: str, resumable: bytes) -> None:
    peer = bring(Peer(CONFIG), stage)
    peer.say(b'{"op":9,"d":%s}' % resumable)
    assert peer.client.state.name.startswith("DOUBTING")
    assert not [sent for sent in peer.frames[-1:] if sent["op"] == 6 and stage != "RESUMING"]


# --- again and again


@pytest.mark.parametrize("again", [frames.hello(45_000), frames.dispatch("RESUMED", 9, ""), b'{"op":2}', b'{"op":6}'])
def test_what_came_before_and_comes_again_identifies_nobody_again(again: bytes) -> None:
    peer = bring(Peer(CONFIG), "READY")
    sent = len(peer.frames)
    peer.say(again, again, event(20))
    assert [frame["op"] for frame in peer.frames[sent:]] == []
    assert peer.client.state is ConnectionState.READY
    assert peer.client.session is not None
    assert peer.client.session.session_id == "S1"


def test_of_many_orders_to_reconnect_one_is_obeyed() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(*[frames.reconnect()] * 50, *[frames.invalid_session(resumable=False)] * 50)
    assert [type(effect).__name__ for effect in peer.effects].count("Retrying") == 1
    assert peer.wait_due().count("RequestAccess") == 1
    assert peer.wait(10.0).count("Dial") == 0


def test_a_thousand_op_1_at_once_are_answered_once() -> None:
    peer = bring(Peer(CONFIG), "READY")
    assert peer.say(*[b'{"op":1}'] * 1000).count("HEARTBEAT") == 1
