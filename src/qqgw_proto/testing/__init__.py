"""What a user of qqgw needs to test against a gateway that misbehaves on command, without I/O.

`ScriptedGateway` is the gateway, `Visit` and the faults say what it does, `SCENARIOS` has ready-made ones;
`MemoryShard` joins it with a `ClientGateway` in memory and `VirtualClock` time. `qqgw_trio.testing` puts the same on
real ports, runs a whole `Bot` against the simulated platform, and has the fixtures for pytest.
"""

from __future__ import annotations

from qqgw_proto.testing.clock import Seeded, VirtualClock
from qqgw_proto.testing.connection import Drop, Finish, Output, ScriptedConnection, Send
from qqgw_proto.testing.gateway import ScriptedGateway, message
from qqgw_proto.testing.memory import MemoryShard
from qqgw_proto.testing.script import (
    SCENARIOS,
    Close,
    End,
    Fault,
    HalfFrame,
    InvalidSession,
    Raw,
    Reconnect,
    Reset,
    Say,
    Silence,
    Visit,
)

__all__ = [
    "SCENARIOS",
    "Close",
    "Drop",
    "End",
    "Fault",
    "Finish",
    "HalfFrame",
    "InvalidSession",
    "MemoryShard",
    "Output",
    "Raw",
    "Reconnect",
    "Reset",
    "Say",
    "ScriptedConnection",
    "ScriptedGateway",
    "Seeded",
    "Send",
    "Silence",
    "VirtualClock",
    "Visit",
    "message",
]
