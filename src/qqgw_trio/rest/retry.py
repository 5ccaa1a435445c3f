"""How often and how soon a request is repeated: one policy for REST and for the access token, and `Retry-After`.

The delay before a repetition grows from failure to failure up to `max_delay`, half of it fixed and half of it random,
so that many bots that lost the same server do not come back in step. What may be repeated at all is decided where the
request is known (`api_session.py`, `token.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import attrs

from qqgw_proto.config_rules import COUNT, POSITIVE, checked

__all__ = ["MAX_RETRY_AFTER", "UNNAMED_RATE_LIMIT", "RandomSource", "RetryPolicy", "retry_after_of"]

MAX_RETRY_AFTER = 3600.0
"""Seconds; the longest wait that a server may ask for (design 5)."""

UNNAMED_RATE_LIMIT = 60.0
"""Seconds to wait "where a rate limit names no time" (design 5)."""

_MOST_DOUBLINGS = 32


class RandomSource(Protocol):
    """The one method of `random.Random` that is used."""

    def random(self) -> float:
        """From 0 up to, not including, 1."""
        ...


@attrs.frozen(field_transformer=checked)
class RetryPolicy:
    """When a failed request is repeated.

    Attributes:
        attempts: Requests made in all for one call, the first included.
        initial_delay: Seconds before the first repetition, at most.
        max_delay: Seconds before any repetition, at most.
        backoff_factor: Growth from one repetition to the next.
        max_wait: Seconds; a server that asks to wait longer gets no repetition: the caller gets the error at once.

    Raises:
        ConfigurationError: A value cannot work.
    """

    attempts: int = attrs.field(default=3, validator=COUNT)
    initial_delay: float = attrs.field(default=1.0, validator=POSITIVE)
    max_delay: float = attrs.field(default=8.0, validator=POSITIVE)
    backoff_factor: float = attrs.field(default=2.0, validator=POSITIVE)
    max_wait: float = attrs.field(default=30.0, validator=POSITIVE)

    def delay(self, failures: int, random: RandomSource) -> float:
        """Seconds to wait after that many failures in a row (1 or more)."""
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        whole = min(self.initial_delay * self.backoff_factor**doublings, self.max_delay)
        return whole * (1 + random.random()) / 2


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for.

    Args:
        headers: Of the answer, names in lower case.

    Returns:
        Seconds from 0 to `MAX_RETRY_AFTER`, or None where the header is missing or makes no sense. A date is measured
        against the answer's own `Date`, never against this machine's clock, which may be wrong.
    """
    text = headers.get("retry-after", "").strip()
    seconds = _seconds_of(text)
    if seconds is None and text:
        seconds = _seconds_between(headers.get("date", ""), text)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _seconds_of(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _seconds_between(earlier: str, later: str) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - dates of answers are seldom needed

    try:
        return (parsedate_to_datetime(later) - parsedate_to_datetime(earlier)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
