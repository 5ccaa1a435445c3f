"""What the tests of the workers share: a shard that keeps its receipts, and events made in one line."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import msgspec

from qqgw_proto.machine.effects import Deliver
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch


@attrs.define(eq=False)
class Receipts:
    """A shard of epoch 1 that writes down what it is told: one list of numbers for each call."""

    shard_id: int = 0
    calls: list[list[int]] = attrs.field(factory=list[list[int]])

    def settled(self, tickets: Sequence[Ticket]) -> None:
        assert {epoch for epoch, _ in tickets} == {1}
        self.calls.append([number for _, number in tickets])

    @property
    def numbers(self) -> list[int]:
        """All that is settled, in that order."""
        return [number for call in self.calls for number in call]


def make_event(seq: int, place: str | None = None, *, name: str = "MADE_UP", event_id: str | None = None) -> Dispatch:
    """An event whose payload is the name of its place."""
    return Dispatch(0, msgspec.Raw(msgspec.json.encode(place)), seq, name, event_id)


def make_message(
    seq: int, message_id: str, event_id: str | None = None, name: str = "MESSAGE_CREATE", **more: str
) -> Dispatch:
    """A message with the id inside its payload, and more if wanted."""
    data = {"content": "hi", "id": message_id, **more}
    return Dispatch(0, msgspec.Raw(msgspec.json.encode(data)), seq, name, event_id)


def place_of(event: Dispatch) -> str | None:
    """The conversation of an event of `make_event`; of a message none."""
    place = msgspec.json.decode(event.d, type=str | dict[str, str] | None)
    return None if isinstance(place, dict) else place


def batch(*events: Dispatch) -> Deliver:
    """The events as a shard delivers them."""
    return Deliver(events, 1)
