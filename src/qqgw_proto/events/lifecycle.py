"""READY and RESUMED, which no intent asks for (EE:211-226, EE:263-272)."""

from __future__ import annotations

from typing import ClassVar

from qqgw_proto.events.base import Event
from qqgw_proto.events.values import User

__all__ = ["Ready", "Resumed"]


class Ready(Event, frozen=True):
    """The session has begun.

    Attributes:
        version: Of the protocol.
        session_id: The session.
        user: The bot; some gateways name neither id nor name.
        shard: Which shard of how many; the documented sample says `[0, 0]`, so never divide by it.
    """

    version: int | None = None
    session_id: str | None = None
    user: User = User()
    shard: tuple[int, int] | None = None

    wire_name: ClassVar[str] = "READY"


class Resumed(Event, frozen=True):
    """The session goes on; everything missed has been sent. `d` is an empty text (EE:265-272) or an empty object."""

    wire_name: ClassVar[str] = "RESUMED"
