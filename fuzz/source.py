"""Reads decisions out of bytes: the same bytes, the same decisions; where they end, all further ones are zero."""

from __future__ import annotations

__all__ = ["Source", "pieces"]


class Source:
    """A stream of decisions.

    Args:
        data: What a fuzzer made up.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._position

    def byte(self) -> int:
        """A number from 0 to 255."""
        return self.take(1)[0] if self.left else 0

    def below(self, bound: int) -> int:
        """A number below a bound of at most 256."""
        return self.byte() % bound

    def take(self, count: int) -> bytes:
        """At most so many bytes."""
        taken = self._data[self._position : self._position + count]
        self._position += len(taken)
        return taken


def pieces(data: bytes, seed: int) -> list[bytes]:
    """Cuts data into pieces whose sizes a seed decides: 0 gives single bytes."""
    cut: list[bytes] = []
    position, size = 0, seed
    while position < len(data):
        # The sizes wander, so that cuts fall everywhere: a multiplier of full period modulo 251.
        size = (size * 6 + seed) % 251
        step = 1 + size % (1 + seed % 37)
        cut.append(data[position : position + step])
        position += step
    return cut
