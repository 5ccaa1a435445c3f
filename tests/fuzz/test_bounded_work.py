"""No input makes the work grow faster than itself, and none is kept: counted in calls and bytes, not in seconds."""

from __future__ import annotations

import gc
import random
import sys
import tracemalloc
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from fuzz.wire import REQUEST
from qqgw_proto import ByteWire, ClientConfig, ClientGateway, ServerConfig, ServerGateway, WireConfig
from qqgw_proto.wire import frames
from support.wires import CONTINUATION, PING, TEXT, accept_key, answer, frame

pytestmark = pytest.mark.no_cover

KIB = 1024
MASK = bytes(4)
Feed = Callable[[Iterable[bytes]], None]


def shard(*, live: bool = True, lane: bool = True) -> Feed:
    """How a shard is fed, from the 101 on or before it."""
    gateway = ClientGateway(ClientConfig(intents=1), random.Random(1), wire=ByteWire(WireConfig(fast_lane=lane)))
    gateway.start(0.0)
    gateway.permit_granted(1, 0.0)
    gateway.access_granted(2, "ws://127.0.0.1/", "t", 0.0)
    [request] = gateway.opened(3, 0.0)
    if live:
        gateway.receive_data(3, answer(accept_key(getattr(request, "data", b""))), 0.0)
        hello, ready = frames.hello(45_000), frames.dispatch("READY", 1, {"session_id": "a"})
        gateway.receive_data(3, frame(TEXT, hello) + frame(TEXT, ready), 0.0)

    def feed(chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            gateway.receive_data(3, chunk, 0.0)

    return feed


def gateway_end(*, live: bool = True) -> Feed:
    """How a gateway's end is fed, from the client's request on or before it."""
    gateway = ServerGateway(ServerConfig(heartbeat_timeout=None), wire=ByteWire())
    gateway.start(0.0)
    if live:
        gateway.receive_data(REQUEST, 0.0)
        gateway.receive_data(frame(TEXT, frames.identify("t", 1, (0, 1), {}), mask=MASK), 0.0)
        gateway.ready(frames.dispatch("READY", 1, {"session_id": "a"}), 0.0)

    def feed(chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            gateway.receive_data(chunk, 0.0)

    return feed


def bytewise(data: bytes) -> Iterator[bytes]:
    return (data[index : index + 1] for index in range(len(data)))


def event(size: int) -> bytes:
    return frame(TEXT, b'{"op":0,"s":2,"t":"E","d":"%s"}' % (b"x" * size))


def headers(count: int) -> bytes:
    return b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Flood: y\r\n" * count


# What grows with a number, and who is fed with it.
FLOODS: dict[str, tuple[Callable[[], Feed], Callable[[int], Iterable[bytes]]]] = {
    "one event, byte by byte": (shard, lambda n: bytewise(event(n))),
    "one event, byte by byte, without the lane": (lambda: shard(lane=False), lambda n: bytewise(event(n))),
    "tiny frames in one chunk": (shard, lambda n: [frame(TEXT, b"1") * n]),
    "tiny frames, a chunk each": (shard, lambda n: (frame(TEXT, b"1") for _ in range(n))),
    "empty frames without the lane": (lambda: shard(lane=False), lambda n: [frame(TEXT) * n]),
    "fragments of one message": (
        shard,
        lambda n: [frame(TEXT, b"1", final=False) + frame(CONTINUATION, b"1", final=False) * n],
    ),
    "pings": (shard, lambda n: [frame(PING, b"p") * n]),
    "headers before the 101": (lambda: shard(live=False), lambda n: [headers(n)]),
    "headers before the 101, byte by byte": (lambda: shard(live=False), lambda n: bytewise(headers(n // 8))),
    "one long header, byte by byte": (
        lambda: shard(live=False),
        lambda n: bytewise(b"HTTP/1.1 101 X\r\nX: " + b"y" * n),
    ),
    "answers of 1xx": (lambda: shard(live=False), lambda n: [b"HTTP/1.1 100 Continue\r\n\r\n" * (n // 8)]),
    "the body of a refusal": (lambda: shard(live=False), lambda n: bytewise(b"HTTP/1.1 503 No\r\n\r\n" + b"y" * n)),
    "beats to a gateway": (gateway_end, lambda n: [frame(TEXT, b'{"op":1,"d":1}', mask=MASK) * n]),
    "a frame to a gateway, byte by byte": (gateway_end, lambda n: bytewise(frame(TEXT, b"1" * n, mask=MASK))),
    "headers to a gateway": (lambda: gateway_end(live=False), lambda n: [b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * n]),
    "deep arrays": (shard, lambda n: [frame(TEXT, b'{"op":0,"s":2,"t":"E","d":' + b"[" * n)]),
}


@contextmanager
def counted() -> Generator[list[int]]:
    """How many functions were called, those in C included."""
    calls = [0]

    def profile(_frame: FrameType, kind: str, _argument: object) -> None:
        if kind in ("call", "c_call"):
            calls[0] += 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def work(name: str, size: int) -> int:
    make, chunks = FLOODS[name]
    feed, prepared = make(), list(chunks(size))
    with counted() as calls:
        feed(prepared)
    return calls[0]


@pytest.mark.parametrize("name", FLOODS)
def test_twice_the_input_is_no_more_than_twice_the_work(name: str) -> None:
    once, twice = work(name, 400), work(name, 800)
    assert twice <= 2 * once + 200, f"{once} calls, then {twice}"


@contextmanager
def touched() -> Generator[list[int]]:
    """The most bytes that were held at once, above those held before."""
    peak = [0]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield peak
        peak[0] = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_a_byte_more_of_a_mebibyte_copies_no_mebibyte() -> None:
    """A buffer that is made anew with every byte would be held twice for a moment, and cost the square."""
    feed, data = shard(), event(KIB * KIB)
    feed([data[: 1000 * KIB]])
    more = list(bytewise(data[1000 * KIB : 1004 * KIB]))
    with touched() as peak:
        feed(more)
    assert peak[0] < 1500 * KIB


def test_what_is_held_of_an_incomplete_frame_is_the_frame() -> None:
    feed, data = shard(), event(KIB * KIB)
    chunks = [data[index : index + KIB] for index in range(0, 512 * KIB, KIB)]
    with touched() as peak:
        feed(chunks)
    assert peak[0] < 700 * KIB


def test_of_a_hundred_thousand_tiny_frames_nothing_is_kept() -> None:
    feed, event_without_s, no_frame = shard(), frame(TEXT, b'{"op":0,"t":"E"}'), frame(TEXT, b"1")
    chunks = [event_without_s * 1_000] * 90 + [no_frame * 1_000] * 10
    feed([event_without_s + no_frame])
    gc.collect()
    before = sys.getallocatedblocks()
    feed(chunks)
    gc.collect()
    assert sys.getallocatedblocks() < before + 100


@pytest.mark.parametrize("limit", [1_000, 64 * KIB])
def test_a_flood_of_headers_ends_at_the_limit(limit: int) -> None:
    gateway = ServerGateway(wire=ByteWire(WireConfig(max_handshake=limit)))
    gateway.start(0.0)
    flood = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (KIB * KIB // 6)
    with counted() as calls:
        gateway.receive_data(flood, 0.0)
        assert gateway.state.name == "CLOSED"
        gateway.receive_data(flood, 0.0)
    assert calls[0] < 2 * limit + 5_000  # by the limit, not by what came
