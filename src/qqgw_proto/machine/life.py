"""All that the machine remembers of one shard.

What belongs to one connection lives in one object, made at dial and dropped at loss: nothing to remember to reset.
`Life` is the only mutable object and only inside one step: `machine.step` works on a `fork()` and hands the fork back.
All its parts are frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from typing import ClassVar, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from qqgw_proto.config import ClientConfig
from qqgw_proto.machine.backoff import draw
from qqgw_proto.machine.close_codes import NO_OVERRIDES, CloseCode
from qqgw_proto.machine.heartbeat import Heartbeat
from qqgw_proto.machine.ledger import Ledger
from qqgw_proto.machine.session import Session, Snapshot
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.veiled import Veiled

__all__ = ["Access", "Connection", "Life", "Orphans", "Recovery", "Renewal"]

Orphans: TypeAlias = tuple[tuple[int, Ledger], ...]
"""Epochs of earlier sessions, and what of them is open."""

MOST_PERMITS_ASKED: Final = 1000
"""The most that are remembered of a gate that never answers: more than eight hours of asking it."""


class Access(Veiled, frozen=True):
    """What the owner granted for one dial; the token is in no repr."""

    url: GatewayUrl
    token: str
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class Connection(msgspec.Struct, frozen=True):
    """One connection, from dial to loss.

    Attributes:
        number: As in `Dial`.
        announced: Whether `Connected` was emitted, so that `Disconnected` must follow.
        heartbeat: From HELLO on.
        ready_at: When READY or RESUMED came on it.
        resumable: What op 9 said about the session.
        replay_until: When a replay must be over.
        ping: Payload of the newest ping not yet answered.
        ponged_at: When a ping was last answered.
        pong_due: When the postponed pong is due.
        write_due: When blocked writing is taken for dead.
    """

    number: int
    announced: bool = False
    heartbeat: Heartbeat | None = None
    ready_at: float | None = None
    resumable: bool = False
    replay_until: float | None = None
    ping: bytes | None = None
    ponged_at: float | None = None
    pong_due: float | None = None
    write_due: float | None = None


@unique
class Renewal(Enum):
    """How far the renewal of a refused token has come."""

    NONE = "no token was refused since the last READY or RESUMED"
    ASKED = "a new token is wanted"
    GRANTED = "the token in use was asked for after a refusal"
    REPEATED = "a renewal gave the refused token again"


class Recovery(msgspec.Struct, frozen=True):
    """What is remembered from one connection to the next.

    Attributes:
        failures: Back-offs since a connection was healthy.
        refusals: Consecutive refusals.
        renewal: Of the token.
        routine: A routine reconnect was made and no connection has been healthy since.
        dialed_at: When the latest dial began.
    """

    failures: int = 0
    refusals: int = 0
    renewal: Renewal = Renewal.NONE
    routine: bool = False
    dialed_at: float | None = None


class Life(msgspec.Struct):
    """One shard.

    Attributes:
        config: What was set.
        close_codes: The user's own rows.
        seed: Where the machine's random sequence stands.
        state: Where it stands.
        now: The latest time handed in; it never goes back.
        session: The session that stands or could be resumed.
        connection: The one connection.
        access: URL and token for it.
        permit: The number of the permit that is held.
        request: The number of the request that is open.
        permits_asked: Permit requests not yet granted, the newest 1000; a late grant is recognised by them and returned
            unused.
        recovery: What earlier connections left.
        state_due: The deadline of the state.
        save_due: When a changed session is saved.
        paused_since: When the shell stopped reading; None = it reads.
        orphans: Ledgers of earlier sessions that still have open events, by epoch.
        last_number: The latest connection or request number given out.
        last_epoch: The latest epoch given out.
    """

    config: ClientConfig
    seed: int = 0
    close_codes: Mapping[int, CloseCode] = NO_OVERRIDES
    state: ConnectionState = ConnectionState.IDLE
    now: float = 0.0
    session: Session | None = None
    connection: Connection | None = None
    access: Access | None = None
    permit: int | None = None
    request: int | None = None
    permits_asked: tuple[int, ...] = ()
    recovery: Recovery = Recovery()
    state_due: float | None = None
    save_due: float | None = None
    paused_since: float | None = None
    orphans: Orphans = ()
    last_number: int = 0
    last_epoch: int = 0

    def fork(self) -> Life:
        """A copy to work on."""
        return replace(self)

    def next_number(self) -> int:
        """A new number for a connection or a request."""
        self.last_number += 1
        return self.last_number

    def ask_permit(self) -> int:
        """The number of one more permit that is asked for."""
        self.request = self.next_number()
        self.permits_asked = (*self.permits_asked, self.request)[-MOST_PERMITS_ASKED:]
        return self.request

    def next_epoch(self) -> int:
        """A new epoch for a session; never 0, which marks tickets that move nothing."""
        self.last_epoch += 1
        return self.last_epoch

    def chance(self) -> float:
        """The next number from 0 to 1."""
        self.seed, chance = draw(self.seed)
        return chance

    def heartbeat(self) -> Heartbeat:
        """The heartbeat of a connection that HELLO has come on."""
        if self.connection is None or self.connection.heartbeat is None:
            raise AssertionError(f"no heartbeat runs in {self.state.name}: the table may ask for it only after HELLO")
        return self.connection.heartbeat

    def link(self) -> Connection:
        """The connection, in a state that has one."""
        if self.connection is None:
            raise AssertionError(f"no connection exists in {self.state.name}: the table may not ask for one")
        return self.connection

    def snapshot(self) -> Snapshot | None:
        """What a restart must find; None = nothing."""
        orphans = self.open_orphans()
        if self.session is not None:
            return self.session.snapshot(orphans)
        return Snapshot(None, orphans=orphans) if orphans else None

    def open_orphans(self) -> int:
        """How many events of earlier sessions are open."""
        return sum(ledger.open_count for _, ledger in self.orphans)
