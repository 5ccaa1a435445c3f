"""Target `life`: a whole life of a shard, one public call after another, right and wrong, with time, crash and restart.

Byte 0 chooses the door (bit 0) and the settings (bits 1 and 2), byte 1 the cuts, then each step is one byte and what it
needs. Oracles: only the documented errors are raised, and they change nothing (I12); the same calls give the same
effects (I10); another chunking gives the same effects, neighbouring batches joined (I14); the token is seen only in a
write (I11); saved <= settled <= received (I4); no two dials closer than a second, and a permit is always returned (I7);
notices are balanced (I9); every waiting state has a deadline (I6), and a tick leaves nothing due: no shell spins.
"""

from __future__ import annotations

from fuzz.menu import TOKEN
from fuzz.player import Player
from fuzz.source import Source

__all__ = ["fuzz_life"]

MOST_STEPS = 150


def fuzz_life(data: bytes) -> None:
    """One input."""
    if TOKEN.encode() in data:
        return
    whole = _play(data, seed=None)
    assert _play(data, seed=None) == whole, "I10"
    assert _play(data, seed=None, misused=False) == whole, "I12: a call that is forbidden has changed something"
    assert _play(data, seed=data[1] if len(data) > 1 else 0) == whole, "I14"


def _play(data: bytes, seed: int | None, *, misused: bool = True) -> list[object]:
    source = Source(data)
    flags = source.byte()
    source.byte()
    player = Player(hosted=bool(flags & 1), settings=flags >> 1 & 3, seed=seed, misused=misused)
    for _ in range(MOST_STEPS):
        if not source.left:
            break
        player.step(source)
    player.finish()
    return player.trace.joined()
