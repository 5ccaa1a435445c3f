"""Reads the answer of a refusal without trusting it: codes, words, trace id, audit id.

Reading never raises. Words are put on one line, cut, and freed of secrets before anyone sees them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import msgspec

from qqgw_trio.rest.api_codes import CODES, CodeKind, CodeMeaning
from qqgw_trio.rest.http import MAX_BODY, Answer
from qqgw_trio.rest.retry import retry_after_of

__all__ = ["AnswerFacts", "ErrorBody", "clean", "facts_of"]

_MOST_WORDS = 200


class ErrorBody(msgspec.Struct, frozen=True):
    """The body `{code, message, data?}` of a refusal; BOTGO also knows `err_code` and `trace_id`.

    Attributes:
        code: 0 where there is none.
        err_code: Its successor, 0 where there is none.
        message: The server's words, as they came.
        trace_id: Where the header is missing.
        audit_id: `data.message_audit.audit_id` (POST:72-84).
    """

    code: int = 0
    err_code: int = 0
    message: str = ""
    trace_id: str = ""
    audit_id: str = ""

    @classmethod
    def of(cls, body: bytes) -> ErrorBody | None:
        """Read what can be read; None if the body is not a JSON object."""
        try:
            fields = msgspec.json.decode(body, type=dict[str, object])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        audit = _member(_member(fields, "data"), "message_audit")
        return cls(
            code=_whole(fields.get("code")),
            err_code=_whole(fields.get("err_code")),
            message=_text(fields.get("message")),
            trace_id=_text(fields.get("trace_id")),
            audit_id=_text(_member(audit, "audit_id")),
        )

    @property
    def row(self) -> CodeMeaning | None:
        """The table's row for one of the codes."""
        return CODES.get(self.code) or CODES.get(self.err_code)

    @property
    def any_code(self) -> int | None:
        """The code to show: `code`, else `err_code`."""
        return self.code or self.err_code or None


class AnswerFacts(msgspec.Struct, frozen=True):
    """What is known about an answer that is not a success.

    Attributes:
        status: HTTP status.
        kind: What the library does about it.
        code: `code` of the body, or its `err_code`; None where there is none.
        words: The server's own message, else the beginning of the body; one line of at most 200 characters.
        trace_id: `X-Tps-trace-ID` (BOTGO constant.go:5), which the platform's support asks for.
        retry_after: Seconds to wait that the server asked for.
        audit_id: Of a message that waits for an audit.
        row: The table's row for the code.
    """

    status: int
    kind: CodeKind = CodeKind.OTHER
    code: int | None = None
    words: str = ""
    trace_id: str = ""
    retry_after: float | None = None
    audit_id: str = ""
    row: CodeMeaning | None = None

    @property
    def sentence(self) -> str:
        """What the answer was, to stand behind "… was answered with"."""
        said = ": ".join(text for text in (self.row.meaning if self.row else "", self.words) if text)
        trace = f" (trace {self.trace_id})" if self.trace_id else ""
        return f"HTTP {self.status}" + (f", {said}" if said else "") + trace


def facts_of(answer: Answer, secrets: Iterable[str]) -> AnswerFacts:
    """Read an answer that is not a success.

    Args:
        answer: What the server said.
        secrets: What must not be shown even if the server repeats it.
    """
    secrets = tuple(secrets)
    body = ErrorBody.of(answer.body) or ErrorBody(message=answer.body.decode(errors="replace"))
    too_long = f"the body is larger than {MAX_BODY} bytes"
    return AnswerFacts(
        status=answer.status,
        kind=body.row.kind if body.row else _kind_for(answer.status),
        code=body.any_code,
        words=clean(body.message, secrets) if answer.complete else too_long,
        trace_id=clean(answer.headers.get("x-tps-trace-id", "") or body.trace_id, secrets),
        retry_after=retry_after_of(answer.headers),
        audit_id=clean(body.audit_id, secrets),
        row=body.row,
    )


def clean(text: str, secrets: Iterable[str]) -> str:
    """Make a foreign text fit to be shown: without secrets, on one line, bounded."""
    for secret in secrets:  # before it is cut, so that no half of one is left over
        text = text.replace(secret, "***")
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _MOST_WORDS])
    line = " ".join(line.split())
    return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"


def _kind_for(status: int) -> CodeKind:
    # A 401 without a code that says otherwise is taken for a refused token; that costs one renewal at most.
    kinds = {401: CodeKind.TOKEN, 403: CodeKind.PERMISSION, 429: CodeKind.RATE}
    return kinds.get(status, CodeKind.TROUBLE if status >= 500 else CodeKind.OTHER)


def _member(value: object, key: str) -> object:
    return cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None


def _whole(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20 else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
