"""The core's values cannot be changed: what is handed out stays as it was."""

from __future__ import annotations

import importlib
import pkgutil

import msgspec
import pytest

import qqgw_proto

# A life is forked before a step changes it, frames are made by the million, and what waits or is sorted is private.
CHANGEABLE = {"Life", "ServerLife", "Dispatch", "_Sorting", "_Waiting"}


def values_of(module: str) -> list[type[msgspec.Struct]]:
    """The structs that a module defines."""
    found: list[object] = list(vars(importlib.import_module(module)).values())
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    return [kind for kind in kinds if kind.__module__ == module]


VALUES = [
    kind for module in pkgutil.walk_packages(qqgw_proto.__path__, "qqgw_proto.") for kind in values_of(module.name)
]


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_value_cannot_be_changed_but_where_it_is_made_to_be(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen == (kind.__name__ not in CHANGEABLE)
