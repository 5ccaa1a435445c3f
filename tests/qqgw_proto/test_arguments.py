"""What the gateways ask of the arguments of their calls."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, cast

import pytest

from qqgw_proto import ClientConfig, ClientGateway, MessageWire, ServerGateway
from qqgw_proto.arguments import Chunk, as_bytes, check_finite
from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.wire import frames
from qqgw_proto.wire.doors import Door
from support.peer import Peer
from support.stages import bring

CONFIG = ClientConfig(513)
FOREIGN = cast("GatewayError", OSError("no route"))
A_CLASS = cast("Door", MessageWire)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "soon"], ids=repr)
def test_a_time_is_a_finite_number(value: float) -> None:
    with pytest.raises(MisuseError, match=r"^until must be a finite number of seconds"):
        check_finite("until", value)


CAUSED: Final[dict[str, tuple[str, Callable[[Peer], object]]]] = {
    "dial_failed": ("DIALING", lambda peer: peer.client.dial_failed(peer.connection, FOREIGN, peer.now)),
    "access_denied": ("PREPARING", lambda peer: peer.client.access_denied(peer.request, FOREIGN, peer.now)),
    "lost": ("READY", lambda peer: peer.client.lost(peer.connection, FOREIGN, peer.now)),
}


@pytest.mark.parametrize("name", CAUSED)
def test_a_cause_that_is_no_error_of_the_core_is_refused_and_changes_nothing(name: str) -> None:
    stage, call = CAUSED[name]
    peer = bring(Peer(CONFIG), stage)
    before = peer.client.life
    with pytest.raises(MisuseError, match=r"such as ConnectionFailed\(str\(error\)\)"):
        call(peer)
    assert peer.client.life is before


def test_a_gateway_url_is_a_text() -> None:
    peer = bring(Peer(CONFIG), "PREPARING")
    with pytest.raises(ConfigurationError, match="must be a text"):
        peer.client.access_granted(peer.request, cast("str", None), "token", peer.now)


def test_a_door_is_no_class() -> None:
    with pytest.raises(ConfigurationError, match=r"write MessageWire\(\)"):
        ClientGateway(CONFIG, Random(1), wire=A_CLASS)
    with pytest.raises(ConfigurationError, match=r"write MessageWire\(\)"):
        ServerGateway(wire=A_CLASS)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("messages", [True, False])
def test_bytes_come_in_whatever_a_transport_hands_out(kind: Callable[[bytes], Chunk], messages: bool) -> None:
    peer = bring(Peer(CONFIG, messages=messages), "READY")
    order = frames.reconnect()
    if messages:
        effects = peer.client.receive_message(peer.connection, kind(order), peer.now)
    else:
        effects = peer.client.receive_data(peer.connection, kind(bytes((0x81, len(order))) + order), peer.now)
    assert effects
    assert peer.client.state.name != "READY"


def test_what_is_kept_of_a_buffer_stays_when_it_is_filled_again() -> None:
    buffer = bytearray(b"abc")
    kept = as_bytes(buffer)
    buffer[:] = b"xyz"
    assert kept == b"abc"
