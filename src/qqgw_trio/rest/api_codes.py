"""The codes of the REST API and of the token endpoint that a bot can do something about, as data.

A code's kind decides what the library does, its remedy what the person reads. Rows are those of `protocol.md`
section 8 and 1.4; a code without a row is passed on with the server's own words.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

__all__ = ["CODES", "CodeKind", "CodeMeaning"]


class CodeKind(enum.Enum):
    """What the library does about a code."""

    TOKEN = enum.auto()  # the access token was refused: renew it once and repeat
    CREDENTIALS = enum.auto()  # app id or secret are wrong: no attempt can succeed
    ADDRESS = enum.auto()  # this machine's address is not allowed
    AUTHENTICATION = enum.auto()  # this way of authenticating is refused
    PERMISSION = enum.auto()  # the bot lacks a permission
    RATE = enum.auto()  # too many requests: wait
    TROUBLE = enum.auto()  # the server's own trouble: repeat what may be repeated
    AUDIT = enum.auto()  # accepted, and waiting for an audit
    DUPLICATE = enum.auto()  # the server has this message already
    OTHER = enum.auto()  # nothing but to tell


class CodeMeaning(msgspec.Struct, frozen=True):
    """One row: what the code says, and what to do.

    Attributes:
        kind: What the library does about it.
        meaning: What it says.
        remedy: What the person can do.
    """

    kind: CodeKind
    meaning: str
    remedy: str


_RENEWAL_REMEDY = "none needed: the token is renewed once; if that does not help, check app id and secret"
_APP_REMEDY = "check the app id and the secret on the platform's console"
_ADDRESS_REMEDY = "add this machine's public address to the IP allow-list on the platform's console"
_PERMISSION_REMEDY = "apply for the permission on the platform's console, or do without the call"
_LIMIT_REMEDY = "wait; a reply to a message or event of the user (msg_id, event_id) has its own, larger limit"
_REPLY_REMEDY = "reply within the passive window, and give the id of the message or event as it was received"
_INTERACTION_REMEDY = "answer each interaction once, promptly, with the id of its event"
_MEDIA_REMEDY = "upload the file again and send the new file_info"


def _rows(kind: CodeKind, remedy: str, **meanings: str) -> dict[int, CodeMeaning]:
    return {int(name[1:]): CodeMeaning(kind, meaning, remedy) for name, meaning in meanings.items()}


CODES: Mapping[int, CodeMeaning] = {
    # The token endpoint (protocol.md 1.4, EXT codes).
    **_rows(CodeKind.RATE, "none needed: asked again later", _100001="too many requests for a token"),
    **_rows(CodeKind.TROUBLE, "none needed: asked again", _100002="internal error, or a body that is not JSON"),
    **_rows(CodeKind.CREDENTIALS, _APP_REMEDY, _100007="unknown app id", _100016="wrong app id or secret"),
    **_rows(CodeKind.RATE, "keep the gateway URL instead of asking again", _100017="gateway asked for too often"),
    # Authentication (OAERR:41-57; 11244 BOTGO errs/err.go:63).
    **_rows(
        CodeKind.TOKEN,
        _RENEWAL_REMEDY,
        _11241="no token",
        _11242="the token could not be checked",
        _11243="wrong token",
        _11244="the token expired or does not exist",
    ),
    **_rows(
        CodeKind.AUTHENTICATION,
        "fixed tokens are no longer accepted: configure app id and secret",
        _11245="the fixed token is disabled",
    ),
    **_rows(CodeKind.CREDENTIALS, _APP_REMEDY, _11251="wrong app id", _11261="wrong app id", _11275="wrong app id"),
    **_rows(
        CodeKind.ADDRESS,
        _ADDRESS_REMEDY,
        _11298="this address is not on the IP allow-list",
        _40023002="this address is not on the IP allow-list",
    ),
    # Permission (OAERR:41-57).
    **_rows(
        CodeKind.PERMISSION,
        _PERMISSION_REMEDY,
        _11252="the permission could not be checked",
        _11253="the bot lacks the permission for this call",
        _11254="this call is banned for the bot",
        _11281="whether the bot is an administrator could not be checked",
        _11282="the bot is not an administrator",
    ),
    **_rows(CodeKind.PERMISSION, "see the platform's console for the reason", _11265="the bot is banned"),
    # Targets and limits.
    **_rows(
        CodeKind.OTHER,
        "check the id; the bot may have been removed from the place",
        _10003="unknown channel",
        _10004="unknown guild",
    ),
    **_rows(
        CodeKind.OTHER,
        _LIMIT_REMEDY,
        _20028="the channel's write limit is reached (5 messages a second)",
        _22009="the message limit is reached",
        _304045="the limit of proactive messages is reached",
        _304046="the limit of proactive messages is reached",
        _304047="the limit of proactive messages is reached",
        _304048="the limit of proactive messages is reached",
        _304049="the limit of proactive messages is reached",
        _304050="the limit of proactive messages is reached",
        _1100308="the limit of this guild is reached",
    ),
    **_rows(CodeKind.OTHER, "send less, and nothing that looks like spam", _1100100="throttled by security"),
    **_rows(CodeKind.OTHER, "connect the bot to the gateway before it sends", _304018="the bot is not online"),
    # Messages (OAERR:136-165; POST:72-84).
    **_rows(
        CodeKind.AUDIT,
        "none needed: MESSAGE_AUDIT_PASS or MESSAGE_AUDIT_REJECT follows",
        _304023="waiting for the audit",
        _304024="waiting for the audit",
    ),
    **_rows(
        CodeKind.OTHER,
        _REPLY_REMEDY,
        _304026="unknown msg_id",
        _304027="the msg_id expired",
        _40034027="this event cannot be replied to",
    ),
    **_rows(
        CodeKind.OTHER,
        "the user must open the conversation first",
        _304031="the direct conversation is closed",
        _304032="the direct conversation is closed",
        _304033="the direct conversation does not exist",
        _304034="the direct conversation does not exist",
    ),
    **_rows(CodeKind.OTHER, _MEDIA_REMEDY, _304082="the media cannot be used", _304083="the media cannot be used"),
    **_rows(
        CodeKind.DUPLICATE,
        "give every further reply to one message the next msg_seq",
        _40054005="this msg_seq was used for this message already",
    ),
    # Interactions (OAERR:259-266).
    **_rows(
        CodeKind.OTHER,
        _INTERACTION_REMEDY,
        **{f"_{code}": "the interaction was not answered" for code in range(630001, 630008)},
    ),
}
