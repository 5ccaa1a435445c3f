"""Every test of a module twice: with the fast lane, and with wsproto alone (I13).

A suite offers it by importing `each_lane` in its `conftest.py`; a module takes part by
`pytestmark = pytest.mark.usefixtures("each_lane")`.
"""

from __future__ import annotations

from collections.abc import Generator

import attrs
import pytest

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["each_lane"]


# Of a module, not of a test: tests with examples made by hypothesis run many times in one turn.
@pytest.fixture(scope="module", params=["lane", "wsproto alone"])
def each_lane(request: pytest.FixtureRequest) -> Generator[None]:
    """Whatever is configured, the wires of the second turn have no fast lane."""
    if request.param == "lane":
        yield
        return
    made = WebSocketWire.__init__

    def make(wire: WebSocketWire, config: WireConfig, *, client: bool) -> None:
        made(wire, attrs.evolve(config, fast_lane=False), client=client)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WebSocketWire, "__init__", make)
        yield
