"""What a REST call can raise, and how an answer becomes one of these errors.

`ApiError` carries HTTP status, QQ code, the server's words, trace id and remedy. Its children are members of the
common tree as well, so that `except RateLimited` and `except ApiError` both work. Below HTTP there are
`qqgw_trio.rest.http.RequestFailed` and its kinds; a wrong argument is a `ConfigurationError`, before any request.

`is_refusal`, `is_fatal` and `wait_asked_by` answer what the owner of a shard needs to know about any of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    GatewayError,
    InsufficientPermissions,
    RateLimited,
)
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.error_body import AnswerFacts, facts_of
from qqgw_trio.rest.http import LATER_STATUSES, Answer, NoWay, RequestFailed
from qqgw_trio.rest.retry import UNNAMED_RATE_LIMIT

__all__ = [
    "AccessRefused",
    "ApiAuthenticationFailed",
    "ApiError",
    "ApiPermissionDenied",
    "ApiRateLimited",
    "DuplicateReply",
    "PendingAudit",
    "api_error_of",
    "is_fatal",
    "is_refusal",
    "useless_answer",
    "wait_asked_by",
    "was_refused",
]

_REFUSALS = (AuthenticationFailed, InsufficientPermissions, NoWay, ConfigurationError)


class AccessRefused(AuthenticationFailed):
    """The token endpoint refused app id and secret.

    Args:
        message: What happened.
        code: The code of the body, or the HTTP status.
        remedy: What to do.
        fatal: Whether no later attempt can succeed.
    """

    def __init__(self, message: str, *, code: int | None = None, remedy: str = "", fatal: bool = False) -> None:
        super().__init__(message, code=code, remedy=remedy)
        self.fatal = fatal


class ApiError(GatewayError):
    """A REST call that the server answered, but not with success.

    Args:
        message: What happened, one sentence.
        facts: What is known about the answer.
        remedy: What to do, where the code's own advice does not fit.

    Attributes:
        status: HTTP status.
        code: The QQ code, `code` or `err_code` of the body; None where there is none.
        words: The server's own message.
        trace_id: What the platform's support asks for; "" where there is none.
        retry_after: Seconds to wait that the server asked for, or None.
        kind: What the library does about the code.
    """

    default_remedy = "see the server's words; the platform's support asks for the trace id"

    def __init__(self, message: str, facts: AnswerFacts, *, remedy: str = "") -> None:
        # Not super(): between this class and the root stand siblings with other arguments.
        GatewayError.__init__(self, message, code=facts.code, remedy=remedy or (facts.row.remedy if facts.row else ""))
        self.status = facts.status
        self.words = facts.words
        self.trace_id = facts.trace_id
        self.retry_after = facts.retry_after
        self.kind = facts.kind


class ApiAuthenticationFailed(ApiError, AuthenticationFailed):
    """The server refused who calls: the token, the app, or the address it calls from."""

    default_remedy = AuthenticationFailed.default_remedy


class ApiPermissionDenied(ApiError, InsufficientPermissions):
    """The bot lacks a permission for this call."""

    default_remedy = InsufficientPermissions.default_remedy


class ApiRateLimited(ApiError, RateLimited):
    """Too many calls; `retry_after_seconds` is 60 where the server named no time."""

    default_remedy = "call again after that time"

    def __init__(self, message: str, facts: AnswerFacts, *, remedy: str = "") -> None:
        super().__init__(message, facts, remedy=remedy)
        self.retry_after_seconds = UNNAMED_RATE_LIMIT if facts.retry_after is None else facts.retry_after


class PendingAudit(ApiError):
    """A message was accepted and waits for an audit; the sending calls return a `MessageAudit` instead of this."""

    def __init__(self, message: str, facts: AnswerFacts, *, remedy: str = "") -> None:
        super().__init__(message, facts, remedy=remedy)
        self.audit_id = facts.audit_id


class DuplicateReply(ApiError):
    """The server has a reply with this `msg_seq` already (SEND:84); `ctx.reply` takes it for success."""


_CLASSES: dict[CodeKind, type[ApiError]] = {
    CodeKind.TOKEN: ApiAuthenticationFailed,
    CodeKind.CREDENTIALS: ApiAuthenticationFailed,
    CodeKind.ADDRESS: ApiAuthenticationFailed,
    CodeKind.AUTHENTICATION: ApiAuthenticationFailed,
    CodeKind.PERMISSION: ApiPermissionDenied,
    CodeKind.RATE: ApiRateLimited,
    CodeKind.AUDIT: PendingAudit,
    CodeKind.DUPLICATE: DuplicateReply,
}


def api_error_of(answer: Answer, call: str, secrets: Iterable[str]) -> ApiError:
    """Classify an answer that is not a success.

    Args:
        answer: What the server said.
        call: Method and path, for the message.
        secrets: What must not be shown even if the server repeats it.
    """
    facts = facts_of(answer, secrets)
    if not answer.complete:
        return useless_answer(answer, call, facts.words)
    kind = CodeKind.RATE if facts.status == 429 else facts.kind
    error_class = _CLASSES.get(kind, ApiError)
    remedy = "" if facts.row else _remedy_for(facts)
    return error_class(f"{call} was answered with {facts.sentence}", facts, remedy=remedy)


def useless_answer(answer: Answer, call: str, why: str) -> ApiError:
    """The error for an answer that may have meant success but cannot be read: the server's trouble, not a refusal."""
    facts = replace(facts_of(replace(answer, body=b""), ()), kind=CodeKind.TROUBLE, words=why)
    return ApiError(
        f"{call} was answered with {facts.sentence}", facts, remedy="check that the API URL leads to the QQ bot API"
    )


def _remedy_for(facts: AnswerFacts) -> str:
    status = facts.status
    if status in {201, 202}:
        return "the platform took the call but did not carry it out at once: do not take it for done"
    if 300 <= status < 400:
        return "redirects are not followed with a token: set the API URL to the final address"
    if status >= 500:
        return "the server's trouble: try again later"
    if status == 404:
        return "check the ids, and that the API URL is the right one"
    # A refusal of the platform's bears a code; 426 is a gateway's answer to what is no WebSocket.
    is_another = facts.code is None and facts.kind is CodeKind.OTHER
    return "check that the API URL leads to the QQ bot API" if is_another or status == 405 else ""


def is_fatal(error: GatewayError) -> bool:
    """Whether no later attempt can succeed: a bad secret, an unknown app id."""
    if isinstance(error, AccessRefused):
        return error.fatal
    return isinstance(error, ApiError) and error.kind is CodeKind.CREDENTIALS


def is_refusal(error: GatewayError) -> bool:
    """Whether the other side said no, rather than being out of reach or asking to come back later."""
    if isinstance(error, (RateLimited, PendingAudit)):
        return False
    if isinstance(error, ApiError):
        return error.kind is not CodeKind.TROUBLE and error.status not in LATER_STATUSES
    return isinstance(error, _REFUSALS)


def was_refused(error: GatewayError) -> bool:
    """Whether the call has certainly had no effect: no request, none that arrived, or one that was refused."""
    if isinstance(error, RequestFailed):
        return not error.sent
    return not isinstance(error, ApiError) or not (error.status >= 500 or error.kind is CodeKind.TROUBLE)


def wait_asked_by(error: GatewayError) -> float | None:
    """Seconds that the other side asked to wait, or None."""
    if isinstance(error, RateLimited):
        return error.retry_after_seconds
    return error.retry_after if isinstance(error, (ApiError, ConnectionFailed)) else None
