"""What each close code means and what to do about it: `protocol.md` section 4, row by row, as data.

`CloseAction` is what the table has a column for; `CLOSE_CODES` maps codes to rows; `row_for` answers for any code. A
user may override a row by handing `ClientGateway` a mapping of their own rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType
from typing import Final

import msgspec

__all__ = ["CLOSE_CODES", "NO_OVERRIDES", "CloseAction", "CloseCode", "row_for"]


@unique
class CloseAction(Enum):
    """What a shard does after a close code."""

    RESUME = "RESUME after a back-off"
    RESUME_AT_ONCE = "RESUME at once: routine"
    COOL_DOWN = "wait, then RESUME"
    IDENTIFY = "drop the session, back off, IDENTIFY"
    REFUSED = "drop the session, count a refusal, IDENTIFY"
    RENEW_TOKEN = "fetch a new token, then RESUME or IDENTIFY once"  # noqa: S105 - not a password
    FATAL = "stop"


class CloseCode(msgspec.Struct, frozen=True):
    """One row.

    Attributes:
        code: As in the close frame.
        meaning: What the platform says with it.
        action: What the shard does.
        remedy: What a person can do.
        source: Where the row comes from.
    """

    code: int
    meaning: str
    action: CloseAction
    remedy: str
    source: str

    @property
    def can_resume(self) -> bool:
        """Whether the session survives this code."""
        return self.action in _RESUMING


_RESUMING: Final = (
    CloseAction.RESUME,
    CloseAction.RESUME_AT_ONCE,
    CloseAction.COOL_DOWN,
    CloseAction.RENEW_TOKEN,
)

_NOTHING = "nothing to do: the shard comes back by itself"
_BUG = "this is a bug in qqgw or in the embedder: please report it with a journal"
_INTENTS = "ask only for intents granted to this bot on the platform's console"

_ROWS: Final = (
    CloseCode(1000, "normal closure", CloseAction.RESUME, _NOTHING, "RFC 6455 7.4.1; a clean close is no stop signal"),
    CloseCode(1001, "going away", CloseAction.RESUME, _NOTHING, "RFC 6455 7.4.1"),
    CloseCode(1002, "protocol error, says the gateway", CloseAction.IDENTIFY, _BUG, "RFC 6455 7.4.1"),
    CloseCode(1003, "unsupported data, says the gateway", CloseAction.IDENTIFY, _BUG, "RFC 6455 7.4.1"),
    CloseCode(1005, "no code given", CloseAction.RESUME, _NOTHING, "RFC 6455 7.4.1; as 1000"),
    CloseCode(1007, "invalid data, says the gateway", CloseAction.IDENTIFY, _BUG, "RFC 6455 7.4.1"),
    CloseCode(1009, "message too big, says the gateway", CloseAction.IDENTIFY, _BUG, "RFC 6455 7.4.1"),
    CloseCode(4000, "unknown error", CloseAction.RESUME, _NOTHING, "BOTGO errs/err.go"),
    CloseCode(4001, "invalid opcode", CloseAction.FATAL, _BUG, "WSERR"),
    CloseCode(4002, "invalid payload", CloseAction.FATAL, _BUG, "WSERR"),
    CloseCode(4003, "not authenticated", CloseAction.REFUSED, _NOTHING, "BOTGO errs/err.go"),
    CloseCode(
        4004,
        "authentication failed: the access token is not accepted",
        CloseAction.RENEW_TOKEN,
        "check the app id and the secret",
        "BOTGO errs/err.go",
    ),
    CloseCode(4005, "already authenticated", CloseAction.REFUSED, _NOTHING, "BOTGO errs/err.go"),
    CloseCode(4006, "the session id is invalid", CloseAction.IDENTIFY, _NOTHING, "WSERR"),
    CloseCode(4007, "the sequence number is wrong", CloseAction.IDENTIFY, _NOTHING, "WSERR"),
    CloseCode(4008, "frames were sent too fast", CloseAction.COOL_DOWN, _NOTHING, "WSERR"),
    CloseCode(4009, "the connection expired", CloseAction.RESUME_AT_ONCE, _NOTHING, "WSERR"),
    CloseCode(
        4010,
        "invalid shard",
        CloseAction.FATAL,
        "check shard_id and shard_count: the id must be below the count",
        "WSERR",
    ),
    CloseCode(
        4011,
        "too many guilds for one connection",
        CloseAction.FATAL,
        "start the bot with more shards (GET /gateway/bot recommends a count)",
        "WSERR",
    ),
    CloseCode(4012, "invalid protocol version", CloseAction.FATAL, "update qqgw, or check the gateway URL", "WSERR"),
    CloseCode(4013, "invalid intents", CloseAction.FATAL, _INTENTS, "WSERR"),
    CloseCode(4014, "an intent is not permitted", CloseAction.FATAL, _INTENTS, "WSERR"),
    *(
        CloseCode(code, "internal error of the gateway", CloseAction.IDENTIFY, _NOTHING, "WSERR")
        for code in range(4900, 4914)
    ),
    CloseCode(
        4914, "the bot is delisted", CloseAction.FATAL, "only the sandbox is open to it: use sandbox=True", "WSERR"
    ),
    CloseCode(4915, "the bot is banned", CloseAction.FATAL, "contact the platform", "WSERR"),
)

CLOSE_CODES: Final[Mapping[int, CloseCode]] = MappingProxyType({row.code: row for row in _ROWS})
"""The built-in rows by code."""

NO_OVERRIDES: Final[Mapping[int, CloseCode]] = MappingProxyType({})


def row_for(code: int, overrides: Mapping[int, CloseCode] = NO_OVERRIDES) -> CloseCode:
    """The row of a code: the user's, the built-in one, or for an unknown code a RESUME under budget."""
    row = overrides.get(code) or CLOSE_CODES.get(code)
    return row or CloseCode(code, "a code the protocol does not name", CloseAction.RESUME, _NOTHING, "none")
