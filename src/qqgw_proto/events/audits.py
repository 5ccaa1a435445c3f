"""Verdicts on messages of the bot that the platform reviewed (message/message.md:61-70; template/model.md:104-112)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.places import ChannelScopedEvent
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = ["MessageAuditEvent", "MessageAuditPass", "MessageAuditReject"]


class MessageAuditEvent(ChannelScopedEvent, frozen=True):
    """A message was reviewed.

    Attributes:
        audit_id: The review; the REST call that sent the message named it.
        raw_message_id: The message; only where it passed, says the model, though a documented sample differs.
        raw_create_time: When the review began, as on the wire.
        raw_audit_time: When it ended, as on the wire.
        seq_in_channel: The message's number in the channel, as text.
    """

    audit_id: str | None = None
    raw_message_id: str | None = msgspec.field(default=None, name="message_id")
    raw_create_time: RawTimestamp = msgspec.field(default=None, name="create_time")
    raw_audit_time: RawTimestamp = msgspec.field(default=None, name="audit_time")
    seq_in_channel: str | None = None

    @property
    def create_time(self) -> datetime | None:
        """When the review began."""
        return parse_timestamp(self.raw_create_time)

    @property
    def audit_time(self) -> datetime | None:
        """When it ended."""
        return parse_timestamp(self.raw_audit_time)

    @property
    def message_id(self) -> str | None:
        """The message's id, where the wire names it."""
        return self.raw_message_id or None


class MessageAuditPass(MessageAuditEvent, frozen=True):
    """The message was published."""

    wire_name: ClassVar[str] = "MESSAGE_AUDIT_PASS"


class MessageAuditReject(MessageAuditEvent, frozen=True):
    """The message was refused."""

    wire_name: ClassVar[str] = "MESSAGE_AUDIT_REJECT"
