"""A gateway in its normal form does what a real one does: what the normal form leaves out, no input can see.

Real gateways, with their own numbers and a clock that runs on, are walked beside normal ones through worlds with many
more faults than the exploration has.
"""

from __future__ import annotations

import copy
import random
from collections import Counter

import pytest

import model.moves
from model.moves import Move, begin, moves
from model.normal import SEED, identity, normalise
from model.process import Outcome, Process, new_client
from model.step import Given, give
from model.world import World
from qqgw_proto import ClientGateway, Ticket
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.life import Life

pytestmark = pytest.mark.no_cover

WALKS = 150
MOVES = 120
BEGAN = 4096.0
"""The real clock; a multiple of every time in the model, so that no sum is rounded."""


def told(effect: do.Effect, began: float) -> object:
    """What of an effect does not depend on numbers; times since the input."""
    match effect:
        case do.Write():
            return effect.data
        case do.Deliver():
            return [(event.id, event.s) for event in effect.events], effect.duplicated, effect.rewound
        case do.SaveSession() | do.Gap():
            return effect
        case do.Retrying():
            return effect.at - began
        case _:
            return type(effect)


def data(life: Life) -> object:
    """All that a normal form keeps, but for the names of epochs: a real gateway counts its own."""
    ledgers = [ledger for _, ledger in life.orphans]
    life.orphans, life.last_epoch = (), 0
    return identity(life), ledgers


def epochs(life: Life) -> list[int]:
    return [*(epoch for epoch, _ in life.orphans), *(() if life.session is None else (life.session.epoch,))]


def renamed(given: Given, normal: Life, real: Life) -> Given:
    """The same input with the epoch that the real gateway gave."""
    if given[0] != "settled" or not isinstance(given[1], tuple):
        return given
    names = dict(zip(epochs(normal), epochs(real), strict=True))
    return "settled", Ticket((names.get(given[1][0], 0), given[1][1]))


class Twins:
    """A real gateway beside the normal ones that a walk goes through."""

    def __init__(self) -> None:
        self.real = new_client()
        self.steps = 0

    def take(self, process: Process, given: Given) -> None:
        """Gives both the same input, and compares what they do and what they have become."""
        if given[0] == "start":
            self.real = new_client()
            self.real.life.last_number = self.real.life.last_epoch = 100
        normal, real = copy.copy(process.client), self.real
        real.life.seed = SEED
        began = max(BEGAN, real.life.now)
        real_effects = give(real, renamed(given, normal.life, real.life), began)
        normal_effects = give(normal, given, 0.0)
        assert [told(effect, began) for effect in real_effects] == [told(effect, 0.0) for effect in normal_effects]
        assert self.data(real, began) == self.data(normal, 0.0)
        self.steps += 1

    def data(self, client: ClientGateway, began: float) -> object:
        waits = None if client.deadline is None else client.deadline - began
        twin = copy.copy(client)
        normalise(twin.life)
        return waits, data(twin.life)


def walk(chance: random.Random, taken: Counter[tuple[Process, str]]) -> None:
    """At each step one of the moves least taken so far."""
    world = begin(faults=MOVES, crashes=8)
    for _ in range(MOVES):
        process = world.process
        possible = [move for move in moves(world) if not ends(world, move)]
        if not possible:
            return
        name, _, move = min(possible, key=lambda one: (taken[process, one[0]], chance.random()))
        taken[process, name] += 1
        world = move(world)


def ends(world: World, move: Move) -> bool:
    """Whether a shard gives up for good, so that there is no more to compare."""
    return move[0] == "banned" or (move[0] == "refuse" and world.process.client.life.recovery.refusals == 1)


def test_a_real_gateway_does_what_its_normal_form_does(monkeypatch: pytest.MonkeyPatch) -> None:
    twins, after = Twins(), Process.after

    def beside(process: Process, given: Given) -> Outcome:
        twins.take(process, given)
        return after(process, given)

    monkeypatch.setattr(Process, "after", beside)
    monkeypatch.setattr(model.moves, "MAX_EVENTS", MOVES)
    chance, taken = random.Random(7), Counter[tuple[Process, str]]()
    for _ in range(WALKS):
        walk(chance, taken)
    assert twins.steps > 10_000
