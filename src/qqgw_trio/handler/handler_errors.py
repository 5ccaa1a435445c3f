"""What the calls of a context can raise beside the errors of REST.

All of them are `NotRetried`: the handler that lets one out has failed, but it is not called again for the same event,
since that would only fail the same way.
"""

from __future__ import annotations

from typing import Final

from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError

__all__ = [
    "POINTLESS",
    "CannotAck",
    "CannotRecall",
    "CannotReply",
    "CannotWait",
    "NoAnswer",
    "NotRetried",
    "ReplyQuotaSpent",
    "ReplyWindowClosed",
    "WrongArgument",
]


class NotRetried(GatewayError):
    """A handler that ends with this is not called again for the same event."""


POINTLESS: Final = (NotRetried, ConfigurationError, MisuseError)
"""What a handler cannot do better by being called again: a call that can never work fails the same way each time."""


class WrongArgument(NotRetried, MisuseError):
    """An argument that a call of the context cannot take."""


class CannotReply(NotRetried):
    """The platform offers no way to answer this event."""

    default_remedy = "send to a channel, group or user through ctx.api instead"


class ReplyWindowClosed(CannotReply):
    """The event came too long ago: the platform takes no reply to it any more (SEND:18-34)."""

    default_remedy = "reply sooner, or use ctx.send, which is an active message and has its own small quota"


class ReplyQuotaSpent(CannotReply):
    """The platform takes only so many replies to one message (SEND:18,21)."""

    default_remedy = "say more in each reply, or use ctx.send, which is an active message and has its own small quota"


class CannotRecall(NotRetried):
    """There is no message that could be taken back."""

    default_remedy = "recall what ctx.reply or ctx.send returned, once it has an id"


class CannotAck(NotRetried):
    """Only an interaction is acknowledged."""

    default_remedy = "use ctx.ack in handlers of InteractionCreate"


class CannotWait(NotRetried):
    """A handler cannot wait for this, or not at this time."""

    default_remedy = "wait inside of the handler, while its event is being handled"


class NoAnswer(NotRetried, TimeoutError):
    """What a handler waited for did not come in time.

    Args:
        what: What it was.
        seconds: How long it waited.
    """

    default_remedy = "catch it to say something, or wait longer"

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"no {what} came within {seconds:g} s")
        self.seconds = seconds
