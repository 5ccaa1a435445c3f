"""The payloads that the world is made from: one file per event type, and second shapes of some.

A file holds a whole dispatch frame; its `s` and `id` are invented and never sent. READY and RESUMED are not among
them: those are made by a session.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import TypeAlias

import msgspec

__all__ = ["JsonObject", "Sample", "load_samples"]

JsonObject: TypeAlias = dict[str, object]

_LIFECYCLE = ("READY", "RESUMED")


class Sample(msgspec.Struct):
    """The part of a sample frame that is used."""

    t: str
    d: msgspec.Raw


@functools.cache
def load_samples() -> Mapping[str, tuple[JsonObject, ...]]:
    """Payloads by type name, the documented shape first; must not be changed, only copied."""
    files = resources.files("qqgw_trio.simulator").joinpath("samples").iterdir()
    names = sorted((file.name.count("."), file.name) for file in files if file.name.endswith(".json"))
    found: dict[str, tuple[JsonObject, ...]] = {}
    for _, name in names:
        text = resources.files("qqgw_trio.simulator").joinpath("samples", name).read_bytes()
        sample = msgspec.json.decode(text, type=Sample)
        if sample.t not in _LIFECYCLE:
            found[sample.t] = (*found.get(sample.t, ()), msgspec.json.decode(sample.d, type=JsonObject))
    return found
