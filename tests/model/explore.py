"""Breadth-first through all worlds, and the two questions asked of the whole graph.

Safety is checked inside the moves. Liveness: from every world, faults or not, a *good* one can be reached by moves of
progress alone: READY, nothing under way, every event of a session that was not declared lost handled.
"""

from __future__ import annotations

from collections import deque

import attrs

from model.moves import Broken, begin, moves
from model.world import PASSED_THROUGH, World, new_client
from qqgw_proto import ConnectionState
from qqgw_proto.errors import GatewayError

__all__ = ["Broken", "Report", "Trace", "Violation", "explore"]

Trace = tuple[str, ...]


@attrs.frozen
class Report:
    """What an exploration saw."""

    states: int
    edges: int
    visited: frozenset[ConnectionState]
    stuck: Trace | None


class Violation(AssertionError):
    """An invariant is broken; the trace leads there from the start."""


def explore(faults: int, crashes: int) -> Report:
    """Explores everything within the budgets.

    Raises:
        Violation: With the shortest trace to it.
    """
    PASSED_THROUGH.clear()
    first = World(new_client())
    begin(first)
    graph = _Graph({first.key(): 0})
    queue = deque([(0, first)])
    visited: set[ConnectionState] = {ConnectionState.IDLE}
    edges = 0
    while queue:
        number, world = queue.popleft()
        visited.add(world.client.state)
        if is_good(world, graph, number) or world.client.state is ConnectionState.FAILED:
            graph.good.append(number)
        for name, is_fault, move in moves(world, faults, crashes):
            after = world.copied()
            try:
                move(after)
            except (AssertionError, GatewayError) as error:
                raise Violation(f"{error}\n  {' -> '.join((*graph.trace_to(number), name))}") from error
            edges += 1
            known, is_new = graph.enter(after, number, name, is_fault=is_fault)
            if is_new:
                queue.append((known, after))
    return Report(len(graph.traces), edges, frozenset(visited | PASSED_THROUGH), graph.stuck())


@attrs.define
class _Graph:
    """The worlds seen so far, by number; how each was first reached, and by which moves of progress at all."""

    numbers: dict[object, int]
    traces: list[tuple[int, str]] = attrs.field(factory=lambda: [(-1, "start")])
    backward: list[list[int]] = attrs.field(factory=lambda: [list[int]()])
    good: list[int] = attrs.field(factory=list[int])

    def enter(self, world: World, before: int, name: str, *, is_fault: bool) -> tuple[int, bool]:
        """The number of a world, and whether it is new."""
        key = world.key()
        known = self.numbers.get(key)
        is_new = known is None
        if known is None:
            known = self.numbers[key] = len(self.traces)
            self.traces.append((before, name))
            self.backward.append([])
        if not is_fault:
            self.backward[known].append(before)
        return known, is_new

    def stuck(self) -> Trace | None:
        """The first world found from which no good one can be reached by progress alone."""
        reached = set(self.good)
        queue = deque(self.good)
        while queue:
            for before in self.backward[queue.popleft()]:
                if before not in reached:
                    reached.add(before)
                    queue.append(before)
        return next((self.trace_to(number) for number in range(len(self.traces)) if number not in reached), None)

    def trace_to(self, number: int) -> Trace:
        """The moves that lead to a world."""
        names: list[str] = []
        while number >= 0:
            number, name = self.traces[number]
            names.append(name)
        return tuple(reversed(names))


def is_good(world: World, graph: _Graph, number: int) -> bool:
    """READY with nothing under way; and then nothing may be missing."""
    link = world.link
    if world.client.state is not ConnectionState.READY or link is None or link.server is None:
        return False
    session = world.sessions[-1]
    if link.down or link.up or world.open or link.session != session.number or not session.known:
        return False
    for _, event in session.events:
        if world.handled[event] == 0 and event not in world.excused:
            raise Violation(f"I3: event {event} was lost without a Gap\n  {' -> '.join(graph.trace_to(number))}")
    return True
