"""What the owner of a shard brings, whatever moves its bytes: access, a handler, an ear; and the shard's journal."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias, cast

import attrs
import msgspec

from qqgw_proto import ClientConfig, ClientGateway, Deadlines, Dispatch, ReconnectConfig
from qqgw_proto.journal import Entry, Recorder, read_journal
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import Seeded
from qqgw_proto.wire.doors import Door

TOKEN = "a-token"
SEED = 2

# Real time passes here: no wait is longer than it must be, and nothing is saved because time has passed.
CONFIG = ClientConfig(
    intents=1 << 25,
    reconnect=ReconnectConfig(initial_delay=0.001, max_delay=0.001, prompt_jitter=0.0, min_dial_interval=0.0),
    deadlines=Deadlines(hello=1.0),
    save_interval=3600.0,
)

_Told: TypeAlias = tuple[str, object]
_Step: TypeAlias = tuple[int, float, _Told, list[_Told]]


@attrs.define(eq=False)
class Client:
    """One shard and its owner.

    Attributes:
        url: Of the gateway.
        door: How it speaks.
        config: Of the shard.
        handlers: Whether handlers return; cleared, they do not until it is set.
        renewals: For each time that access was asked for, whether another token was wanted.
        came: How often each kind of input and of effect was.
        texts: What the handler was given.
        failure: What the run raised.
    """

    url: str
    door: Door
    config: ClientConfig = CONFIG
    handlers: threading.Event = attrs.field(factory=threading.Event, init=False)
    renewals: list[bool] = attrs.field(factory=list[bool], init=False)
    came: Counter[str] = attrs.field(factory=Counter[str], init=False)
    texts: list[str] = attrs.field(factory=list[str], init=False)
    notices: list[do.Effect] = attrs.field(factory=list[do.Effect], init=False)
    failure: BaseException | None = attrs.field(default=None, init=False)
    gateway: ClientGateway = attrs.field(init=False)
    _lines: list[bytes] = attrs.field(factory=list[bytes], init=False)
    _news: threading.Condition = attrs.field(factory=threading.Condition, init=False)

    def __attrs_post_init__(self) -> None:
        recorder = Recorder(self._write)
        self.handlers.set()
        self.gateway = ClientGateway(self.config, Seeded(SEED), wire=self.door, observer=recorder)
        recorder.begin(self.gateway)

    # --- what an adapter calls

    def access(self, renew: bool) -> tuple[str, str]:
        self.renewals.append(renew)
        return self.url, TOKEN

    def permit(self) -> None:
        pass

    def handle(self, event: Dispatch) -> None:
        self.handlers.wait()  # On an event loop it has been awaited before.
        with self._news:
            self.texts.append(msgspec.json.decode(event.d)["content"])

    def notice(self, effect: do.Effect) -> None:
        with self._news:
            self.notices.append(effect)
            self._news.notify_all()

    def ended(self, failure: BaseException | None) -> None:
        with self._news:
            self.failure = failure
            self._news.notify_all()

    # --- what a scenario asks

    def count(self, kind: type[do.Effect]) -> int:
        """How many notices of a kind came."""
        return sum(isinstance(notice, kind) for notice in self.notices)

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits until something has come true by what the shard did."""
        with self._news:
            assert self._news.wait_for(lambda: self.failure is not None or condition(), 30), self.gateway.explain(0.0)
        if isinstance(self.failure, BaseException):
            raise self.failure

    def until_settled(self, sessions: int, events: int) -> None:
        """Waits until a session has stood so often and so many events are handled, and the core knows it."""

        def is_settled() -> bool:
            stood = self.count(do.Ready) + self.count(do.Resumed)
            return stood == sessions and len(self.texts) == events and self._open_events() == 0

        self.until(is_settled)

    def _open_events(self) -> int:
        session = self.gateway.session
        return 0 if session is None else session.sequence_number - session.settled

    @property
    def journal_length(self) -> int:
        """How many steps there were."""
        return len(self._lines) - 1

    def journal(self) -> list[Entry]:
        [recording] = read_journal(self._lines)
        return recording.entries

    def _write(self, line: bytes) -> None:
        with self._news:
            self._lines.append(line)
            told: object = msgspec.json.decode(line)
            if isinstance(told, list):
                [_, _, given, effects] = cast("_Step", told)
                self.came.update(name for name, _ in (given, *effects))
            self._news.notify_all()
