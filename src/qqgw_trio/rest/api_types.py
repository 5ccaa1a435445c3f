"""What the REST API answers, as types.

Tolerant of what is on the wire: fields may be missing, null or more than these; ids and times come as text or as
numbers (`protocol.md` 9: "docs say int, wire is an RFC3339 string; accept both") and are kept exactly, as text.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

__all__ = [
    "Channel",
    "DirectConversation",
    "FileType",
    "GatewayBot",
    "Guild",
    "JsonValue",
    "Member",
    "MessageAudit",
    "SentMessage",
    "SessionStartLimit",
    "Text",
    "UploadedFile",
    "User",
    "decode",
]

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
"""Any JSON value."""


if TYPE_CHECKING:
    Text: TypeAlias = str
else:

    class _InstancesAreText(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, str)

    class Text(metaclass=_InstancesAreText):
        """`str` to everyone but the decoder, which asks `_to_text`: on the wire it may be a number, or null for ""."""


class FileType(enum.IntEnum):
    """What `upload_*_file` uploads (rich-media.md:45-48)."""

    IMAGE = 1
    VIDEO = 2
    VOICE = 3
    FILE = 4


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    pass


class GatewayUrl(_Payload, frozen=True, kw_only=True):
    """`GET /gateway` (GW:31-35); the URL is kept byte for byte."""

    url: str


class _Limit(_Payload, frozen=True, kw_only=True):
    # Where the answer names no limit, the usual one is assumed (protocol.md 1.3).
    total: int = 1000
    remaining: int = 1000
    reset_after: float = 86_400_000.0
    max_concurrency: int = 1

    def __post_init__(self) -> None:
        if not math.isfinite(self.reset_after):  # as the texts "inf" and "nan" decode
            raise ValueError("Expected a finite `reset_after`")


class GatewayBotPayload(_Payload, frozen=True, kw_only=True):
    """`GET /gateway/bot` as it is on the wire (GWB:26-37); `value` is what callers get."""

    url: str
    shards: int | None = None
    session_start_limit: _Limit | None = None

    @property
    def value(self) -> GatewayBot:
        """In the library's units, nothing below what can work."""
        limit = self.session_start_limit or _Limit()
        return GatewayBot(
            self.url,
            max(self.shards or 1, 1),
            SessionStartLimit(
                total=max(limit.total, 0),
                remaining=max(limit.remaining, 0),
                reset_after=max(limit.reset_after, 0.0) / 1000,
                max_concurrency=max(limit.max_concurrency, 1),
            ),
        )


class SessionStartLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions may be started (GWB:34-37).

    Attributes:
        total: In 24 hours.
        remaining: Still now.
        reset_after: Seconds until `remaining` is `total` again (milliseconds on the wire).
        max_concurrency: In 5 seconds.
    """

    total: int
    remaining: int
    reset_after: float
    max_concurrency: int


class GatewayBot(msgspec.Struct, frozen=True):
    """Where the gateway is, and what it recommends and allows.

    Attributes:
        url: Of the gateway, to be used byte for byte.
        shards: Recommended count.
        session_start_limit: How many sessions may be started.
    """

    url: str
    shards: int
    session_start_limit: SessionStartLimit


class User(_Payload, frozen=True, kw_only=True):
    """A user or a bot; `me()` gives the bot itself (openapi/user/me.md)."""

    id: Text = ""
    username: Text = ""
    avatar: Text = ""
    bot: bool | None = None
    union_openid: Text = ""
    union_user_account: Text = ""


class Guild(_Payload, frozen=True, kw_only=True):
    """A guild; the ids are above 2^53 and therefore text."""

    id: Text = ""
    name: Text = ""
    icon: Text = ""
    owner_id: Text = ""
    owner: bool | None = None
    member_count: int | None = None
    max_members: int | None = None
    description: Text = ""
    joined_at: Text = ""


class Channel(_Payload, frozen=True, kw_only=True):
    """A sub-channel of a guild."""

    id: Text = ""
    guild_id: Text = ""
    name: Text = ""
    type: int | None = None
    sub_type: int | None = None
    position: int | None = None
    parent_id: Text = ""
    owner_id: Text = ""
    private_type: int | None = None
    speak_permission: int | None = None
    application_id: Text = ""
    permissions: Text = ""


class Member(_Payload, frozen=True, kw_only=True):
    """A member of a guild."""

    user: User | None = None
    nick: Text = ""
    roles: list[Text] | None = None
    joined_at: Text = ""


class DirectConversation(_Payload, frozen=True, kw_only=True):
    """What `create_dm` opens; `guild_id` is synthetic and only good for `send_dm` (dms/post_dms.md)."""

    guild_id: Text = ""
    channel_id: Text = ""
    create_time: Text = ""


class UploadedFile(_Payload, frozen=True, kw_only=True):
    """An uploaded file; `file_info` goes into the `media` of a message, for `ttl` seconds (0 = without limit)."""

    file_info: Text
    file_uuid: Text = ""
    ttl: int | None = None
    id: Text = ""


class SentMessage(_Payload, frozen=True, kw_only=True):
    """A message that was sent; `channel_id` and `guild_id` only in channels and direct messages.

    `timestamp` is as the server gave it: an RFC 3339 text, or seconds.
    """

    id: Text = ""
    timestamp: Text = ""
    channel_id: Text = ""
    guild_id: Text = ""


class MessageAudit(msgspec.Struct, frozen=True):
    """A message that was accepted, not yet sent: `MESSAGE_AUDIT_PASS` or `MESSAGE_AUDIT_REJECT` with this id follows.

    Attributes:
        audit_id: `data.message_audit.audit_id`.
        code: 304023 or 304024.
    """

    audit_id: str
    code: int | None

    @property
    def id(self) -> None:
        """No message's id yet, so that `(await ctx.reply("…")).id` can be asked for of either result."""


PayloadType = TypeVar("PayloadType", bound=msgspec.Struct)


def decode(body: bytes, payload_type: type[PayloadType]) -> PayloadType:
    """Decode a body.

    Raises:
        ValueError: It does not have that shape; the text says where, and quotes nothing of the body.
    """
    try:
        return msgspec.json.decode(body, type=payload_type, strict=False, dec_hook=_to_text)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("the body is not JSON" if body else "the body is empty") from error


def _to_text(_: type[object], value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(f"Expected text or a number, got `{type(value).__name__}`")
    return str(value)
