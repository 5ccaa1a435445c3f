"""A shard's life in some state, and what may end it."""

from __future__ import annotations

from qqgw_proto.config import ClientConfig
from qqgw_proto.machine.arrivals import CLOSED_KINDS, Closed, UpgradeRejected
from qqgw_proto.machine.close_codes import row_for
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState as S

__all__ = ["INTENTS", "closed", "life", "rejected"]

# GUILDS, GUILD_MESSAGES, DIRECT_MESSAGE and the public guild messages.
INTENTS = 1 << 0 | 1 << 9 | 1 << 12 | 1 << 30


def life(state: S = S.READY, **more: object) -> Life:
    """A life in this state, with these attributes set."""
    made = Life(ClientConfig(intents=INTENTS), state=state)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def closed(code: int, reason: str = "") -> Closed:
    """A close frame of the gateway with this code."""
    return Closed(1, code, reason, CLOSED_KINDS[row_for(code).action])


def rejected(status: int, retry_after: float | None = None, body: str = "") -> UpgradeRejected:
    """A handshake that the gateway answered with this status."""
    kind = Kind.UPGRADE_UNAUTHORIZED if status in (401, 403) else Kind.UPGRADE_REJECTED
    return UpgradeRejected(1, status, retry_after, body, kind)
