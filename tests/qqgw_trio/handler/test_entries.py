"""What can be registered for events."""

from __future__ import annotations

from qqgw_proto.events import Event, decode
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.entries import Handler
from support.handling import AnyContext, make_dispatch


async def handle(_ctx: AnyContext, _event: Event) -> None:
    raise AssertionError("nobody calls it")


def test_a_handler_picks_itself_where_its_filter_lets_the_event_pass() -> None:
    event = decode(make_dispatch("GUILD_CREATE", {"id": "g1"}))
    free, bound = Handler(Callee(handle), None), Handler(Callee(handle), None, where=lambda event: event.guild == "g2")
    assert free.pick(event) is free
    assert bound.pick(event) is None
    assert free.name == f"handle ({__file__}:{handle.__code__.co_firstlineno})"
