"""Where a message of a handler goes, what it names, and the REST call for each kind of place."""

from __future__ import annotations

from typing import cast

from qqgw_proto.events import Event
from qqgw_trio.api import Api
from qqgw_trio.api_types import MessageAudit, SentMessage
from qqgw_trio.handler_errors import CannotReply
from qqgw_trio.messages import MessageFields
from qqgw_trio.replies import Place

__all__ = ["place_of", "post", "recall", "reference_of"]


def place_of(event: Event) -> tuple[Place, str]:
    """Where an event can be answered: the kind of place, and its id.

    Raises:
        CannotReply: Nowhere.
    """
    if event.conversation is None:
        raise CannotReply(f"{event.type_name} happened in no place that could be answered")
    kind, target = event.conversation
    if kind == "guild":
        raise CannotReply(f"{event.type_name} happened in no channel that could be answered")
    return kind, target


def reference_of(event: Event) -> tuple[MessageFields, str]:
    """What a reply names: a message by `msg_id`, a notice by `event_id` (POST:49); and the id alone.

    Raises:
        CannotReply: Nothing that the platform would take.
    """
    if event.reply_key == "msg_id" and event.message_id:
        return {"msg_id": event.message_id}, event.message_id
    if event.reply_key == "event_id" and event.event_id:
        return {"event_id": event.event_id}, event.event_id
    raise CannotReply(f"{event.type_name} is no event that a reply can name")


async def post(api: Api, place: Place, target: str, fields: MessageFields) -> SentMessage | MessageAudit:
    """Sends a message; raises as `Api.send_group` and its kin."""
    fields = cast("MessageFields", {**fields})
    match place:
        case "group":
            return await api.send_group(target, **fields)
        case "c2c":
            return await api.send_c2c(target, **fields)
        case "channel":
            return await api.send_channel(target, **fields)
        case "dm":
            return await api.send_dm(target, **fields)


async def recall(api: Api, place: Place, target: str, message_id: str, *, hide_tip: bool) -> None:
    """Takes a message back; raises as `Api.recall_group` and its kin."""
    match place:
        case "group":
            await api.recall_group(target, message_id)
        case "c2c":
            await api.recall_c2c(target, message_id)
        case "channel":
            await api.recall_channel(target, message_id, hide_tip=hide_tip)
        case "dm":
            await api.recall_dm(target, message_id, hide_tip=hide_tip)
