"""What every typed event has in common.

An event is a `msgspec.Struct` decoded once from the payload `d`, with the received frame hung on it: nothing of the
frame is copied, and whatever no field names is still in `event.raw`. Events are frozen and compare by identity.

Three conventions hold for all families:

* every field may be absent, and null means absent; ids are `str` whatever the wire writes, exact beyond 2**53;
* `raw_x` is what the wire says where `x`, a property, is what a person wants (`raw_timestamp`, `raw_url`), or where
  the wire's key has the name of a common property (`raw_seq`);
* the common properties below exist on every event and are None, empty or false where a family has no such thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast

import msgspec

from qqgw_proto.wire.frames import Dispatch

__all__ = ["Conversation", "Event", "ReplyKey", "channel_key"]

Conversation: TypeAlias = tuple[Literal["group", "c2c", "channel", "dm", "guild"], str]
"""Kind and id of the place whose events keep their order; hashable."""

ReplyKey: TypeAlias = Literal["msg_id", "event_id"] | None
"""Under which key a passive reply names the event: its `message_id`, its `event_id`, or no reply is possible."""


# The frame of an event made by hand: one for all of them, so it must be frozen, which `Dispatch` is not.
_NO_FRAME = cast("Dispatch", msgspec.defstruct("NoFrame", [], bases=(Dispatch,), frozen=True, gc=False)(op=0))

if TYPE_CHECKING:
    _Frame: TypeAlias = Dispatch
else:
    # Whatever a hostile payload has under the field's key is read as anything at all, then replaced by the frame.
    _Frame = Any


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, eq=False):
    """The base of all events.

    Attributes:
        frame: The received envelope, with `s`, `t`, `id` and the raw `d`.
        wire_name: The class's type name as on the wire.
        conversation_fields: The fields that `conversation` reads, so that it can be found without decoding the rest.
        reply_key: How a passive reply refers to events of this class (`protocol.md` 6.2).
    """

    frame: _Frame = msgspec.field(default=_NO_FRAME, name="/frame")

    wire_name: ClassVar[str] = ""
    conversation_fields: ClassVar[tuple[str, ...]] = ()
    reply_key: ClassVar[ReplyKey] = None

    @property
    def type_name(self) -> str:
        """The documented type name; equal to the frame's `t` but for the two microphone events' second name."""
        return self.wire_name

    @property
    def raw(self) -> msgspec.Raw:
        """The payload `d` as received, raw JSON."""
        return self.frame.d

    @property
    def seq(self) -> int | None:
        """The frame's `s`, or None."""
        return self.frame.s

    @property
    def event_id(self) -> str | None:
        """The frame's `id`, which passive replies name as `event_id`, or None."""
        return self.frame.id

    @property
    def guild(self) -> str | None:
        """The id of the guild it happened in; for a direct message the guild that the person came from."""
        return None

    @property
    def conversation(self) -> Conversation | None:
        """The place whose events keep their order, or None where order means nothing."""
        return None

    @property
    def author_id(self) -> str | None:
        """The id of whoever caused it: openid in groups and C2C, user id in guilds."""
        return None

    @property
    def text(self) -> str:
        """What a person wrote: without leading mentions, without escapes, without white space around it."""
        return ""

    @property
    def is_from_bot(self) -> bool:
        """Whether the wire says that a bot wrote it."""
        return False

    @property
    def message_id(self) -> str | None:
        """The id of the message that it brings or is about."""
        return None

    def __repr__(self) -> str:
        fields = type(self).__struct_fields__
        shown = (f"{name}={getattr(self, name)!r}" for name in fields if name != "frame" and getattr(self, name))
        return f"{type(self).__name__}(event_id={self.event_id!r}, seq={self.seq!r}, {', '.join(shown)})"


def channel_key(channel_id: str | None, guild_id: str | None) -> Conversation | None:
    """The conversation of what happens in a channel, or in a guild where no channel is named."""
    if channel_id:
        return ("channel", channel_id)
    return ("guild", guild_id) if guild_id else None
