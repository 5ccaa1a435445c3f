"""The client's process: a real `ClientGateway` in its normal form, and what its shell knows of it.

Values are unique, as those of `far` are. The machine is pure, so each process remembers what every input has made of
it: an input that meets the same shard in another world is not computed again, and need not be checked again.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from functools import cache
from typing import ClassVar, Final

import attrs

from model.bot import Opened, Saves
from model.far import Order
from model.invariants import check_stale
from model.normal import CONFIG, identity, normalise
from model.step import Given, Shell, Step
from qqgw_proto import ClientGateway, ConnectionState, MessageWire, Snapshot
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.kinds import Kind

__all__ = ["PASSED_THROUGH", "Outcome", "Process", "new_client"]

PASSED_THROUGH: Final[set[ConnectionState]] = set()
"""States that no world rests in: with a `MessageWire` the handshake is done in the step that begins it."""


def _observe(given: Input, _now: float, _effects: Sequence[MachineEffect]) -> None:
    if given.kind is Kind.UPGRADED:
        PASSED_THROUGH.add(ConnectionState.UPGRADING)


def new_client() -> ClientGateway:
    """A gateway that has not started, in its normal form."""
    client = ClientGateway(CONFIG, random.Random(0), wire=MessageWire(), observer=_observe)
    normalise(client.life)
    return client


@attrs.frozen
class Outcome:
    """What an input makes of a process.

    Attributes:
        process: The process after it.
        orders: What happens to the far side.
        delivered: What was delivered.
        saves: What was saved.
        crash_gaps: How many `Gap("crash")` were told.
    """

    process: Process
    orders: tuple[Order, ...]
    delivered: tuple[Opened, ...]
    saves: Saves
    crash_gaps: int


@attrs.define(eq=False)
class Process:
    """One process, from a start to a crash or the end."""

    client: ClientGateway
    shell: Shell
    state: ConnectionState
    deadline: float | None
    afterwards: dict[Given, Outcome] = attrs.field(factory=dict[Given, Outcome], repr=False)

    unique: ClassVar[dict[object, Process]] = {}

    @staticmethod
    def begun(saved: Snapshot | None) -> Outcome:
        """A process that starts from what was saved."""
        return _unborn().after(("start", saved))

    def after(self, given: Given) -> Outcome:
        """What an input makes of it.

        Raises:
            Broken: An invariant does not hold.
        """
        known = self.afterwards.get(given)
        if known is None:
            step = Step(copy.copy(self.client), copy.copy(self.shell))
            step.run(given)
            after = _unique(step.client, step.shell)
            known = Outcome(
                after, tuple(step.orders), tuple(step.delivered), tuple(step.saved), step.gaps.count("crash")
            )
            self.afterwards[given] = known
        return known


@cache
def _unborn() -> Process:
    return _unique(new_client(), Shell())


def _unique(client: ClientGateway, shell: Shell) -> Process:
    """The one process that is like this; the client belongs to the caller, who has just copied or made it."""
    if shell.dialed_at is not None:
        shell.dialed_at = max(shell.dialed_at - client.life.now, -CONFIG.reconnect.min_dial_interval)
    normalise(client.life)
    key = (identity(client.life), shell.identity())
    known = Process.unique.get(key)
    if known is None:
        if shell.dialed_at is not None:
            check_stale(client)
        known = Process.unique[key] = Process(client, shell, client.state, client.deadline)
    return known
