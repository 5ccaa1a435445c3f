"""Where a message of a handler goes, what it names, and the REST call for each kind of place.

An answer counts against the window and the quota of what it answers. In groups and C2C it also has a number, the same
in every attempt of a handler.
"""

from __future__ import annotations

from typing import cast

from qqgw_proto.errors import GatewayError
from qqgw_proto.events import Event
from qqgw_trio.delivery.records import Attempt, Taken
from qqgw_trio.handler.handler_errors import CannotReply
from qqgw_trio.handler.messages import MessageFields
from qqgw_trio.handler.replies import Place, ReplyNumbers
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_errors import DuplicateReply, was_refused
from qqgw_trio.rest.api_types import MessageAudit, SentMessage

__all__ = ["answer", "place_of", "post", "recall", "reference_of"]


def place_of(event: Event) -> tuple[Place, str]:
    """Where an event can be answered: the kind of place, and its id.

    Raises:
        CannotReply: There is no such place.
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
        CannotReply: The event has nothing that the platform would take.
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


async def answer(
    api: Api, numbers: ReplyNumbers, attempt: Attempt, addressed: Taken, fields: MessageFields
) -> SentMessage | MessageAudit:
    """Answers an event, in the place where the handler's own event happened.

    Args:
        api: REST.
        numbers: Of all answers.
        attempt: Whose answer it is.
        addressed: What is answered.
        fields: What is said.

    Raises:
        CannotReply: It cannot be answered, or not any more.
        ConfigurationError: Such a message cannot be sent.
        GatewayError: The call failed.
    """
    place, target = place_of(attempt.event)
    name, named = reference_of(addressed.event)
    numbers.check_window(place, attempt.age_of(addressed))
    fields = cast("MessageFields", {**fields, **name})
    reply = attempt.next_reply(named, numbers.next)
    if not reply.counted:
        numbers.count(named, place)
        reply.counted = True
    if place in {"group", "c2c"}:
        fields["msg_seq"] = reply.number
    elif reply.result is not None and reply.fields == fields:
        return reply.result
    try:
        reply.result = await post(api, place, target, fields)
    except DuplicateReply:
        # The server has this reply: a copy of it was on its way before, in this attempt or in an earlier one.
        reply.result = reply.result or SentMessage()
    except GatewayError as error:
        if was_refused(error):
            reply.counted = False
            numbers.discount(named)
        raise
    reply.fields = fields
    return reply.result


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
