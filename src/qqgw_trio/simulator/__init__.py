"""A QQ platform on this machine: a gateway on real TCP and the REST API beside it, to test any bot against.

`Simulator` runs all of it; `judge` says what a bot lost or handled twice. `GatewayServer` on a `Platform` is the same
without sockets, for virtual time.
"""

from __future__ import annotations

from qqgw_trio.running.serving import PortTaken
from qqgw_trio.simulator.faults import Fault, FaultKind, PlannedFault
from qqgw_trio.simulator.gateway import GatewayServer
from qqgw_trio.simulator.ledger import Ledger, Verdict, judge
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.settings import (
    Refusal,
    RefusalSettings,
    RestSettings,
    SessionSettings,
    SimulatorConfig,
    StartSettings,
)
from qqgw_trio.simulator.simulator import Simulator

__all__ = [
    "Fault",
    "FaultKind",
    "GatewayServer",
    "Ledger",
    "PlannedFault",
    "Platform",
    "PortTaken",
    "Refusal",
    "RefusalSettings",
    "RestSettings",
    "SessionSettings",
    "Simulator",
    "SimulatorConfig",
    "StartSettings",
    "Verdict",
    "judge",
]
