"""Sending: channel, direct, group and C2C messages, files, and answers to interactions (`protocol.md` 9)."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qqgw_trio.simulator.ledger import Answer, Reply
from qqgw_trio.simulator.platform import BOT_NAME, Platform
from qqgw_trio.simulator.rest_answers import answer, body_of, error
from qqgw_trio.simulator.samples import JsonObject
from qqgw_trio.simulator.settings import ReplyCallback

__all__ = ["MessageRoutes"]

_PARTS: Final = ("markdown", "ark", "embed", "image", "keyboard", "media")
_CONTENT: Final = ("content", *_PARTS)
_BAD_BODY: Final = 50055
_EMPTY: Final = 50006
_NO_INTERACTION: Final = 630003


class MessageRoutes:
    """The routes through which a bot speaks.

    Args:
        platform: Checks, and keeps the ledger.
        on_reply: Told of every message.
    """

    def __init__(self, platform: Platform, on_reply: ReplyCallback | None) -> None:
        self._platform = platform
        self._on_reply = on_reply
        self._sent = 0

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/channels/{target}/messages", self._to_channel, methods=["POST"]),
            Route("/dms/{target}/messages", self._to_direct, methods=["POST"]),
            Route("/v2/groups/{target}/messages", self._to_group, methods=["POST"]),
            Route("/v2/users/{target}/messages", self._to_user, methods=["POST"]),
            Route("/v2/groups/{target}/files", self._upload, methods=["POST"]),
            Route("/v2/users/{target}/files", self._upload, methods=["POST"]),
            Route("/users/@me/dms", self._open_direct, methods=["POST"]),
            Route("/interactions/{target}", self._interaction, methods=["PUT"]),
        ]

    async def _to_channel(self, request: Request) -> Response:
        return await self._send(request, "channel")

    async def _to_direct(self, request: Request) -> Response:
        return await self._send(request, "dm")

    async def _to_group(self, request: Request) -> Response:
        return await self._send(request, "group")

    async def _to_user(self, request: Request) -> Response:
        return await self._send(request, "c2c")

    async def _send(self, request: Request, kind: str) -> Response:
        target = cast("str", request.path_params["target"])
        body = await _message_body(request)
        if body is None:
            return error(400, _BAD_BODY, "the body is no JSON object")
        if not any(body.get(name) for name in _CONTENT):
            return error(400, _EMPTY, "the message is empty")
        msg_id, event_id, msg_seq = _text(body, "msg_id"), _text(body, "event_id"), body.get("msg_seq")
        number = msg_seq if isinstance(msg_seq, int) else None
        refused = self._platform.receipts.check(kind, msg_id, event_id, 1 if number is None else number)
        if refused is not None:
            return error(400, refused.code, refused.message)
        text, parts = _words_of(body), tuple(name for name in _PARTS if body.get(name))
        sent = Reply(kind, target, text, msg_id, event_id, number, self._platform.now(), parts)
        self._platform.ledger.replies.append(sent)
        if self._on_reply is not None:
            self._on_reply(kind, target, text)
        return answer(self._sent_message(kind, target, text))

    def _sent_message(self, kind: str, target: str, text: str) -> JsonObject:
        self._sent += 1
        moment = self._platform.world.moment.isoformat(timespec="seconds")
        if kind in {"group", "c2c"}:
            # "docs say int, wire is an RFC3339 string" (protocol.md 9).
            return {"id": f"ROBOT1.0_simulated.{self._sent}", "timestamp": moment}
        place = {"channel_id": target} if kind == "channel" else {"guild_id": target, "direct_message": True}
        author = {"id": self._platform.world.places.bot_user_id, "username": BOT_NAME, "bot": True}
        return {"id": f"08{self._sent:046x}", **place, "content": text, "timestamp": moment, "author": author}

    async def _upload(self, request: Request) -> Response:
        body = await body_of(request)
        if body is None or not (body.get("url") or body.get("file_data")):
            return error(400, _BAD_BODY, "a file needs a url or file_data")
        self._sent += 1
        return answer({"file_uuid": f"file-{self._sent}", "file_info": f"info-{self._sent}", "ttl": 0})

    async def _open_direct(self, request: Request) -> Response:
        body = await body_of(request) or {}
        recipient = _text(body, "recipient_id")
        if recipient is None or _text(body, "source_guild_id") is None:
            return error(400, _BAD_BODY, "recipient_id and source_guild_id are needed")
        person = self._platform.world.places.person_of(recipient)
        created = str(int(self._platform.world.moment.timestamp()))
        return answer(
            {"guild_id": person.direct_guild_id, "channel_id": person.direct_channel_id, "create_time": created}
        )

    async def _interaction(self, request: Request) -> Response:
        target = cast("str", request.path_params["target"])
        body = await body_of(request)
        code = None if body is None else body.get("code")
        if not isinstance(code, int):
            return error(400, _BAD_BODY, "the body is no {code: number}")
        if not self._platform.receipts.knows_interaction(target):
            return error(400, _NO_INTERACTION, "no such interaction")
        self._platform.ledger.answers.append(Answer(target, code, self._platform.now()))
        return Response(status_code=204)  # "empty body: do not JSON-parse" (BTN:254)


async def _message_body(request: Request) -> JsonObject | None:
    """JSON, or "multipart/form-data with file_image and JSON-stringified objects" (POST:22,38-44)."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return await body_of(request)
    text = f"Content-Type: {kind}\r\n\r\n".encode() + await request.body()
    form = BytesParser(EmailMessage, policy=HTTP).parsebytes(text)
    fields: JsonObject = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        fields["image" if name == "file_image" else str(name)] = str(part.get_payload()).strip() or name
    return fields


def _words_of(body: JsonObject) -> str:
    """What people read: the text, else that of the markdown, else what kind of thing it is."""
    markdown = body.get("markdown")
    written = _text(cast("JsonObject", markdown), "content") if isinstance(markdown, dict) else ""
    return _text(body, "content") or written or f"[{next(name for name in _CONTENT if body.get(name))}]"


def _text(body: JsonObject, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None
