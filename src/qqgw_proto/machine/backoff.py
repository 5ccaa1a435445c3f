"""How long to wait before the next attempt, and the machine's own deterministic chance.

Full jitter: a delay is drawn evenly from 0 to min(cap, initial * factor ** failures). Floors are applied afterwards by
the caller. Chance is a splitmix64 sequence whose position is part of the machine's data, so that a step is a pure
function: the generator that the owner hands in only chooses where the sequence starts.
"""

from __future__ import annotations

from typing import Final, Protocol

from qqgw_proto.config import ReconnectConfig

__all__ = ["Randomness", "backoff_bound", "draw"]

_MASK: Final = 2**64 - 1
_STRIDE: Final = 0x9E3779B97F4A7C15


class Randomness(Protocol):
    """What the core asks of a generator; `random.Random` fits."""

    def getrandbits(self, count: int, /) -> int:
        """Gives an integer with `count` random bits."""
        ...


def draw(seed: int) -> tuple[int, float]:
    """The next position and a number from 0 (inclusive) to 1 (exclusive)."""
    seed = (seed + _STRIDE) & _MASK
    mixed = seed
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return seed, ((mixed ^ (mixed >> 31)) >> 11) / 2**53


def backoff_bound(config: ReconnectConfig, failures: int) -> float:
    """Upper bound in seconds of the delay after this many failures in a row."""
    # The exponent is capped: after days of outage factor ** failures would overflow a float.
    try:
        return min(config.max_delay, config.initial_delay * config.backoff_factor ** min(failures, 64))
    except OverflowError:  # a factor of 2**16 and more
        return config.max_delay
