"""Records the journals of this folder anew: `PYTHONPATH=src:tests python tests/replay/record.py`.

A journal is a promise: a shard that met the same gets the same effects from every later version. So they are recorded
anew only where the machine is meant to behave otherwise; the commit that does so says why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from typing_extensions import override

from pairing import Judgement, Pair
from qqgw_proto import ByteWire, ClientConfig, ClientGateway, ServerConfig
from qqgw_proto.journal import Recorder
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Input
from qqgw_proto.wire import frames

HERE = Path(__file__).parent
ROUNDS = 40
ZERO = 1_790_000_000.0

CLOSES = (1000, 1001, 4321, 4000, 4004, 4006, 4007, 4008, 4009, 4900, 4902, 4903)
REFUSALS = (
    Judgement(close=4902),
    Judgement(close=4009),
    Judgement(frames=(frames.invalid_session(resumable=False),), close=4903, refuses=True),
    Judgement(frames=(frames.invalid_session(resumable=True),), refuses=True),
    Judgement(frames=(frames.invalid_session(resumable=False),), refuses=True),
    Judgement(frames=(frames.reconnect(),), close=4009),
)


class Recorded(Pair):
    """A pair whose client keeps a journal."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        config = ClientConfig(intents=1 << 25)
        super().__init__(ByteWire(), config, ServerConfig(heartbeat_timeout=None))

    @override
    def _begin_life(self) -> None:
        super()._begin_life()
        recorder = Recorder(self.lines.append)

        def observe(given: Input, now: float, made: Sequence[MachineEffect]) -> None:
            recorder(given, now, made)
            self.checks.observe(given, now, made)

        self.client = ClientGateway(self.config, Random(self.lives), wire=self.door, observer=observe)
        recorder.begin(self.client, ZERO)

    def go_on(self, seconds: float) -> None:
        """Everybody does what is asked of him, and so many seconds pass."""
        self.answer_all()
        self.move_all()
        self.wait(seconds)
        self.answer_all()
        self.move_all()


def outage(pair: Recorded, chance: Random) -> None:
    """Connections break, cleanly, with a code, or without a word."""
    pair.say(chance.randrange(4))
    pair.go_on(chance.choice((0.5, 3.0, 50.0)))
    chance.choice(
        (
            lambda: pair.close(chance.choice(CLOSES)),
            lambda: pair.send(frames.reconnect()),
            lambda: pair.sleep(chance.choice((70.0, 4000.0))),
            lambda: pair.settle(range(chance.randrange(5))),
        )
    )()


def refusal(pair: Recorded, chance: Random) -> None:
    """The gateway refuses what the client says."""
    pair.say(chance.randrange(3))
    pair.go_on(chance.choice((0.5, 12.0)))
    chance.choice(
        (
            lambda: pair.refuse(chance.choice(REFUSALS)),
            lambda: pair.close(chance.choice(CLOSES)),
        )
    )()


def crash(pair: Recorded, chance: Random) -> None:
    """The process is killed and begins again with what was saved."""
    if pair.lives == 1 or chance.random() < 0.3:
        pair.go_on(2.0)
        pair.crash()
        pair.start()
    pair.say(chance.randrange(5))
    pair.go_on(chance.choice((0.2, 1.5)))
    pair.settle(range(0, chance.randrange(1, 5), 2))


def pressure(pair: Recorded, chance: Random) -> None:
    """The workers have no room, then again some."""
    pair.pause(paused=chance.random() < 0.5)
    pair.say(chance.randrange(6))
    pair.go_on(chance.choice((0.5, 45.0, 130.0)))
    pair.settle(range(chance.randrange(6)))


THEMES: tuple[Callable[[Recorded, Random], None], ...] = (outage, refusal, crash, pressure)


def record(theme: Callable[[Recorded, Random], None]) -> bytes:
    """A journal on this theme; it ends with a stop."""
    pair, chance = Recorded(), Random(1)
    pair.start()
    for _ in range(ROUNDS):
        theme(pair, chance)
    pair.pause(paused=False)
    pair.go_on(60.0)
    pair.stop()
    pair.go_on(10.0)
    return b"".join(pair.lines)


if __name__ == "__main__":
    for one in THEMES:
        content = record(one)
        (HERE / f"{one.__name__}.journal").write_bytes(content)
        sys.stdout.write(f"{one.__name__}.journal: {len(content)} bytes, {content.count(bytes([10]))} lines\n")
