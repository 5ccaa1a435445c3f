"""The one bot that the platform knows: app id, secret, access tokens, and how many sessions it may start.

Tokens follow API:44,73-75: a call gives the same token with less time left, until its last minute; then a new one, and
the old one stays valid to its end. Wherever a client shows a token, `check_token` accepts the forms that real ones
send: "QQBot x", the bare "x" (§1.6), and, where set, the legacy "Bot appid.x".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final

import attrs

from qqgw_trio.simulator.settings import RestSettings, StartSettings

__all__ = ["Accounts", "IssuedToken", "StartBudget"]

_WINDOW: Final = 5.0  # max_concurrency counts "per 5 s" (GWB:37)
_TOLERANCE: Final = 0.001  # of a client that waits exactly so long by a clock of its own
_ROUNDING: Final = 1e-6  # what (a + b) - a may be short of b


@attrs.frozen
class IssuedToken:
    """An access token and the instant of its end."""

    text: str = attrs.field(repr=False)
    expires_at: float


class Accounts:
    """Who may come in.

    Args:
        app_id: The one app id.
        secret: Its secret; None = made from the chance.
        settings: Lifetimes and forms of tokens.
        rng: Makes secret and tokens.
        now: Seconds, growing.
    """

    def __init__(
        self, app_id: str, secret: str | None, settings: RestSettings, rng: Random, now: Callable[[], float]
    ) -> None:
        self.app_id = app_id
        self.secret = secret or _random_word(rng, 32)
        self._settings = settings
        self._rng = rng
        self._now = now
        self._tokens: list[IssuedToken] = []

    def issue(self) -> tuple[IssuedToken, int]:
        """The token to use now, and the whole seconds that are left of it."""
        now = self._now()
        self._tokens = [token for token in self._tokens if token.expires_at > now]
        if not self._tokens or self._tokens[-1].expires_at - now <= self._settings.token_overlap:
            self._tokens.append(IssuedToken(_random_word(self._rng, 64), now + self._settings.token_lifetime))
        newest = self._tokens[-1]
        return newest, int(newest.expires_at - now + _ROUNDING)

    def expire_tokens(self) -> None:
        """Makes every token worthless."""
        self._tokens.clear()

    def is_valid(self, token: str) -> bool:
        """Whether this is an access token that has not ended."""
        return any(known.text == token and known.expires_at > self._now() for known in self._tokens)

    def check_token(self, shown: str) -> bool:
        """Whether an IDENTIFY, a RESUME or an `Authorization` header shows a valid token."""
        kind, _, rest = shown.partition(" ")
        if kind == "Bot":
            app_id, _, token = rest.partition(".")
            known = token == self.secret or self.is_valid(token)
            return self._settings.accept_legacy and app_id == self.app_id and known
        return self.is_valid(rest if kind == "QQBot" else shown)


class StartBudget:
    """`session_start_limit`: what is left, and how many IDENTIFYs came within 5 s.

    Args:
        settings: The limits.
        now: Seconds, growing.
    """

    def __init__(self, settings: StartSettings, now: Callable[[], float]) -> None:
        self.settings = settings
        self._now = now
        self._began = now()
        self._spent = 0
        self._recent: deque[float] = deque()

    @property
    def remaining(self) -> int:
        """Starts that are left in this period."""
        self._turn()
        return max(self.settings.total - self._spent, 0)

    @property
    def reset_after(self) -> int:
        """Milliseconds to the next period (GWB:36)."""
        self._turn()
        return round((self._began + self.settings.reset_after - self._now()) * 1000)

    def spend(self) -> bool:
        """Takes one start; False where none is left."""
        if self.remaining == 0:
            return False
        self._spent += 1
        return True

    def crowd(self) -> int:
        """Notes an IDENTIFY, and how many came within 5 s, this one included."""
        now = self._now()
        while self._recent and self._recent[0] <= now - _WINDOW + _TOLERANCE:
            self._recent.popleft()
        self._recent.append(now)
        return len(self._recent)

    def _turn(self) -> None:
        periods = int((self._now() - self._began) // self.settings.reset_after)
        if periods > 0:
            self._began += periods * self.settings.reset_after
            self._spent = 0


def _random_word(rng: Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"
