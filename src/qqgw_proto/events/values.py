"""Objects that several families of events carry: users, members, attachments, emoji.

Like events they are tolerant: every field may be absent (`protocol.md` 6.3, "accept any subset").
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = ["Attachment", "Emoji", "Member", "MessageReference", "MessageScene", "User"]


class User(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person or a bot; which of the ids are there depends on where it was met.

    Attributes:
        id: User id in guilds; in groups and C2C the openid once more, seen live only.
        username: Name shown.
        avatar: URL of the picture.
        bot: Whether it is a bot.
        user_openid: Id in C2C.
        member_openid: Id in the group.
        member_role: `member`, `admin` or `owner` of the group.
        union_openid: Id across the bots of one owner.
        union_user_account: Account across the bots of one owner.
    """

    id: str | None = None
    username: str = ""
    avatar: str = ""
    bot: bool = False
    user_openid: str | None = None
    member_openid: str | None = None
    member_role: str | None = None
    union_openid: str | None = None
    union_user_account: str | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member of a guild.

    Attributes:
        nick: Name in this guild, may be empty.
        roles: Ids of the roles.
        raw_joined_at: When the member joined, as on the wire.
        user: The user; absent inside messages.
    """

    nick: str = ""
    roles: tuple[str, ...] = ()
    raw_joined_at: RawTimestamp = msgspec.field(default=None, name="joined_at")
    user: User | None = None

    @property
    def joined_at(self) -> datetime | None:
        """When the member joined."""
        return parse_timestamp(self.raw_joined_at)


class Attachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file, picture, voice or video of a message (EVT:53-61).

    Attributes:
        raw_url: Where it is, as on the wire: in guilds without the scheme.
        content_type: `image/…`, `video/mp4`, `voice`, `file`.
        filename: Name.
        size: Bytes.
        width: Pixels.
        height: Pixels.
        id: Id, in guilds.
        raw_voice_wav_url: A voice as WAV, as on the wire.
        asr_refer_text: What speech recognition heard.
    """

    raw_url: str = msgspec.field(default="", name="url")
    content_type: str = ""
    filename: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    id: str | None = None
    raw_voice_wav_url: str = msgspec.field(default="", name="voice_wav_url")
    asr_refer_text: str = ""

    @property
    def url(self) -> str:
        """Where it is, with a scheme."""
        return _with_scheme(self.raw_url)

    @property
    def voice_wav_url(self) -> str:
        """Where a voice is as WAV, with a scheme; empty where there is none."""
        return _with_scheme(self.raw_voice_wav_url)


class MessageReference(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The message that a guild message answers.

    Attributes:
        message_id: Its id.
    """

    message_id: str | None = None


class MessageScene(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a person came to write in a group or C2C chat.

    Attributes:
        source: `default` or the name of an entrance.
        callback_data: What the entrance carries.
        ext: Pairs `key=value`, `msg_idx=…` among them.
    """

    source: str = ""
    callback_data: str = ""
    ext: tuple[str, ...] = ()


class Emoji(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An emoji.

    Attributes:
        id: Number of a system emoji, or the emoji itself.
        type: 1 system, 2 Unicode.
    """

    id: str | None = None
    type: int | None = None


def _with_scheme(url: str) -> str:
    if not url or "://" in url:
        return url
    return f"https:{url}" if url.startswith("//") else f"https://{url}"
