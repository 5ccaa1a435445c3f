"""What a gateway may do to a shard, place by place, in the words of conformance 3: acts of a `Peer`."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final

from wsproto import events as ws

from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import event, ready, resumed
from support.wires import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame

__all__ = ["PLACES", "UPGRADE", "Act"]

Act = Callable[[Peer], object]


def feeds(*chunks: bytes) -> Act:
    return lambda peer: [peer.feed(chunk) for chunk in chunks]


def texts(*payloads: bytes) -> Act:
    return feeds(b"".join(frame(TEXT, payload) for payload in payloads))


def answers(status: bytes, *lines: bytes, body: bytes = b"") -> Act:
    return feeds(b"\r\n".join((b"HTTP/1.1 " + status, *lines)) + b"\r\n\r\n" + body)


def accepts_with(*lines: bytes, early: bytes = b"", behind: bytes = b"", size: int = 0) -> Act:
    """The right 101 with more in it, before it, or behind it, in pieces of a size."""

    def act(peer: Peer) -> None:
        right = peer.bytes_of(ws.AcceptConnection())
        data = early + right[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + behind
        for start in range(0, len(data), size or len(data)):
            peer.feed(data[start : start + (size or len(data))])

    return act


def is_silent(peer: Peer) -> None:
    peer.wait_due()


def stalls(peer: Peer) -> None:
    """Reads nothing more: bytes that are written do not go out."""
    peer.block()
    peer.wait_due()


def end(peer: Peer) -> None:
    peer.feed(b"")


def ready_with(data: bytes, seq: bytes = b"1") -> Act:
    return texts(b'{"op":0,"s":%s,"t":"READY","d":%s}' % (seq, data))


ANSWER: Final = (b"Upgrade: websocket", b"Connection: Upgrade")
UPGRADE: Final[Mapping[str, Act]] = {
    "a wrong accept key": answers(b"101 X", *ANSWER, b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    "no accept key": answers(b"101 X", *ANSWER),
    "no Upgrade": answers(b"101 X", b"Connection: Upgrade"),
    "100 and 103 first": accepts_with(early=b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: </>\r\n\r\n"),
    "102 without end": feeds(b"HTTP/1.1 102 P\r\n\r\n" * 4_000),
    "200": answers(b"200 OK", b"Content-Length: 5", body=b"hello"),
    "204": answers(b"204 No"),
    "302 to elsewhere": answers(b"302 F", b"Location: ws://127.0.0.1:1/", b"Content-Length: 0"),
    "307 to elsewhere": answers(b"307 T", b"Location: /other", b"Content-Length: 0"),
    "400": answers(b"400 B", b"Content-Length: 0"),
    "401": answers(b"401 U", b"Content-Length: 0"),
    "429, Retry-After": answers(b"429 T", b"Retry-After: 7", b"Content-Length: 0"),
    "503, Retry-After of 400 digits": answers(b"503 S", b"Retry-After: " + b"9" * 400, b"Content-Length: 0"),
    "503, Retry-After before today": answers(b"503 S", b"Retry-After: -1", b"Content-Length: 0"),
    "500, a body without end": answers(b"500 I", body=b"x" * 200_000),
    "500, a body that stays away": answers(b"500 I", b"Content-Length: 9", body=b"x"),
    "500, a body of bad chunks": answers(b"500 I", b"Transfer-Encoding: chunked", body=b"ZZ\r\n"),
    "a header without end": feeds(b"HTTP/1.1 101 X\r\nX: ", *[b"y" * 10_000] * 30),
    "headers without end": feeds(b"HTTP/1.1 101 X\r\n" + b"X: y\r\n" * 20_000),
    "a mebibyte of header": accepts_with(b"X: " + b"y" * 2**20),
    "an extension that nobody asked for": accepts_with(b"Sec-WebSocket-Extensions: permessage-deflate"),
    "a subprotocol that nobody asked for": accepts_with(b"Sec-WebSocket-Protocol: chat"),
    "garbage": feeds(b"\x00\xff\xfe garbage \r\n\r\n"),
    "TLS": feeds(b"\x15\x03\x03\x00\x02\x02\x28"),
    "one byte at a time": accepts_with(size=1),
    "nothing": is_silent,
    "HELLO in the segment of the 101": accepts_with(behind=frame(TEXT, frames.hello(45_000))),
    "a close frame in the segment of the 101": accepts_with(behind=close_frame(4009)),
    "the end at once": end,
    "a reset at once": Peer.lose,
    "the end in the 101": feeds(b"HTTP/1.1 101 Swi", b""),
}

INTERVALS: Final = (
    *(
        b"null",
        b"0",
        b"-1",
        b"1",
        b"1e308",
        b"1" + b"0" * 300,
        b'"45000"',
        b"true",
        b"[45000]",
        b"{}",
        b"0.5",
        b"1e-300",
    ),
    *(b"9223372036854775808", b"1" + b"0" * 5000),
)
BEFORE_HELLO: Final[Mapping[str, Act]] = {
    "silence": is_silent,
    "no interval": texts(b'{"op":10,"d":{}}'),
    "no d": texts(b'{"op":10}'),
    **{
        f"an interval of {interval[:20].decode()}": texts(b'{"op":10,"d":{"heartbeat_interval":%s}}' % interval)
        for interval in INTERVALS
    },
    "an interval of NaN": texts(b'{"op":10,"d":{"heartbeat_interval":NaN}}'),
    "two HELLOs": texts(frames.hello(45_000), frames.hello(1_000)),
    "READY first": texts(ready("S9"), event(2)),
    "an event first": texts(event(7), event(8)),
    "op 7 first": texts(frames.reconnect()),
    "op 9 first": texts(frames.invalid_session(resumable=False)),
    "op 9 d true first": texts(frames.invalid_session(resumable=True)),
    "an ACK first": texts(frames.heartbeat_ack()),
    "op 1 first": texts(b'{"op":1}'),
    "no object": texts(b"[]", b"null", b'"op"', b"10"),
    "a BOM": texts(b"\xef\xbb\xbf" + frames.hello(45_000)),
    "op as text": texts(b'{"op":"10","d":{"heartbeat_interval":45000}}'),
    "op as a float": texts(b'{"op":10.0,"d":{"heartbeat_interval":45000}}'),
    "the end": end,
    "a reset": Peer.lose,
}

NUMBERS: Final = (b"null", b"0", b'"2"', b"-1", b"2.5", b"true")
CODES: Final = (*range(4000, 4016), *range(4900, 4916), 1000, 1001, 1002, 1007, 1009, 1011, 1012, 1013, 3000, 4999)
BEFORE_READY: Final[Mapping[str, Act]] = {
    "silence": is_silent,
    "READY without a session": ready_with(b'{"version":1}'),
    "READY without d": texts(b'{"op":0,"s":1,"t":"READY"}'),
    "READY of an empty session": ready_with(b'{"session_id":""}'),
    "READY of session null": ready_with(b'{"session_id":null}'),
    "READY of session 5": ready_with(b'{"session_id":5}'),
    "READY of a session that is no text": ready_with(b'{"session_id":"\\ud800"}'),
    "READY of an odd shard": ready_with(b'{"session_id":"S9","shard":[7,"x",null]}'),
    "READY of no user": ready_with(b'{"session_id":"S9","user":null}'),
    **{f"READY with s {number.decode()}": ready_with(b'{"session_id":"S9"}', number) for number in NUMBERS},
    "a late READY": lambda peer: (peer.wait_due(), peer.connection and texts(ready("S9"))(peer)),
    **{
        f"op 9 d {data.decode()}": texts(b'{"op":9,"d":%s}' % data)
        for data in (b"true", b"false", b"null", b"1", b'"true"', b"{}", b"[true]")
    },
    "op 9 without d": texts(b'{"op":9}'),
    "op 9 and 4903": feeds(frame(TEXT, frames.invalid_session(resumable=False)) + close_frame(4903)),
    "op 9 and the end": feeds(frame(TEXT, frames.invalid_session(resumable=False)), b""),
    **{f"close {code}": feeds(close_frame(code)) for code in CODES},
    "op 7": texts(frames.reconnect()),
    "RESUMED unasked": texts(resumed(5)),
    "the end": end,
    "a reset": Peer.lose,
}

SEQUENCES: Final = (
    b"null",
    b"0",
    b'"3"',
    b"-5",
    b"3.0",
    b"true",
    b"[3]",
    b"1",
    b"2",
    b"9007199254740993",
    b"1" + b"0" * 20,
)
TYPES: Final = (b"null", b"5", b'"__class__"', b'"READY"', b"[]", b'""')
DATA: Final = (b"null", b"5", b'"x"', b"[]", b"true", b'{"a":' * 500 + b"1" + b"}" * 500)
OPS: Final = (
    b'"0"',
    b"0.0",
    b"true",
    b"99",
    b"-1",
    b"1180591620717411303424",
    b"2",
    b"3",
    b"4",
    b"6",
    b"8",
    b"12",
    b"13",
)
LIVE: Final[Mapping[str, Act]] = {
    **{f"s {seq.decode()}": texts(b'{"op":0,"t":"E","d":{},"s":%s}' % seq, event(3)) for seq in SEQUENCES},
    "no t": texts(b'{"op":0,"s":3,"d":{}}'),
    **{f"t {kind.decode()}": texts(b'{"op":0,"s":3,"t":%s,"d":{}}' % kind) for kind in TYPES},
    "no d": texts(b'{"op":0,"s":3,"t":"E"}'),
    **{f"d {data[:9].decode()}": texts(b'{"op":0,"s":3,"t":"E","d":%s}' % data) for data in DATA},
    "no op": texts(b'{"s":3,"t":"E","d":{}}'),
    **{f"op {op.decode()}": texts(b'{"op":%s,"d":{}}' % op) for op in OPS},
    "1000 op 1 at once": texts(*[b'{"op":1}'] * 1000),
    "op 7": texts(frames.reconnect()),
    "50 op 7 and 50 op 9": texts(*[frames.reconnect()] * 50, *[frames.invalid_session(resumable=False)] * 50),
    "op 9": texts(frames.invalid_session(resumable=False)),
    "op 9 d true": texts(frames.invalid_session(resumable=True)),
    "HELLO again": texts(frames.hello(1_000), frames.hello(600_000)),
    "READY again": texts(ready("S9", 3)),
    "RESUMED again": texts(resumed(3)),
    "100 MiB of text": feeds(b"\x81\x7f" + struct.pack("!Q", 100 * 2**20), *[b"x" * 65_536] * 4),
    "100,000 nested arrays": texts(b'{"op":0,"s":3,"t":"E","d":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a lone surrogate": texts(b'{"op":0,"s":3,"t":"\\ud800","d":"\\udfff"}'),
    "an integer of 5000 digits": texts(b'{"op":0,"s":3,"t":"E","d":' + b"7" * 5000 + b"}"),
    **{f"close {code}": feeds(close_frame(code)) for code in CODES},
}

RESERVED: Final = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
A_TEXT: Final = b'{"op":11}'
FRAMES: Final[Mapping[str, Act]] = {
    **{f"opcode {opcode:#x}": feeds(frame(opcode, b"x")) for opcode in (0x3, 0x7, 0xB, 0xF)},
    **{f"RSV {rsv}": feeds(frame(TEXT, A_TEXT, rsv=rsv)) for rsv in (1, 2, 4, 7)},
    "a masked frame": feeds(frame(TEXT, A_TEXT, mask=b"mask")),
    "a fragmented ping": feeds(frame(PING, b"p", final=False)),
    "a ping of 126 bytes": feeds(frame(PING, b"p" * 126)),
    "a close frame of 126 bytes": feeds(frame(CLOSE, b"\x0f\xa9" + b"x" * 124)),
    "a fragment of nothing": feeds(frame(CONTINUATION, b"x")),
    "interleaved fragments": feeds(frame(TEXT, b"{", final=False) + frame(TEXT, b"{", final=False)),
    "fragments without end": feeds(
        frame(TEXT, b"{", final=False), *[frame(CONTINUATION, b"x", final=False) * 1_000] * 5
    ),
    "empty fragments without end": feeds(frame(TEXT, final=False), *[frame(CONTINUATION, final=False) * 1_000] * 5),
    "a declared length of 2^62": feeds(b"\x81\x7f" + struct.pack("!Q", 2**62)),
    "a declared length of 2^63": feeds(b"\x81\x7f" + struct.pack("!Q", 2**63)),
    "a length longer than need be": feeds(b"\x81\x7e\x00\x05hello"),
    "no UTF-8": feeds(frame(TEXT, b"\xff\xfe")),
    "no UTF-8 in a fragment": feeds(frame(TEXT, b"\xed\xa0", final=False) + frame(CONTINUATION, b"\x80")),
    "half a character": feeds(frame(TEXT, b'"\xe2\x82')),
    "no UTF-8 in binary": feeds(frame(BINARY, b"\xff\xfe")),
    "no UTF-8 in a close frame": feeds(frame(CLOSE, b"\x0f\xa9\xff\xfe")),
    "a flood of pings": feeds(*[frame(PING, b"p" * 125) * 500] * 3),
    "a flood of pongs": feeds(*[frame(PONG, b"p" * 125) * 500] * 3),
    "data behind a close frame": feeds(close_frame(4009) + frame(TEXT, event(3)) + frame(TEXT, event(4))),
    "two close frames": feeds(close_frame(4009) + close_frame(4914)),
    **{
        f"close {code}, reserved": feeds(close_frame(code))
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
    },
    "a close frame without a code": feeds(frame(CLOSE)),
    "a close frame of one byte": feeds(frame(CLOSE, b"\x03")),
}

TRANSPORT: Final[Mapping[str, Act]] = {
    "a reset": Peer.lose,
    "the end": end,
    "the end in a frame": feeds(b"\x81\x20{", b""),
    "a stall in a frame": feeds(b"\x81\x20{"),
    "a stall in a header": feeds(b"\x81\x7e\x01"),
    "accepted and never read": stalls,
}

RESUME: Final[Mapping[str, Act]] = {
    "op 9": texts(frames.invalid_session(resumable=False)),
    "op 9 d true": texts(frames.invalid_session(resumable=True)),
    **{f"close {code}": feeds(close_frame(code)) for code in CODES},
    "the end": end,
    "silence": is_silent,
    "a slow replay": lambda peer: [(peer.say(event(seq)), peer.wait(5.0)) for seq in range(3, 13)],
    "old events": texts(event(1), event(2), event(1)),
    "events without s": texts(event(None), event(None)),
    "READY in the place of RESUMED": texts(ready("S9", 1), event(2)),
    "RESUMED from before": texts(resumed(1)),
    "RESUMED twice": texts(resumed(3), resumed(3)),
    "op 7": texts(frames.reconnect()),
}

PLACES: Final[Mapping[str, tuple[str, Mapping[str, Act]]]] = {
    "upgrade": ("UPGRADING", UPGRADE),
    "before HELLO": ("GREETING", BEFORE_HELLO),
    "before READY": ("IDENTIFYING", BEFORE_READY),
    "live": ("READY", LIVE),
    "frames": ("READY", FRAMES),
    "frames before HELLO": ("GREETING", FRAMES),
    "transport": ("READY", TRANSPORT),
    "resume": ("RESUMING", RESUME),
}
