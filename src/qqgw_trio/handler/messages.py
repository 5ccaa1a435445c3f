"""What a message to send may consist of, and the bodies it becomes.

Channels and direct messages take one shape (POST:27-49), groups and C2C another (SEND:73-84,136-147): with `msg_type`,
`msg_seq` and uploaded `media`. What cannot work is a `ConfigurationError` before any request. `content_fields` makes
fields of what a handler gives to `reply` and its kin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, cast

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.api_types import UploadedFile

__all__ = ["Content", "MessageFields", "channel_body", "content_fields", "direct_body", "is_repeatable"]

_CONTENT = ("content", "markdown", "keyboard", "ark", "embed", "image", "media")
_KINDS = ("media", "embed", "ark", "markdown")


class MessageFields(TypedDict, total=False):
    """What a message may consist of.

    Attributes:
        content: Text.
        msg_type: 0 text, 2 markdown, 3 ark, 4 embed, 7 media; found out where not given. Groups and C2C only.
        msg_id: The message that this one replies to.
        event_id: The event that this one replies to, instead of `msg_id` (POST:49).
        msg_seq: Number of this reply among those to the same message; groups and C2C only. The same number on a
            repetition, a new one for each further reply (SEND:84).
        markdown: The markdown object.
        keyboard: The keyboard object.
        ark: The ark object.
        embed: The embed object.
        image: URL of an image; for a group or C2C it is uploaded first.
        media: `{"file_info": …}` of an uploaded file; groups and C2C only.
        message_reference: The message that this one quotes; channels only.
    """

    content: str
    msg_type: int
    msg_id: str
    event_id: str
    msg_seq: int
    markdown: Mapping[str, object]
    keyboard: Mapping[str, object]
    ark: Mapping[str, object]
    embed: Mapping[str, object]
    image: str
    media: Mapping[str, object]
    message_reference: Mapping[str, object]


class Content(TypedDict, total=False):
    """What a message of a handler may consist of beside its text.

    Attributes:
        image: URL of an image.
        markdown: The markdown object, or its text.
        keyboard: The keyboard object. "Buttons hang below a markdown message" (BTN), so text becomes markdown too.
        ark: The ark object.
        embed: The embed object.
        media: An uploaded file, or `{"file_info": …}` of one; groups and C2C only.
    """

    image: str
    markdown: Mapping[str, object] | str
    keyboard: Mapping[str, object]
    ark: Mapping[str, object]
    embed: Mapping[str, object]
    media: Mapping[str, object] | UploadedFile


def content_fields(text: str, content: Content) -> MessageFields:
    """The fields of a message that a handler sends.

    Raises:
        ConfigurationError: Something is not what it must be, or unknown.
    """
    if not isinstance(cast("object", text), str):
        raise ConfigurationError(f"the text of a message must be text, not {text!r}", remedy="use str(…)")
    unknown = sorted(content.keys() - set(_CONTENT[1:]))
    if unknown:
        raise ConfigurationError(f"a message has no {unknown[0]}", remedy=f"give any of {', '.join(_CONTENT[1:])}")
    becomes_markdown = bool(content.get("keyboard")) and not content.get("markdown")
    fields: MessageFields = {"content": text} if text and not becomes_markdown else {}
    if image := content.get("image"):
        fields["image"] = image
    if markdown := content.get("markdown") or (text if becomes_markdown else ""):
        fields["markdown"] = {"content": markdown} if isinstance(markdown, str) else markdown
    if keyboard := content.get("keyboard"):
        fields["keyboard"] = keyboard
    if ark := content.get("ark"):
        fields["ark"] = ark
    if embed := content.get("embed"):
        fields["embed"] = embed
    if media := content.get("media"):
        fields["media"] = {"file_info": media.file_info} if isinstance(media, UploadedFile) else media
    return fields


def channel_body(fields: MessageFields) -> dict[str, object]:
    """The body for a channel or a direct message: "No msg_type, no msg_seq" (`protocol.md` 9), so they are left out.

    Raises:
        ConfigurationError: Nothing to send, two things to reply to, or media.
    """
    if fields.get("media"):
        raise ConfigurationError("a channel takes no media", remedy="give the URL of an image as image")
    return {name: value for name, value in _checked(fields).items() if name not in {"msg_type", "msg_seq"}}


def direct_body(fields: MessageFields) -> dict[str, object]:
    """The body for a group or C2C message; an image must have become media before.

    Raises:
        ConfigurationError: Nothing to send, two things of which a message can be only one, or two things to reply to.
    """
    body = _checked(fields)
    kinds = [name for name in _KINDS if body.get(name)]
    if len(kinds) > 1:
        remedy = "send them as two messages"
        raise ConfigurationError(f"a group or C2C message cannot be {kinds[0]} and {kinds[1]} at once", remedy=remedy)
    body["msg_type"] = fields.get("msg_type", _type_of(fields))
    if body["msg_type"] == 7 and not body.get("content"):
        body["content"] = " "  # "content must be non-empty, e.g. a single space" (SEND:98,157)
    return body


def is_repeatable(body: Mapping[str, object]) -> bool:
    """Whether the server drops a second copy: it knows a reply by (msg_id or event_id, msg_seq) (SEND:84)."""
    return "msg_seq" in body and ("msg_id" in body or "event_id" in body)


def _checked(fields: MessageFields) -> dict[str, object]:
    body: dict[str, object] = {name: value for name, value in fields.items() if value not in (None, "")}
    if not any(body.get(name) for name in _CONTENT):
        remedy = f"give text or one of {', '.join(_CONTENT[1:])}"
        raise ConfigurationError("a message needs something to send", remedy=remedy)
    if "msg_id" in body and "event_id" in body:
        raise ConfigurationError("msg_id and event_id exclude each other", remedy="give the one that is replied to")
    return body


def _type_of(fields: MessageFields) -> int:
    for name, msg_type in (("media", 7), ("embed", 4), ("ark", 3), ("markdown", 2), ("keyboard", 2)):
        if fields.get(name):
            return msg_type
    return 0
