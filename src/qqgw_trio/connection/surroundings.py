"""What a shard asks of whoever runs it: permits, access, streams, a place for events, snapshots and notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.transport import Transport

if TYPE_CHECKING:
    from qqgw_trio.connection.shard import Shard

__all__ = ["Surroundings"]


class Surroundings(Protocol):
    """What a shard asks of whoever runs it. Instants are seconds of the shard's clock."""

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        """Answers with `permit_granted`, and `permit_delayed` while it waits."""
        ...

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        """Takes a permit back."""
        ...

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        """Answers with `access_granted` or `access_denied`."""
        ...

    async def dial(self, url: GatewayUrl) -> Transport:
        """Opens a stream, or raises `GatewayError`."""
        ...

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        """Takes events; never blocks."""
        ...

    def has_room(self) -> bool:
        """Whether more events may be read."""
        ...

    async def wait_room(self) -> None:
        """Waits until more events may be read."""
        ...

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        """Keeps a snapshot."""
        ...

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        """Is told what happened."""
        ...
