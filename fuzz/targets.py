"""The fuzz targets by name: plain functions of bytes that raise AssertionError, or whatever broke, on a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fuzz.envelopes import fuzz_envelopes
from fuzz.events import fuzz_events
from fuzz.handshake import fuzz_handshake
from fuzz.life import fuzz_life
from fuzz.pair import fuzz_pair
from fuzz.server import fuzz_server
from fuzz.wire import fuzz_wire

__all__ = [
    "TARGETS",
    "fuzz_envelopes",
    "fuzz_events",
    "fuzz_handshake",
    "fuzz_life",
    "fuzz_pair",
    "fuzz_server",
    "fuzz_wire",
]

TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {
        "handshake": fuzz_handshake,
        "wire": fuzz_wire,
        "envelopes": fuzz_envelopes,
        "events": fuzz_events,
        "life": fuzz_life,
        "server": fuzz_server,
        "pair": fuzz_pair,
    }
)
"""Every target."""
