"""Long runs of the core alone: every single-byte flip of a session (M13), a million events through one shard (M17), a
mebibyte in chunks of one byte.

    python tests/long_runs.py flips [--part 1/2]    each byte of a transcript changed into each other one: n x 255 lives
    python tests/long_runs.py events [--count 1000000]
    python tests/long_runs.py bytes [--without-lane]    whose work would take hours if it grew with the square

They run without coverage, which would cost more than they do; `tests/test_long_runs.py` runs them with the other tests.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "src")]

import attrs  # noqa: E402 - the tests' own modules are found from here on
from wsproto import ConnectionType  # noqa: E402
from wsproto.connection import Connection  # noqa: E402

from qqgw_proto import ByteWire, ClientConfig, ClientGateway, WireConfig  # noqa: E402
from qqgw_proto.machine import effects as do  # noqa: E402
from qqgw_proto.wire.events import Upgraded, WireEvent  # noqa: E402
from qqgw_proto.wire.url import GatewayUrl  # noqa: E402
from qqgw_proto.wire.websocket import WebSocketWire  # noqa: E402
from support.peer import Seeded  # noqa: E402
from support.wires import PING, TEXT, accept_key, answer, close_frame, frame  # noqa: E402

CONFIG: Final = ClientConfig(intents=513)
LIMITS: Final = WireConfig()
HELLO: Final = frame(TEXT, b'{"op":10,"d":{"heartbeat_interval":45000}}')
READY: Final = frame(TEXT, b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}')
GOOD: Final = (
    *(HELLO, READY, frame(TEXT, b'{"op":0,"s":2,"t":"A"}'), frame(TEXT, b'{"op":11}')),
    *(frame(PING, b"a"), close_frame(4009)),
)


def main() -> int:
    """Prints what was done; whatever is wrong is raised."""
    parser = argparse.ArgumentParser(description="Long runs of the core alone.")
    parser.add_argument("run", choices=["flips", "events", "bytes"])
    parser.add_argument("--part", default="1/1", help="of the flips: 1/2 and 2/2 are all of them")
    parser.add_argument("--count", type=int, default=1_000_000, help="of the events")
    parser.add_argument("--without-lane", action="store_true", help="the bytes through wsproto alone")
    options = parser.parse_args()
    if options.run == "flips":
        part, parts = (int(number) for number in options.part.split("/"))
        done = f"{sum(1 for _ in flips(part - 1, parts))} flips"
    elif options.run == "events":
        done = events(options.count)
    else:
        done = single_bytes(lane=not options.without_lane)
    sys.stdout.write(f"{done}\n")
    return 0


# --- flips


class Opened(WebSocketWire):
    """A wire whose handshake is done already: it is most of what a connection costs, and the same each time."""

    def open(self, url: GatewayUrl) -> tuple[bytes, list[WireEvent]]:
        self._connection = Connection(ConnectionType.CLIENT)
        self._upgraded = True
        return b"", [Upgraded()]


class Door(ByteWire, frozen=True):
    """Makes such wires."""

    def client(self) -> Opened:
        return Opened(self.config, client=True)


def flips(part: int, parts: int) -> Iterator[None]:
    """A life for each flip: nothing is raised, and behind the end stands another attempt or a fatal close code."""
    data, door = b"".join(GOOD), Door()
    for index in range(part, len(data), parts):
        for byte in range(256):
            if byte == data[index]:
                continue
            gateway = dialed(ClientGateway(CONFIG, Seeded(2), wire=door))
            gateway.opened(3, 0.0)
            flipped = data[:index] + bytes([byte]) + data[index + 1 :]
            effects = gateway.receive_data(3, flipped, 1.0) + gateway.receive_data(3, b"", 1.0)
            failed = [effect.error.code for effect in effects if isinstance(effect, do.Failed)]
            if failed:  # 4009 has become a close code after which a person must look.
                assert failed == [int.from_bytes(flipped[-2:], "big")], (index, byte)
            else:
                assert gateway.state.name == "WAITING", (index, byte, gateway.explain(1.0))
                assert gateway.deadline is not None
            yield


def dialed(gateway: ClientGateway) -> ClientGateway:
    gateway.start(0.0)
    gateway.permit_granted(1, 0.0)
    gateway.access_granted(2, "ws://127.0.0.1/", "the-token", 0.0)
    return gateway


def ready(door: ByteWire) -> ClientGateway:
    gateway = dialed(ClientGateway(CONFIG, Seeded(2), wire=door))
    [request] = [effect for effect in gateway.opened(3, 0.0) if isinstance(effect, do.Write)]
    gateway.receive_data(3, answer(accept_key(request.data)) + HELLO + READY, 0.0)
    return gateway


# --- events


def events(count: int, chunk: int = 1_000) -> str:
    """So many events, each settled; what is held is the same after a tenth of them as at the end."""
    gateway, now = ready(ByteWire()), 1.0
    early = held()
    for first in range(2, count + 2, chunk):
        now += 0.1
        chunks = [
            frame(TEXT, b'{"op":0,"s":%d,"t":"A","d":{"n":%d}}' % (seq, seq)) for seq in range(first, first + chunk)
        ]
        effects = gateway.receive_data(3, b"".join(chunks), now)
        delivered = [effect for effect in effects if isinstance(effect, do.Deliver)]
        assert sum(len(effect.events) for effect in delivered) == chunk
        for effect in delivered:
            gateway.settled(effect.tickets(), now)
        if any(isinstance(effect, do.Write) for effect in gateway.tick(now)):
            gateway.receive_data(3, frame(TEXT, b'{"op":11}'), now)
        if first - 2 <= count // 10 < first - 2 + chunk:
            early = held()
    blocks, kibibytes = (late - before for late, before in zip(held(), early, strict=True))
    session = gateway.session
    assert session is not None
    assert (session.sequence_number, session.settled) == (count + 1, count + 1)
    assert blocks < 1_000, f"{blocks} more objects are held"
    assert kibibytes < 2_048, f"the process has grown by {kibibytes} KiB"
    return f"{count} events; from a tenth of them on {blocks} more objects held, {kibibytes} KiB more memory"


def held() -> tuple[int, int]:
    """Objects that are allocated, and the most memory that the process ever had, in KiB."""
    gc.collect()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return sys.getallocatedblocks(), most // 1024 if sys.platform == "darwin" else most


# --- single bytes


def single_bytes(*, lane: bool) -> str:
    """An event of a mebibyte byte by byte, 100,000 frames a chunk each, a mebibyte of header byte by byte."""
    door = ByteWire(attrs.evolve(LIMITS, fast_lane=lane))
    gateway = ready(door)
    event = frame(TEXT, b'{"op":0,"s":2,"t":"A","d":"%s"}' % (b"x" * 2**20))
    effects = [effect for byte in event for effect in gateway.receive_data(3, bytes((byte,)), 1.0)]
    assert [type(effect) for effect in effects] == [do.Deliver]
    tiny = frame(TEXT, b"1")
    violated = sum(len(gateway.receive_data(3, tiny, 1.0)) for _ in range(100_000))
    assert violated == 100_000
    asking = dialed(ClientGateway(CONFIG, Seeded(2), wire=door))
    asking.opened(3, 0.0)
    for byte in b"HTTP/1.1 101 X\r\nX: " + b"y" * 2**20:
        asking.receive_data(3, bytes((byte,)), 0.0)
    assert asking.state.name == "WAITING"
    return f"{len(event)} bytes of an event, {violated} frames, 1048576 bytes of a header"


if __name__ == "__main__":
    sys.exit(main())
