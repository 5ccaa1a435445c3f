"""What a WebSocket close frame can carry (RFC 6455 5.5 and 7.4)."""

from __future__ import annotations

from typing import Final

__all__ = ["CODES", "LONGEST_REASON", "NORMAL_CLOSURE", "UNSENDABLE", "can_carry", "is_reason"]

NORMAL_CLOSURE: Final = 1000

CODES: Final = range(1000, 5000)
"""0-999 "are not used", and none is defined above 4999 (7.4.2)."""

UNSENDABLE: Final = (1004, 1005, 1006, 1015)
"""Codes among these that never travel: 1004 is reserved, the others "MUST NOT be set" in a close frame (7.4.1)."""

LONGEST_REASON: Final = 123
"""Bytes: a control frame holds 125, and the code takes two (5.5)."""


def can_carry(code: int) -> bool:
    """Whether a close frame can carry this code."""
    return code in CODES and code not in UNSENDABLE


def is_reason(text: str) -> bool:
    """Whether a close frame can carry these words whole, and a log can show them on one line."""
    return text.isprintable() and len(text.encode()) <= LONGEST_REASON
