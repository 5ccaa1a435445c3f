"""Ways into every state of a shard, by public calls only.

A stage is named after the state that it ends in, with a comma and what is special about it where a state has several.
In every session of a stage READY came with `s` 1 and one event with `s` 2, which is not settled: so a RESUME asks from
2 and a lost session leaves one orphan.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import attrs

from qqgw_proto.config import ClientConfig, Deadlines, HeartbeatConfig, ReconnectConfig
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire import frames
from support.peer import Peer

__all__ = ["ABRUPT", "BRISK", "CONFIG", "EVERY", "LAST_CHANCE", "PATIENT", "STAGES", "bring", "state_of"]

# Every wait differs from every other, and no two ways of waiting for the next attempt can be taken for each other:
# promptly below 1 s, spread over 10 s after a suspend, up to 100 s by back-off, 500 s after 4008.
CONFIG: Final = ClientConfig(
    intents=1 << 0 | 1 << 9,
    reconnect=ReconnectConfig(
        max_attempts=2,
        initial_delay=100.0,
        max_delay=100.0,
        min_dial_interval=0.0,
        too_fast_delay=500.0,
        prompt_jitter=1.0,
        suspend_jitter=10.0,
    ),
    deadlines=Deadlines(permit=31, access=32, dial=11, upgrade=12, hello=13, ready=21, resumed=22, grace=4, write=3),
)
ABRUPT: Final = attrs.evolve(CONFIG, stop_code=None)


def with_last_chance(config: ClientConfig) -> ClientConfig:
    """The first refusal is the last."""
    return attrs.evolve(config, reconnect=attrs.evolve(config.reconnect, max_attempts=1))


LAST_CHANCE: Final = with_last_chance(CONFIG)
# With an interval of 1 s: a beat is overdue after 6 s, long before READY, RESUMED or the end of the grace are.
BRISK: Final = attrs.evolve(
    CONFIG,
    heartbeat=HeartbeatConfig(interval=1.0, timeout=0.5, max_missed=3),
    deadlines=attrs.evolve(CONFIG.deadlines, grace=9),
)
PATIENT: Final = attrs.evolve(BRISK, heartbeat=HeartbeatConfig(interval=1.0, timeout=0.5, max_missed=100))


def steep(config: ClientConfig) -> ClientConfig:
    """The first back-off is below 1 s, every later one goes up to 100 s, and 4008 asks for no more."""
    return attrs.evolve(
        config, reconnect=attrs.evolve(config.reconnect, initial_delay=0.9, backoff_factor=1e6, too_fast_delay=0.0)
    )


# So long that no beat falls due before the deadline of a state.
LONG_INTERVAL: Final = 600_000

Stage = Callable[[Peer], object]


def ready(session_id: str = "S1", seq: int = 1) -> bytes:
    return frames.dispatch("READY", seq, {"version": 1, "session_id": session_id, "user": {"id": "1"}, "shard": [0, 1]})


def event(seq: int | None) -> bytes:
    return frames.dispatch("GUILD_CREATE", seq, {"id": "1"}, f"GUILD_CREATE:{seq}")


def resumed(seq: int) -> bytes:
    return frames.dispatch("RESUMED", seq, "")


def hello(peer: Peer) -> str:
    return peer.say(frames.hello(LONG_INTERVAL))


FRESH: Final[tuple[Stage, ...]] = (
    Peer.start,
    Peer.permit,
    Peer.grant,
    Peer.open,
    Peer.accept,
    hello,
    lambda peer: peer.say(ready(), event(2)),
)
AGAIN: Final = (Peer.grant, Peer.open, Peer.accept, hello)
LOST: Final = (*FRESH, Peer.lose)
RETRIED: Final = (*LOST, Peer.wait_due)
DROPPED: Final[tuple[Stage, ...]] = (*FRESH, lambda peer: peer.close(4006))
RENEWED: Final[tuple[Stage, ...]] = (lambda peer: peer.close(4004), Peer.wait_due)


def op_9(*, resumable: bool) -> Stage:
    return lambda peer: peer.say(frames.invalid_session(resumable))


def op_7(peer: Peer) -> str:
    return peer.say(frames.reconnect())


def _stages() -> dict[str, tuple[Stage, ...]]:
    names = ("PERMITTING", "PREPARING", "DIALING", "UPGRADING", "GREETING", "IDENTIFYING", "READY")
    stages: dict[str, tuple[Stage, ...]] = {"IDLE": ()}
    stages |= {name: FRESH[: count + 1] for count, name in enumerate(names)}
    again = ("PREPARING", "DIALING", "UPGRADING", "GREETING", "RESUMING")
    stages |= {f"{name}, to resume": (*RETRIED, *AGAIN[:count]) for count, name in enumerate(again)}
    stages["RESUMING"] = stages.pop("RESUMING, to resume")
    orphaned = ("PERMITTING", "PREPARING", "DIALING", "UPGRADING", "GREETING", "IDENTIFYING")
    stages |= {
        f"{name}, orphan": (*DROPPED, Peer.wait_due, *FRESH[1 : count + 1]) for count, name in enumerate(orphaned)
    }
    stages |= {
        "WAITING": LOST,
        "WAITING, orphan": DROPPED,
        "DOUBTING_IDENTIFY": (*stages["IDENTIFYING"], op_9(resumable=False)),
        "DOUBTING_IDENTIFY, orphan": (*stages["IDENTIFYING, orphan"], op_9(resumable=False)),
        "DOUBTING_SESSION": (*FRESH, op_9(resumable=False)),
        "DOUBTING_SESSION, d true": (*FRESH, op_9(resumable=True)),
        "CLOSING": (*FRESH, Peer.stop),
        "STOPPED": (*FRESH, Peer.stop, Peer.lose),
        "FAILED": (*stages["IDENTIFYING"], lambda peer: peer.close(4914)),
        "FAILED, with a session": (*RETRIED, lambda peer: peer.deny(fatal=True)),
    }
    return stages | _stages_of_recovery(stages)


def _stages_of_recovery(stages: dict[str, tuple[Stage, ...]]) -> dict[str, tuple[Stage, ...]]:
    """Where an op 7 came on the connection before, or the token has been renewed after a refusal."""
    after: dict[str, tuple[Stage, ...]] = {}
    routine = (*stages["GREETING"], op_7, Peer.wait_due, *FRESH[1:])
    after |= {f"{name}, after op 7": routine[:length] for name, length in (("GREETING", -2), ("IDENTIFYING", -1))}
    after["READY, after op 7"] = routine
    after["RESUMING, after op 7"] = (*FRESH, op_7, Peer.wait_due, *AGAIN)
    after["GREETING, to resume, after op 7"] = after["RESUMING, after op 7"][:-1]
    renewed = (*stages["GREETING"], *RENEWED, *FRESH[1:-1])
    after |= {f"{name}, renewed": renewed[:length] for name, length in (("GREETING", -1), ("IDENTIFYING", None))}
    after |= {f"{name}, renewed": renewed[:length] for name, length in (("DIALING", -3), ("UPGRADING", -2))}
    after["DIALING, to resume, renewed"] = (*FRESH, *RENEWED, *AGAIN[:1])
    after["UPGRADING, to resume, renewed"] = (*FRESH, *RENEWED, *AGAIN[:2])
    after["RESUMING, renewed"] = (*FRESH, *RENEWED, *AGAIN)
    after["GREETING, to resume, renewed"] = after["RESUMING, renewed"][:-1]
    after["DOUBTING_IDENTIFY, renewed"] = (*renewed, op_9(resumable=False))
    after["DOUBTING_IDENTIFY, orphan, renewed"] = (
        *stages["IDENTIFYING, orphan"],
        *RENEWED,
        *FRESH[1:-1],
        op_9(resumable=False),
    )
    after["IDENTIFYING, orphan, renewed"] = after["DOUBTING_IDENTIFY, orphan, renewed"][:-1]
    for text, resumable in (("", False), (", d true", True)):
        after[f"DOUBTING_SESSION{text}, renewed"] = (*after["RESUMING, renewed"], op_9(resumable=resumable))
    return after


STAGES: Final = MappingProxyType(_stages())

EVERY: Final = tuple(state.name for state in ConnectionState)
"""The plain way into each state."""


def state_of(stage: str) -> ConnectionState:
    """The state that a stage ends in."""
    return ConnectionState[stage.partition(",")[0]]


def bring(peer: Peer, stage: str) -> Peer:
    """Brings a shard there, and makes sure that it is there."""
    for call in STAGES[stage]:
        call(peer)
    assert peer.client.state is state_of(stage), f"{stage} is not reached: {peer.client.explain(peer.now)}"
    return peer
