"""What a user of qqgw needs to test a bot against a gateway that misbehaves on command, over real sockets.

`Stage` runs a `Bot` against a simulated platform; `ScriptedServer` is a scripted gateway on a real port, for clients on
any I/O stack. `qqgw_trio.testing.fixtures` has both as fixtures for pytest, and is the only module that imports it.
What needs no I/O stands in `qqgw_proto.testing`.
"""

from __future__ import annotations

from qqgw_trio.testing.server import ScriptedServer
from qqgw_trio.testing.stage import Stage, play

__all__ = ["ScriptedServer", "Stage", "play"]
