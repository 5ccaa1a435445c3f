"""The simulated platform without any transport: what gateway and REST API have in common.

It owns world, sessions, accounts, ledger and the faults that wait, judges IDENTIFY and RESUME, and hands events to
sessions. Events made while no session stands wait for the first one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final, TypeAlias

import attrs
import trio

from qqgw_proto.machine.server_effects import JudgeIdentify, JudgeResume
from qqgw_proto.wire import frames
from qqgw_proto.wire.frames import JsonValue
from qqgw_trio.simulator.accounts import Accounts, StartBudget
from qqgw_trio.simulator.armory import Armory
from qqgw_trio.simulator.faults import FaultKind
from qqgw_trio.simulator.ledger import Break, IdentifySeen, Ledger, ResumeSeen, SentEvent
from qqgw_trio.simulator.receipts import Receipts
from qqgw_trio.simulator.sessions import Link, Replay, Session, Sessions
from qqgw_trio.simulator.settings import RESET_BY_RESUME, Refusal, SimulatorConfig
from qqgw_trio.simulator.world import World, WorldEvent

__all__ = ["BOT_NAME", "Platform", "Resumption", "Start"]

BOT_NAME: Final = "simulated bot"
_MOST_INTENTS: Final = 2**31
_VERSION: Final = 1


@attrs.frozen
class Start:
    """A granted IDENTIFY."""

    session: Session
    ready: bytes


@attrs.frozen
class Resumption:
    """A granted RESUME; RESUMED is made once the replay is out (`Session.resumed_frame`)."""

    session: Session
    replay: Replay


Denied: TypeAlias = tuple[str, Refusal]


class Platform:
    """One platform.

    Args:
        config: What it is.
        now: Seconds, growing; trio's clock by default.
    """

    def __init__(self, config: SimulatorConfig, now: Callable[[], float] = trio.current_time) -> None:
        self.config = config
        began = now()
        self.now = now
        self.ledger = Ledger()
        self.armory = Armory()
        self.receipts = Receipts(config.rest, now)
        self.world = World(
            config.seed, lambda: now() - began, config.epoch, group_mention_space=config.group_mention_space
        )
        rng = Random(f"platform {config.seed}")
        self.accounts = Accounts(config.app_id, config.secret, config.rest, rng, now)
        self.starts = StartBudget(config.start, now)
        self.sessions = Sessions(config.session, rng, now, self._session_ended)
        self._early: deque[WorldEvent] = deque()
        self._standing = trio.Event()

    # --- events

    async def wait_for_session(self) -> None:
        """Returns once a session stands."""
        while not self.sessions.standing:
            if self._standing.is_set():
                self._standing = trio.Event()
            await self._standing.wait()

    def say(self, kind: str, author: str | None, text: str) -> str:
        """Makes the world say exactly this; the event's id.

        Raises:
            ConfigurationError: An unknown kind.
        """
        event = self.world.say(kind, author, text)
        if not self._send(event):
            self._early.append(event)
        return event.event_id

    def draw(self) -> str | None:
        """Lets the world make one event that some session wants; its id, or None where none can be sent now."""
        sessions = self.sessions.standing
        for _attempt in range(len(self.world.types)):
            event = self.world.draw(lambda type_name: any(session.wants(type_name) for session in sessions))
            if event is None:
                return None
            if self._send(event):
                return event.event_id
        return None

    def _send(self, event: WorldEvent) -> bool:
        """Hands an event to all sessions that it is for."""
        takers = [one for one in self.sessions.standing if one.wants(event.type_name) and one.serves(event)]
        if takers:
            self.receipts.expect(event)
        for session in takers:
            # Entered first: a reply may come as soon as the event is out.
            seq = session.seq + 1
            self.ledger.events.append(self._entry(event, session, seq))
            session.push(event)
        return bool(takers)

    def _entry(self, event: WorldEvent, session: Session, seq: int) -> SentEvent:
        ids = (event.event_id, event.type_name, session.shard, session.session_id)
        return SentEvent(*ids, seq, self.now(), event.message_id)

    def release_early(self) -> None:
        """Sends what was said before any session stood; called once READY is out."""
        self._standing.set()
        for event in [self._early.popleft() for _ in range(len(self._early))]:
            if not self._send(event):
                self._early.append(event)

    # --- sessions

    def identify(self, asked: JudgeIdentify, link: Link) -> Start | Refusal:
        """Judges an IDENTIFY."""
        crowd = self.starts.crowd()
        if crowd > self.config.start.max_concurrency:
            self.ledger.violations.append(f"{crowd} IDENTIFYs within 5 s")
        # "READY shard [0,0]" is in the documents; a client that copied it is taken for unsharded.
        shard = (0, 1) if asked.shard == (0, 0) else asked.shard
        denied = self._deny_identify(asked, shard, crowd)
        self.ledger.identifies.append(IdentifySeen(self.now(), asked.intents, shard, denied[0] if denied else ""))
        if denied:
            return denied[1]
        session = self.sessions.begin(asked.intents, shard, link)
        return Start(session, self._ready_frame(session))

    def _deny_identify(self, asked: JudgeIdentify, shard: tuple[int, int], crowd: int) -> Denied | None:
        rules = self.config.refusal
        if not self.accounts.check_token(asked.token):
            return "token", rules.token
        if not self.starts.spend():
            return "starts are spent", rules.starts
        if self.config.start.enforce_concurrency and crowd > self.config.start.max_concurrency:
            return "too many at once", rules.starts
        if not 0 <= shard[0] < shard[1]:
            return "shard", rules.shard
        if asked.intents & rules.refused_intents or not 0 <= asked.intents < _MOST_INTENTS:
            return "intents", rules.intents
        struck = self.armory.strike(FaultKind.REFUSE_IDENTIFIES)
        if struck is not None:
            code = 4903 if struck.code is None else struck.code
            return "by order", Refusal(op9=struck.resumable, close=code, reason=struck.why or "create session error")
        return None

    def resume(self, asked: JudgeResume, link: Link) -> Resumption | Refusal:
        """Judges a RESUME."""
        session = self.sessions.find(asked.session_id)
        denied = self._deny_resume(asked, session)
        if denied is None and session is not None:
            overlap = self.config.session.overlap + self.armory.amount(FaultKind.REPLAY_OVERLAP)
            replay = session.replay(asked.seq, overlap=overlap, dropped=self.armory.amount(FaultKind.TRUNCATE_REPLAY))
            denied = self._deny_replay(session, asked, replay)
            if denied is None:
                self._note_resume(asked, len(replay.frames), "")
                self.sessions.attach(session, link)
                return Resumption(session, replay)
        why, refusal = denied or ("unknown session", self.config.refusal.unknown_session)
        self._note_resume(asked, 0, why)
        return refusal

    def _deny_resume(self, asked: JudgeResume, session: Session | None) -> Denied | None:
        rules = self.config.refusal
        if not self.accounts.check_token(asked.token):
            return "token", rules.token
        if self.config.session.resume_spends_start and not self.starts.spend():
            return "starts are spent", rules.starts
        struck = self.armory.strike(FaultKind.REFUSE_RESUMES)
        if struck is not None:
            code = RESET_BY_RESUME.close if struck.code is None else struck.code
            return "by order", attrs.evolve(RESET_BY_RESUME, close=code, reason=struck.why or RESET_BY_RESUME.reason)
        if session is None:
            return "unknown session", rules.unknown_session
        if not 0 <= asked.seq <= session.seq:
            self.sessions.end(session, "a number that was never sent")
            return "seq", rules.bad_seq
        return None

    def _deny_replay(self, session: Session, asked: JudgeResume, replay: Replay) -> Denied | None:
        if replay.missing is None:
            return None
        if self.config.session.truncated == "replay":
            first, last = replay.missing
            self.ledger.breaks.append(Break(self.now(), asked.session_id, "truncated replay", first, last))
            return None
        self.sessions.end(session, "the buffer no longer reaches so far")
        return "buffer", self.config.refusal.bad_seq

    def _note_resume(self, asked: JudgeResume, replayed: int, refused: str) -> None:
        self.ledger.resumes.append(ResumeSeen(self.now(), asked.session_id, asked.seq, replayed, refused))

    def _ready_frame(self, session: Session) -> bytes:
        # `version`, `session_id`, `user{id,username,bot}`, `shard [i,n]`: clients raise when one is missing (2.4).
        user: dict[str, JsonValue] = {
            "id": self.world.places.bot_user_id,
            "username": BOT_NAME,
            "bot": True,
            "status": 0,
        }
        data: dict[str, JsonValue] = {
            "version": _VERSION,
            "session_id": session.session_id,
            "user": user,
            "shard": list(session.shard),
        }
        return frames.dispatch("READY", 1, data)

    def _session_ended(self, session: Session, why: str) -> None:
        self.ledger.breaks.append(Break(self.now(), session.session_id, why))
