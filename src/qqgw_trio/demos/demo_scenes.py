"""The scenes of `qqgw demo --faults`: in words, what is done to the bot, and how it must come out of it.

Together they hold every `FaultKind` of the simulator, and SIGKILL.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

import attrs

from qqgw_trio.simulator.faults import Fault, FaultKind

__all__ = ["SCENES", "Scene", "Way"]


@unique
class Way(Enum):
    """How a scene ends, when all goes well."""

    STAYS = "the connection holds"
    RESUMES = "the bot comes back by RESUME"
    IDENTIFIES = "the platform ends the session: the bot says so by one Gap, and begins a new one"
    """Nothing is said between the fault and the new session; it could not be brought back."""
    KILLED_AT_WORK = "the process is killed while it handles events, and started again"
    KILLED_IN_REPLAY = "the process is killed in the middle of a replay, and started again"
    KILLED_AT_START = "the process is killed, and the next one while it connects"


@attrs.frozen
class Scene:
    """One scene.

    Attributes:
        says: What is done to the bot.
        faults: Done in this order, at once.
        way: How the bot comes out of it.
    """

    says: str
    faults: tuple[Fault, ...]
    way: Way = Way.RESUMES


K: Final = FaultKind
_RESET: Final = Fault(K.RESET)

SCENES: Final = (
    Scene("TCP reset", (_RESET,)),
    Scene("end of the TCP connection without a close frame", (Fault(K.EOF),)),
    Scene("SIGKILL of the bot's process while it handles events", (), Way.KILLED_AT_WORK),
    Scene("the link goes half-open: silence both ways", (Fault(K.HALF_OPEN),)),
    Scene("a frame stops at byte 20, then silence", (Fault(K.STALLED_FRAME, at=20),)),
    Scene("a frame stops at byte 20, then the connection ends", (Fault(K.CUT_FRAME, at=20),)),
    Scene("bytes that are no WebSocket frame", (Fault(K.GARBAGE),)),
    Scene("a message that is no JSON", (Fault(K.GARBAGE_TEXT),), Way.STAYS),
    Scene("op 7, close 4009 behind it", (Fault(K.RECONNECT),)),
    Scene("close 4009, as every half an hour", (Fault(K.CLOSE, code=4009),)),
    Scene("close 4000", (Fault(K.CLOSE, code=4000),)),
    Scene("close 1001", (Fault(K.CLOSE, code=1001),)),
    Scene("op 9 that may resume, then EOF", (Fault(K.INVALID_SESSION, resumable=True),)),
    Scene("SIGKILL in the middle of a replay", (_RESET,), Way.KILLED_IN_REPLAY),
    Scene("op 9, close 4903 behind it", (Fault(K.INVALID_SESSION, code=4903),), Way.IDENTIFIES),
    Scene("op 9, EOF behind it", (Fault(K.INVALID_SESSION),), Way.IDENTIFIES),
    Scene("close 4006: the session is invalid", (Fault(K.CLOSE, code=4006),), Way.IDENTIFIES),
    Scene("the platform forgets all sessions, then resets", (Fault(K.FORGET_SESSIONS), _RESET), Way.IDENTIFIES),
    Scene(
        "the platform forgets all sessions, and refuses the next IDENTIFY twice: op 9, close 4903",
        (Fault(K.FORGET_SESSIONS), Fault(K.REFUSE_IDENTIFIES, count=2), _RESET),
        Way.IDENTIFIES,
    ),
    Scene("a RESUME refused with 4902", (Fault(K.REFUSE_RESUMES), _RESET), Way.IDENTIFIES),
    Scene("the replay after a reset lacks its first 3 events", (Fault(K.TRUNCATE_REPLAY, count=3), _RESET)),
    Scene("no heartbeat is acknowledged any more", (Fault(K.ACK_SILENCE),)),
    Scene("the gateway asks for heartbeats (op 1), ten at once", (Fault(K.HEARTBEAT, count=10),), Way.STAYS),
    Scene("the gateway writes 256 bytes at a time", (Fault(K.SLOW_WRITES, at=256, seconds=0.02),), Way.STAYS),
    Scene("a RESUME without an answer", (Fault(K.SWALLOW), _RESET)),
    Scene("two upgrades refused with HTTP 503", (Fault(K.REFUSE_UPGRADES, count=2), _RESET)),
    Scene("a replay that repeats 5 events", (Fault(K.REPLAY_OVERLAP, count=5), _RESET)),
    Scene("all access tokens expire", (Fault(K.EXPIRE_TOKENS), _RESET)),
    Scene("REST answers HTTP 500 twice", (Fault(K.REST, count=2, code=500, route="messages"),), Way.STAYS),
    Scene("REST answers HTTP 429", (Fault(K.REST, code=429, seconds=0.2, route="messages"),), Way.STAYS),
    Scene("SIGKILL, and again while the next process connects", (), Way.KILLED_AT_START),
)
