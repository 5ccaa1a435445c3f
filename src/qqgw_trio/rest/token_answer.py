"""The token endpoint's answer: an access token with its lifetime, or the error that says why there is none.

`protocol.md` 1.4. A refusal comes as HTTP 200 with a code other than 0 and without a token. `expires_in` is a number
by the documents and a text on the wire; both are taken. A token that could not be sent in a header is rejected here,
before it can reach a wire, and is never shown (M07).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar

import msgspec

from qqgw_proto.errors import ConnectionFailed, GatewayError, RateLimited
from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.api_errors import AccessRefused
from qqgw_trio.rest.error_body import AnswerFacts, facts_of
from qqgw_trio.rest.http import Answer
from qqgw_trio.rest.retry import UNNAMED_RATE_LIMIT

__all__ = ["AccessToken", "UnusableToken", "read_token"]

_LONGEST = 4096
_ENDPOINT = "the token endpoint"


class UnusableToken(ConnectionFailed):
    """The token endpoint answered with success, but with nothing that can be used; asked again like an outage."""

    default_remedy = "check that the token URL leads to the QQ bot API"


class AccessToken(Veiled, frozen=True):
    """A token as it was granted.

    Attributes:
        value: The token; never shown.
        expires_in: Seconds that it was good for when it was granted.
    """

    value: str
    expires_in: float
    veiled: ClassVar[frozenset[str]] = frozenset(("value",))


def read_token(answer: Answer, secrets: Iterable[str]) -> AccessToken:
    """Read the answer of getAppAccessToken.

    Args:
        answer: What the server said.
        secrets: What must not be shown even if the server repeats it.

    Raises:
        AccessRefused: App id, secret or this address were refused.
        RateLimited: Asked too often.
        ConnectionFailed: The server's own trouble.
        UnusableToken: Success without a usable token or lifetime.
    """
    facts = facts_of(answer, secrets)
    if answer.status != 200 or facts.code is not None:
        raise _error_of(facts)
    fields = _fields_of(answer.body)
    if fields is None:  # told outside of `except`: a decoder's error quotes what it could not read, maybe a token
        raise UnusableToken(f"{_ENDPOINT} answered with something that is not a JSON object")
    value = fields.get("access_token")
    if not _is_token(value):
        raise UnusableToken(f"{_ENDPOINT} gave no token, or one that is not printable ASCII text")
    expires_in = _seconds(fields.get("expires_in"))
    if expires_in is None:
        raise UnusableToken(f"{_ENDPOINT} gave a token whose expires_in is not a number above 0")
    return AccessToken(str(value), expires_in)


def _fields_of(body: bytes) -> dict[str, object] | None:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _is_token(value: object) -> bool:
    # printable ASCII: CR or LF would be a header injection, other letters cannot be sent (M07).
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _error_of(facts: AnswerFacts) -> GatewayError:
    said = f"{_ENDPOINT} answered with {facts.sentence}"
    remedy = facts.row.remedy if facts.row else ""
    code = facts.code or facts.status
    if facts.kind is CodeKind.RATE or facts.status == 429:
        wait = UNNAMED_RATE_LIMIT if facts.retry_after is None else facts.retry_after
        return RateLimited(wait, said, code=code)
    if facts.kind is CodeKind.TROUBLE or facts.status in {408, 425}:
        return ConnectionFailed(said, code=code, retry_after=facts.retry_after, remedy=remedy or "asked again later")
    if facts.kind is CodeKind.TOKEN and facts.row is not None:
        remedy = "check the token URL and its path: the token endpoint itself asks for no token"
    elif facts.row is None and facts.status not in {200, 401, 403}:
        remedy = "check the token URL"
    # "Failure is HTTP 200 with code != 0"; a 401 without a code of its own says the same of app id and secret.
    fatal = facts.kind is CodeKind.CREDENTIALS or (facts.status == 401 and facts.row is None)
    return AccessRefused(said, code=code, remedy=remedy, fatal=fatal)
