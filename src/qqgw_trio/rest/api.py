"""The REST API: the calls that a bot needs, and `request` for all others.

Every call raises what `ApiSession.make` raises, and `ConfigurationError` for what cannot be sent (`call_parts`); one
with a typed result also raises `ApiError` when a successful answer cannot be read. `protocol.md` section 9 has the
calls with their sources.

Sending returns `SentMessage`, or `MessageAudit` where the platform holds the message back for an audit: that is no
error (sending it again would send it twice), and MESSAGE_AUDIT_PASS or MESSAGE_AUDIT_REJECT tells how it ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, Unpack

import msgspec

from qqgw_trio.handler.messages import MessageFields, channel_body, direct_body, is_repeatable
from qqgw_trio.rest.api_errors import PendingAudit, useless_answer
from qqgw_trio.rest.api_session import ApiSession, Call
from qqgw_trio.rest.api_types import (
    Channel,
    DirectConversation,
    FileType,
    GatewayBot,
    GatewayBotPayload,
    GatewayUrl,
    Guild,
    JsonValue,
    Member,
    MessageAudit,
    SentMessage,
    UploadedFile,
    User,
    decode,
)
from qqgw_trio.rest.call_parts import checked_id, checked_method, encoded, path_of, with_query
from qqgw_trio.rest.endpoints import API_URL
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.retry import RandomSource, RetryPolicy
from qqgw_trio.rest.token import TokenSource

__all__ = ["Api"]

_UPLOAD_SECONDS = 60.0  # the platform fetches the file itself before it answers

_Payload = TypeVar("_Payload", bound=msgspec.Struct)


class Api:
    """REST calls of one bot.

    Args:
        token: Where the access token comes from.
        base_url: Production, sandbox, or one's own.
        app_id: Sent with every call; the token source's app id where not given.
        client: What makes the requests; the token source's where not given.
        policy: When a failed call is repeated.
        rng: For the delays.

    Raises:
        ConfigurationError: The URL cannot work.
    """

    def __init__(
        self,
        token: TokenSource,
        *,
        base_url: str = API_URL,
        app_id: str = "",
        client: HttpClient | None = None,
        policy: RetryPolicy | None = None,
        rng: RandomSource | None = None,
    ) -> None:
        self._session = ApiSession(
            token,
            client or token.client,
            base_url=base_url,
            app_id=app_id or token.credentials.app_id,
            policy=policy or RetryPolicy(),
            rng=rng,
        )

    @property
    def base_url(self) -> str:
        """Where the calls go, without a trailing slash."""
        return self._session.base_url

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        repeatable: bool | None = None,
    ) -> JsonValue:
        """Make any call.

        Args:
            method: GET, POST, …
            path: From the slash on; ids in it must be quoted already.
            params: The query, behind what the path has of it.
            json: The body, where there is one.
            repeatable: Whether the call may reach the server twice; None = by its method (POST and PATCH may not).

        Returns:
            The answer's JSON, None for an empty body.

        Raises:
            ConfigurationError: The path does not begin with a slash, or something cannot be sent.
        """
        body = None if json is None else encoded(json)
        call = Call(checked_method(method), with_query(path, params), body, repeatable=repeatable)
        answer = await self._session.make(call)
        if not answer.body:
            return None
        try:
            value: JsonValue = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise useless_answer(answer, str(call), "the body is not JSON") from error
        return value

    # ------------------------------------------------------------------------------------------------- gateway

    async def gateway(self) -> str:
        """The gateway's URL. Keep it: asking on every reconnect is throttled with code 100017 (`protocol.md` 1.2)."""
        call = Call("GET", "/gateway")
        return (await self._typed(call, GatewayUrl)).url

    async def gateway_bot(self) -> GatewayBot:
        """The gateway's URL, the recommended number of shards, and how many sessions may be started."""
        return (await self._typed(Call("GET", "/gateway/bot"), GatewayBotPayload)).value

    async def me(self) -> User:
        """The bot itself."""
        return await self._typed(Call("GET", "/users/@me"), User)

    # ---------------------------------------------------------------------------------------------- guild things

    async def guild(self, guild_id: str) -> Guild:
        """One guild."""
        return await self._typed(Call("GET", path_of("/guilds/{}", guild_id)), Guild)

    async def channel(self, channel_id: str) -> Channel:
        """One channel."""
        return await self._typed(Call("GET", path_of("/channels/{}", channel_id)), Channel)

    async def member(self, guild_id: str, user_id: str) -> Member:
        """One member of a guild."""
        return await self._typed(Call("GET", path_of("/guilds/{}/members/{}", guild_id, user_id)), Member)

    async def create_dm(self, recipient_id: str, source_guild_id: str) -> DirectConversation:
        """Open a direct conversation with a member of a guild; its `guild_id` is for `send_dm`."""
        body = {"recipient_id": checked_id(recipient_id), "source_guild_id": checked_id(source_guild_id)}
        return await self._typed(Call("POST", "/users/@me/dms", encoded(body)), DirectConversation)

    # -------------------------------------------------------------------------------------------------- messages

    async def send_channel(self, channel_id: str, **fields: Unpack[MessageFields]) -> SentMessage | MessageAudit:
        """Send to a channel of a guild. `msg_type` and `msg_seq` are left out: channels know neither.

        Raises:
            ConfigurationError: Nothing to send, two things to reply to, or media.
        """
        return await self._send(path_of("/channels/{}/messages", channel_id), channel_body(fields))

    async def send_dm(self, guild_id: str, **fields: Unpack[MessageFields]) -> SentMessage | MessageAudit:
        """Send a direct message; `guild_id` is that of the conversation. Otherwise as `send_channel`."""
        return await self._send(path_of("/dms/{}/messages", guild_id), channel_body(fields))

    async def send_group(self, group_openid: str, **fields: Unpack[MessageFields]) -> SentMessage | MessageAudit:
        """Send to a group. An `image` is uploaded first.

        Raises:
            ConfigurationError: Nothing to send, or two things to reply to.
        """
        return await self._send_direct(path_of("/v2/groups/{}", group_openid), fields)

    async def send_c2c(self, openid: str, **fields: Unpack[MessageFields]) -> SentMessage | MessageAudit:
        """Send to one person. Otherwise as `send_group`."""
        return await self._send_direct(path_of("/v2/users/{}", openid), fields)

    async def upload_group_file(self, group_openid: str, file_type: FileType, url: str) -> UploadedFile:
        """Have the platform fetch a file for a group; the result's `file_info` goes into a message's `media`."""
        return await self._upload(path_of("/v2/groups/{}", group_openid), file_type, url)

    async def upload_c2c_file(self, openid: str, file_type: FileType, url: str) -> UploadedFile:
        """Have the platform fetch a file for one person. Otherwise as `upload_group_file`."""
        return await self._upload(path_of("/v2/users/{}", openid), file_type, url)

    async def recall_channel(self, channel_id: str, message_id: str, *, hide_tip: bool = False) -> None:
        """Take back a channel's message, with or without a note that it was there."""
        await self._recall("/channels/{}/messages/{}", channel_id, message_id, hide_tip=hide_tip)

    async def recall_dm(self, guild_id: str, message_id: str, *, hide_tip: bool = False) -> None:
        """Take back a direct message, with or without a note that it was there."""
        await self._recall("/dms/{}/messages/{}", guild_id, message_id, hide_tip=hide_tip)

    async def recall_group(self, group_openid: str, message_id: str) -> None:
        """Take back a message to a group, within 2 minutes (reset.md:21,55)."""
        await self._recall("/v2/groups/{}/messages/{}", group_openid, message_id)

    async def recall_c2c(self, openid: str, message_id: str) -> None:
        """Take back a message to one person, within 2 minutes."""
        await self._recall("/v2/users/{}/messages/{}", openid, message_id)

    async def answer_interaction(self, interaction_id: str, code: int = 0) -> None:
        """Answer a button's click, promptly: the person's client waits for it (BTN:216).

        Args:
            interaction_id: `d.id` of the event.
            code: 0 done, 1 failed, 2 too often, 3 repeated, 4 no permission, 5 administrators only (BTN:250).
        """
        # Without the app id in the headers the server said 630006 "get header appid failed" (protocol.md 9).
        headers = {"x-callback-appid": self._session.app_id}
        body = encoded({"code": code})
        await self._session.make(Call("PUT", path_of("/interactions/{}", interaction_id), body, headers))

    # ---------------------------------------------------------------------------------------------------- inside

    async def _typed(self, call: Call, payload_type: type[_Payload]) -> _Payload:
        answer = await self._session.make(call)
        try:
            return decode(answer.body, payload_type)
        except ValueError as error:
            raise useless_answer(answer, str(call), str(error)) from error

    async def _send_direct(self, place: str, fields: MessageFields) -> SentMessage | MessageAudit:
        image = fields.get("image")
        if image and not fields.get("media"):
            file = await self._upload(place, FileType.IMAGE, image)
            fields["media"] = {"file_info": file.file_info}
        fields.pop("image", None)
        return await self._send(f"{place}/messages", direct_body(fields))

    async def _send(self, path: str, body: dict[str, object]) -> SentMessage | MessageAudit:
        call = Call("POST", path, encoded(body), repeatable=is_repeatable(body))
        try:
            return await self._typed(call, SentMessage)
        except PendingAudit as audit:
            return MessageAudit(audit.audit_id, audit.code)

    async def _upload(self, place: str, file_type: FileType, url: str) -> UploadedFile:
        # srv_send_msg would send the file at once, as a proactive message: never wanted here (rich-media.md:45-48).
        body = encoded({"file_type": file_type, "url": url, "srv_send_msg": False})
        return await self._typed(Call("POST", f"{place}/files", body, seconds=_UPLOAD_SECONDS), UploadedFile)

    async def _recall(self, template: str, place_id: str, message_id: str, *, hide_tip: bool = False) -> None:
        query = "?hidetip=true" if hide_tip else ""
        await self._session.make(Call("DELETE", path_of(template, place_id, message_id) + query))
