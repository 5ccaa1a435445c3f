"""The fuzz targets by name: plain functions of bytes that raise AssertionError, or whatever broke, on a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fuzz.envelopes import fuzz_envelopes
from fuzz.life import fuzz_life
from fuzz.wire import fuzz_wire

__all__ = ["TARGETS", "fuzz_envelopes", "fuzz_life", "fuzz_wire"]

TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {"wire": fuzz_wire, "envelopes": fuzz_envelopes, "life": fuzz_life}
)
"""Every target."""
