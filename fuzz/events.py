"""Target `events`: the payload of an event, into the class of its type.

Byte 0 chooses the type, one of them unknown; the rest is `d`. Oracles: nothing but `EventDecodeError` is raised, and it
names the type (I12); `conversation_of` raises nothing and agrees with the event; every property that any event has can
be asked for; the same bytes make the same event (I10), and the payload comes out as it went in.
"""

from __future__ import annotations

import msgspec

from fuzz.source import Source
from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import ALIASES, EVENT_CLASSES, Event, conversation_of, decode
from qqgw_proto.wire.frames import Dispatch

__all__ = ["TYPES", "fuzz_events"]

TYPES: tuple[str | None, ...] = (*EVENT_CLASSES, *ALIASES, "SOMETHING_NEW", None)


def fuzz_events(data: bytes) -> None:
    """One input."""
    source = Source(data)
    kind = TYPES[source.byte() % len(TYPES)]
    payload = source.take(source.left)
    dispatch = Dispatch(op=0, s=2, t=kind, id="an-event", d=msgspec.Raw(payload))
    place = conversation_of(dispatch)
    try:
        event = decode(dispatch)
    except EventDecodeError as error:
        _check(error, kind)
        return
    assert event.conversation == place
    assert bytes(event.frame.d) == payload
    assert _told(event) == _told(decode(dispatch)), "I10"


def _check(error: EventDecodeError, kind: str | None) -> None:
    assert str(kind) in str(error), "an error that does not name its type"
    assert len(str(error)) < 10_000


def _told(event: Event) -> tuple[object, ...]:
    common = (event.guild, event.conversation, event.author_id, event.message_id, event.is_from_bot, event.text)
    return (*common, event.type_name, repr(event))
