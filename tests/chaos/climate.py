"""What one seed is like from beginning to end: the platform's habits, the bot's settings, how often what goes wrong.

Everything that is unknown about the real platform is drawn here (`SessionSettings`), so that no run stands for all.
"""

from __future__ import annotations

from random import Random

import attrs

from qqgw_proto.config import ReconnectConfig
from qqgw_trio.delivery.workers import WorkerConfig
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig, StartSettings

__all__ = ["DAY", "SHORT_PERIOD", "Climate"]

DAY = 86_400.0
SHORT_PERIOD = 900.0
"""Of the start budget, where a strike may spend it and the bot can be expected to wait for the next."""


@attrs.frozen
class Climate:
    """One seed's world.

    Attributes:
        seed: Of everything.
        platform: The simulated platform.
        shards: Of the bot, all in one process.
        workers: The bot's buffer.
        reconnect: How its shards come back.
        event_every: Mean seconds between two events.
        burst: Events of one burst; it has more than the buffer holds.
        slowness: Mean seconds that a slow handler takes.
        fault_every: Mean seconds between two faults of a storm.
        suspends: Whether the bot's machine is one that sleeps.
        save_interval: Of the session store; 0 = what is saved is on the disk at once.
    """

    seed: int
    platform: SimulatorConfig
    shards: int
    workers: WorkerConfig
    reconnect: ReconnectConfig
    event_every: float
    burst: int
    slowness: float
    fault_every: float
    suspends: bool
    save_interval: float

    @classmethod
    def of(cls, seed: int) -> Climate:
        """The climate of a seed."""
        rng = Random(f"climate {seed}")
        shards = rng.choice([1, 1, 1, 2])
        capacity = rng.choice([20, 100, 1000])
        return cls(
            seed=seed,
            platform=_platform(seed, shards, rng),
            shards=shards,
            workers=WorkerConfig(capacity=capacity, parallel=rng.choice([2, 16, 64])),
            reconnect=ReconnectConfig(max_attempts=rng.choice([5, 5, None])),
            event_every=rng.choice([45.0, 90.0]) * shards,
            burst=rng.choice([30, 300]),
            slowness=rng.choice([1.0, 20.0]),
            fault_every=rng.choice([300.0, 450.0, 900.0]),
            suspends=rng.random() < 0.3,
            save_interval=rng.choice([0.0, 1.0]),
        )


def _platform(seed: int, shards: int, rng: Random) -> SimulatorConfig:
    crowds = rng.random() < 0.3
    total, reset_after = rng.choice([(1500, DAY), (1500, SHORT_PERIOD), (1500, SHORT_PERIOD), (60, DAY)])
    return SimulatorConfig(
        events=0,
        seed=seed,
        session=_session(rng),
        start=StartSettings(shards=shards, total=total * shards, reset_after=reset_after, enforce_concurrency=crowds),
    )


def _session(rng: Random) -> SessionSettings:
    trims = rng.random() < 0.2
    numbering = rng.choice(["own", "own", "last"])
    # Where RESUMED repeats the last number, or where heartbeats free the buffer, a hole in the replay cannot be seen
    # by any client: there the platform refuses.
    seen = numbering == "own" and not trims
    return SessionSettings(
        replay_buffer=rng.choice([200, 2000]),
        resume_window=rng.choice([60.0, 300.0]),
        trim_on_heartbeat=trims,
        overlap=rng.choice([0, 0, 3]),
        truncated="replay" if seen and rng.random() < 0.7 else "refuse",
        resumed_seq="own" if numbering == "own" else "last",
        ending_codes=frozenset(rng.choice([(), (1000, 1001)])),
        resume_spends_start=False,
        answer_delay=rng.choice([0.0, 0.5]),
        replay_pause=rng.choice([0.0, 0.01]),
        # "The connection expires after about 30 minutes": op 7, and close 4009 behind it.
        lifetime=rng.choice([None, 1800.0, 1800.0]),
        close_after_reconnect=rng.choice([1.0, None]),
    )
