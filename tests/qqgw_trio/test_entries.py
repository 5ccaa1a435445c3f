"""What can be registered for events."""

from __future__ import annotations

import pytest

from qqgw_proto.events import Event, decode
from qqgw_trio.calling import Callee
from qqgw_trio.entries import Handler
from support.handling import AnyContext, make_dispatch


async def handle(_ctx: AnyContext, _event: Event) -> None:
    raise AssertionError("nobody calls it")


def made(*types: str, any_will_do: bool = False) -> Handler:
    return Handler(Callee(handle), frozenset(types) if types else None, any_will_do=any_will_do)


@pytest.mark.parametrize(
    ("handler", "asks"),
    [
        (made("A", "B"), (frozenset({"A"}), frozenset({"B"}))),
        (made("A", "B", any_will_do=True), (frozenset({"A", "B"}),)),
        (made(), ()),
        (made(any_will_do=True), ()),
    ],
    ids=["every one", "any one", "catch-all", "any of all"],
)
def test_a_handler_asks_for_its_types(handler: Handler, asks: tuple[frozenset[str], ...]) -> None:
    assert handler.asks == asks


def test_a_handler_picks_itself_where_its_filter_lets_the_event_pass() -> None:
    event = decode(make_dispatch("GUILD_CREATE", {"id": "g1"}))
    free, bound = made(), Handler(Callee(handle), None, where=lambda event: event.guild == "g2")
    assert free.pick(event) is free
    assert bound.pick(event) is None
    assert free.name == f"handle ({__file__}:{handle.__code__.co_firstlineno})"
