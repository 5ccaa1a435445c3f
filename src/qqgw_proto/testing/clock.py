"""Time that stands still until it is told to go on."""

from __future__ import annotations

from qqgw_proto.errors import MisuseError

__all__ = ["Seeded", "VirtualClock"]


class VirtualClock:
    """A clock to hand in wherever `now` is asked for.

    Args:
        now: Seconds at the beginning.
    """

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Lets time go on.

        Raises:
            MisuseError: Backwards.
        """
        if not seconds >= 0:
            raise MisuseError("a clock goes forward", remedy="give a number of seconds that is not negative")
        self.now += seconds


class Seeded:
    """A random source that is the same in every run, for the `random` of a `ClientGateway`.

    Args:
        seed: Any number.
    """

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed

    def getrandbits(self, count: int, /) -> int:
        """The seed, cut to so many bits."""
        return self.seed & ((1 << count) - 1)
