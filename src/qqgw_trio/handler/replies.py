"""The rules of passive messages: numbers, windows and quotas of replies (`protocol.md` 8 and 9).

The server takes every pair of message id and `msg_seq` once (SEND:84), takes replies only for a time after the message,
and only so many of them. What it would refuse is told here, before any request.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import attrs
import msgspec

from qqgw_proto.config_rules import COUNT, POSITIVE, checked
from qqgw_trio.handler.handler_errors import ReplyQuotaSpent, ReplyWindowClosed

__all__ = ["Place", "ReplyLimits", "ReplyNumbers"]

Place: TypeAlias = Literal["group", "c2c", "channel", "dm"]
"""Where a reply can go."""

MOST_MESSAGES: Final = 10_000


@attrs.frozen(field_transformer=checked)
class ReplyLimits:
    """What the platform takes as replies to one message or event; None = whatever the server says.

    Attributes:
        group_window: Seconds in which a group's message can be answered (SEND:21).
        c2c_window: The same for C2C (SEND:18); some have seen 300.
        channel_window: The same for a channel (SEND:27).
        dm_window: The same for direct messages (SEND:34).
        group_replies: Replies to one message of a group (SEND:21).
        c2c_replies: Replies to one C2C message (SEND:18).
        channel_replies: Replies to one message of a channel; no number is known.
        dm_replies: Replies to one direct message; no number is known.

    Raises:
        ConfigurationError: A value cannot work.
    """

    group_window: float | None = attrs.field(default=300.0, validator=POSITIVE)
    c2c_window: float | None = attrs.field(default=3600.0, validator=POSITIVE)
    channel_window: float | None = attrs.field(default=300.0, validator=POSITIVE)
    dm_window: float | None = attrs.field(default=300.0, validator=POSITIVE)
    group_replies: int | None = attrs.field(default=5, validator=COUNT)
    c2c_replies: int | None = attrs.field(default=5, validator=COUNT)
    channel_replies: int | None = attrs.field(default=None, validator=COUNT)
    dm_replies: int | None = attrs.field(default=None, validator=COUNT)

    def window(self, place: Place) -> float | None:
        """Seconds in which a message from there can be answered."""
        windows = {"group": self.group_window, "c2c": self.c2c_window, "channel": self.channel_window}
        return windows.get(place, self.dm_window)

    def replies(self, place: Place) -> int | None:
        """How many replies a message from there can have."""
        quotas = {"group": self.group_replies, "c2c": self.c2c_replies, "channel": self.channel_replies}
        return quotas.get(place, self.dm_replies)


class _Answered(msgspec.Struct):
    """One message: the last number used, and the replies that count."""

    number: int = 0
    replies: int = 0


class ReplyNumbers:
    """Numbers and counts of replies by message, for as many messages as can still be answered.

    Args:
        limits: Tells what the platform takes; asked each time, as settings may come after the bot was made.
        most: Messages remembered.
    """

    def __init__(self, limits: Callable[[], ReplyLimits] = ReplyLimits, most: int = MOST_MESSAGES) -> None:
        self._limits = limits
        self._most = most
        self._answered: OrderedDict[str, _Answered] = OrderedDict()

    def next(self, message: str) -> int:
        """A number not used for this message before, from 1."""
        answered = self._of(message)
        answered.number += 1
        return answered.number

    def count(self, message: str, place: Place) -> None:
        """Counts one more reply.

        Raises:
            ReplyQuotaSpent: The message has all the replies that it can have.
        """
        answered, most = self._of(message), self._limits().replies(place)
        if most is not None and answered.replies >= most:
            raise ReplyQuotaSpent(f"{most} replies to one {place} message are all that the platform takes")
        answered.replies += 1

    def discount(self, message: str) -> None:
        """Takes back the count of a reply that has certainly not been sent."""
        self._of(message).replies -= 1

    def check_window(self, place: Place, age: float) -> None:
        """Refuses what comes too late.

        Args:
            place: Where the message came from.
            age: Seconds since it was received.

        Raises:
            ReplyWindowClosed: It came too long ago.
        """
        window = self._limits().window(place)
        if window is not None and age > window:
            raise ReplyWindowClosed(
                f"a {place} message can be answered for {window:g} s, and this one came {age:.0f} s ago"
            )

    def _of(self, message: str) -> _Answered:
        answered = self._answered.pop(message, None) or _Answered()
        self._answered[message] = answered
        if len(self._answered) > self._most:
            self._answered.popitem(last=False)
        return answered
