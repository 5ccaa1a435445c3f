"""Faults that wait for their moment: the next IDENTIFY, RESUME, replay, upgrade or request."""

from __future__ import annotations

from typing import Final

import attrs

from qqgw_trio.simulator.faults import Fault, FaultKind

__all__ = ["WAITING_KINDS", "Armory"]

WAITING_KINDS: Final = frozenset(
    {
        FaultKind.REFUSE_IDENTIFIES,
        FaultKind.REFUSE_RESUMES,
        FaultKind.SWALLOW,
        FaultKind.REFUSE_UPGRADES,
        FaultKind.REPLAY_OVERLAP,
        FaultKind.TRUNCATE_REPLAY,
        FaultKind.REST,
    }
)
"""Kinds that strike later; of all but the two about replays, `count` says how often."""


@attrs.define
class Armory:
    """What waits, oldest first."""

    _waiting: list[Fault] = attrs.field(factory=list[Fault])

    def add(self, fault: Fault) -> None:
        """Lets a fault wait."""
        self._waiting.append(fault)

    def strike(self, kind: FaultKind) -> Fault | None:
        """The fault that strikes now; one of its `count` is used up."""
        return self._use(next((fault for fault in self._waiting if fault.kind is kind), None))

    def strike_request(self, path: str) -> Fault | None:
        """The fault that strikes a request to this path."""
        rest = (fault for fault in self._waiting if fault.kind is FaultKind.REST)
        return self._use(next((fault for fault in rest if fault.route in path), None))

    def amount(self, kind: FaultKind) -> int:
        """The whole `count` of the fault that strikes now, used up at once; 0 where none waits."""
        fault = next((fault for fault in self._waiting if fault.kind is kind), None)
        if fault is None:
            return 0
        self._waiting.remove(fault)
        return fault.count

    def _use(self, fault: Fault | None) -> Fault | None:
        if fault is None:
            return None
        place = self._waiting.index(fault)
        if fault.count > 1:
            self._waiting[place] = attrs.evolve(fault, count=fault.count - 1)
        else:
            del self._waiting[place]
        return fault
