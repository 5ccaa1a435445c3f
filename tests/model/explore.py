"""Breadth-first through all worlds, and the two questions asked of the whole graph.

Every order of moves is tried: none is left out because another seems to come to the same. Worlds are counted as one
where no move can ever tell them apart, for these reasons only: the normal form of a shard (`normal`), the events of a
session that was given up (`far`, which refuses a RESUME of one), a store that nobody will read again because no crash
is left (`bot`), messages to a server that has gone.

Safety is checked inside the moves. Liveness: from every world, faults or not, a *good* one can be reached by moves of
progress alone: READY, nothing under way, every event of a session that was not declared lost handled; or FAILED, which
the moves allow for a fatal cause only.
"""

from __future__ import annotations

import attrs

from model.invariants import Broken
from model.moves import begin, moves
from model.process import PASSED_THROUGH
from model.world import World
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
    graph = _Graph(begin(faults, crashes))
    number = edges = 0
    while number < len(graph.worlds):
        world = graph.worlds[number]
        if world.process.state is ConnectionState.FAILED or (world.is_calm and graph.is_complete(number)):
            graph.good.append(number)
        for name, is_fault, move in moves(world):
            try:
                after = move(world)
            except (AssertionError, GatewayError) as error:
                raise Violation(f"{error}\n  {' -> '.join((*graph.trace_to(number), name))}") from error
            edges += 1
            graph.enter(after, number, name, is_fault=is_fault)
        number += 1
    visited = PASSED_THROUGH | {world.process.state for world in graph.worlds} | {ConnectionState.IDLE}
    return Report(len(graph.worlds), edges, frozenset(visited), graph.stuck())


@attrs.define(init=False)
class _Graph:
    """The worlds in the order found; how each was first reached, and from which others by moves of progress."""

    worlds: list[World]
    numbers: dict[World, int]
    origins: list[tuple[int, str]]
    backward: list[list[int]]
    good: list[int]

    def __init__(self, first: World) -> None:
        self.worlds, self.numbers, self.origins = [first], {first: 0}, [(-1, "start")]
        self.backward, self.good = [[]], []

    def enter(self, world: World, before: int, name: str, *, is_fault: bool) -> None:
        """Notes where a move has led."""
        number = self.numbers.setdefault(world, len(self.worlds))
        if number == len(self.worlds):
            self.worlds.append(world)
            self.origins.append((before, name))
            self.backward.append([])
        if not is_fault:
            self.backward[number].append(before)

    def is_complete(self, number: int) -> bool:
        """Whether nothing is missing in a calm world; anything else is a loss that nobody was told of."""
        missing = self.worlds[number].missing()
        if missing:
            raise Violation(f"I3: {missing} were lost without a Gap\n  {' -> '.join(self.trace_to(number))}")
        return True

    def stuck(self) -> Trace | None:
        """The way to the first world found from which no good one can be reached by progress alone."""
        reached = bytearray(len(self.worlds))
        pending = list(self.good)
        for number in pending:
            reached[number] = 1
        while pending:
            for before in self.backward[pending.pop()]:
                if not reached[before]:
                    reached[before] = 1
                    pending.append(before)
        first = reached.find(0)
        return None if first < 0 else self.trace_to(first)

    def trace_to(self, number: int) -> Trace:
        """The moves that lead to a world."""
        names: list[str] = []
        while number >= 0:
            number, name = self.origins[number]
            names.append(name)
        return tuple(reversed(names))
