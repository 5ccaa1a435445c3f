"""A client's core brought to where a benchmark begins, in memory: READY, or in the middle of a replay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from benchmarks.measuring import cpu_seconds
from benchmarks.stream import frame_of
from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, WireConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire import frames
from qqgw_proto.wire.doors import ByteWire
from support.wires import accept_key, answer

__all__ = ["RESUMED", "connection_of", "cost", "feed", "ready", "resuming"]

_NOW = 1000.0
READY = frames.dispatch("READY", 1, {"session_id": "session", "user": {"id": "1", "username": "bot"}, "shard": [0, 1]})
RESUMED = frames.dispatch("RESUMED", None, "")


def ready(*, lane: bool = True) -> ClientGateway:
    """A shard in READY, at sequence number 1."""
    gateway = _greeted(None, lane=lane)
    gateway.receive_data(connection_of(gateway), frame_of(READY), _NOW)
    return gateway


def resuming(*, lane: bool = True) -> ClientGateway:
    """A shard that has sent RESUME from sequence number 1."""
    return _greeted(Snapshot("session", 1), lane=lane)


def _greeted(session: Snapshot | None, *, lane: bool) -> ClientGateway:
    gateway = ClientGateway(ClientConfig(intents=2**31 - 1), Random(1), wire=ByteWire(WireConfig(fast_lane=lane)))
    for effect in gateway.start(_NOW, session):
        if isinstance(effect, do.RequestPermit):
            gateway.permit_granted(effect.request, _NOW)
    gateway.access_granted(gateway.life.request or 0, "ws://127.0.0.1:8080/websocket/", "token", _NOW)
    number = connection_of(gateway)
    asked = b"".join(effect.data for effect in gateway.opened(number, _NOW) if isinstance(effect, do.Write))
    gateway.receive_data(number, answer(accept_key(asked)), _NOW)
    gateway.receive_data(number, frame_of(frames.hello(45_000)), _NOW)
    return gateway


def connection_of(gateway: ClientGateway) -> int:
    """The number of its present connection."""
    connection = gateway.life.connection
    if connection is None:
        raise AssertionError(f"no connection in {gateway.state.name}")
    return connection.number


def cost(
    chunks: Sequence[bytes], events: int, *, lane: bool = True, settle: bool = False, replay: bool = False
) -> Callable[[], float]:
    """CPU microseconds per event of a gateway that is fed all chunks; the handshake before is not counted.

    Args:
        chunks: What it is fed.
        events: How many must come.
        lane: Whether the fast lane is on.
        settle: Whether each batch is settled at once.
        replay: Whether it has sent RESUME, and not IDENTIFY.
    """

    def measure() -> float:
        gateway = resuming(lane=lane) if replay else ready(lane=lane)
        return cpu_seconds(lambda: feed(gateway, chunks, events, settle=settle)) / events * 1e6

    return measure


def feed(gateway: ClientGateway, chunks: Iterable[bytes], events: int, *, settle: bool) -> None:
    """Feeds all chunks; every event must come."""
    number, taken = connection_of(gateway), 0
    for chunk in chunks:
        for effect in gateway.receive_data(number, chunk, _NOW):
            if type(effect) is do.Deliver:
                taken += len(effect.events)
                if settle:
                    gateway.settled(effect.tickets(), _NOW)
    if taken != events:
        raise AssertionError(f"{taken} of {events} events came")
