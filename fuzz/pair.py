"""Target `pair`: a shard against a real gateway's end, over a link that a script cuts, delays and breaks.

Byte 0 chooses the cuts, then each byte is a step: bytes move, time passes, events are sent, either side closes, the
link dies or changes a byte, the gateway says something odd. Oracles: nothing is raised (I12); the same script gives the
same journey (I10); events of a session arrive in order and none is missing without a `Gap` (I3); the token goes over
the link only inside IDENTIFY or RESUME (I11); when the script ends and the link is sound, READY is reached (I6).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from fuzz.menu import LOST, STEPS, TOKEN, URL
from fuzz.source import Source, pieces
from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, ServerGateway
from qqgw_proto.machine import effects as do
from qqgw_proto.machine import server_effects as serve
from qqgw_proto.wire import frames

__all__ = ["fuzz_pair"]

MOST_STEPS = 120
MOST_ROUNDS = 60
ODD = (frames.reconnect(), frames.invalid_session(resumable=False), frames.invalid_session(resumable=True), b"{", b"[]")
CODES = (4009, 4006, 4008, 4902, 4903, 1000)
FINAL = (ConnectionState.STOPPED, ConnectionState.FAILED)


def fuzz_pair(data: bytes) -> None:
    """One input."""
    assert _journey(data) == _journey(data), "I10"


def _journey(data: bytes) -> list[object]:
    source = Source(data)
    link = _Link(source.byte())
    for _ in range(MOST_STEPS):
        if not source.left:
            break
        link.step(source)
    link.come_back()
    return link.told


class _Link:
    """Both ends and what is between them. The gateway's sessions: id -> the frames sent, by number from 1."""

    def __init__(self, cuts: int) -> None:
        self._cuts, self._now = cuts, 100.0
        self._client = ClientGateway(ClientConfig(intents=1), random.Random(7))
        self._server: ServerGateway | None = None
        self._sessions: dict[str, list[bytes]] = {}
        self._session = ""
        self._number = 0
        self._to_server, self._to_client = b"", b""
        self._latest: dict[int, int] = {}
        self._begun: list[str] = []
        self._arrived: set[int] = set()
        self._gaps = 0
        self.told: list[object] = []
        self._steps: tuple[Callable[[Source], None], ...] = (
            *[self._move] * 4,
            *[self._event] * 3,
            self._wait,
            self._wait,
            self._say_odd,
            self._end_by_server,
            self._cut,
            self._spoil,
            self._reconnect,
        )
        self._apply(self._client.start(self._now))

    def step(self, source: Source) -> None:
        self._steps[source.below(len(self._steps))](source)

    def come_back(self) -> None:
        """No more faults: the shard gets to READY, whatever was before."""
        sound = 0
        for _ in range(MOST_ROUNDS):
            self._move(Source(b""))
            if self._client.state in FINAL:
                return
            sound = sound + 1 if self._client.state is ConnectionState.READY else 0
            if sound > 2:
                self._nothing_is_missing()
                return
            if sound == 0:
                self._until_due()
        raise AssertionError(f"I6: {self._client.explain(self._now)}")

    def _nothing_is_missing(self) -> None:
        sent = self._sessions[self._begun[-1]]
        events = {number for number, frame in enumerate(sent, 1) if b'"EVENT"' in frame}
        assert events <= self._arrived, f"I3: lost without a word: {events - self._arrived}"
        assert self._gaps == len(self._begun) - 1, "I3: every session that was given up has one Gap"

    # --- the shard's side

    def _apply(self, effects: list[do.Effect]) -> None:
        for effect in effects:
            if not isinstance(effect, do.Write | do.Deliver):
                assert TOKEN not in repr(effect), "I11"
                self.told.append(type(effect) if isinstance(effect, do.Ready | do.Resumed) else repr(effect))
            self._one(effect)

    def _one(self, effect: do.Effect) -> None:
        client, now = self._client, self._now
        match effect:
            case do.RequestPermit():
                self._apply(client.permit_granted(effect.request, now))
            case do.RequestAccess():
                self._apply(client.access_granted(effect.request, URL, TOKEN, now))
            case do.Dial():
                self._dial(effect.connection)
            case do.Write() if effect.connection == self._number:
                self._to_server += effect.data
            case do.AbandonTransport() | do.CloseTransport() if effect.connection == self._number:
                self._drop()
            case do.Deliver():
                self._deliver(effect)
            case do.Ready():
                self._begun.append(str(effect.session_id))
                self._arrived = set()
            case do.Gap():
                self._gaps += 1
            case _:
                pass

    def _dial(self, connection: int) -> None:
        self._drop()
        self._number, self._server = connection, ServerGateway()
        self._serve(self._server.start(self._now))
        self._apply(self._client.opened(connection, self._now))

    def _drop(self) -> None:
        self._server, self._number, self._to_server, self._to_client = None, 0, b"", b""

    def _deliver(self, effect: do.Deliver) -> None:
        numbers = [event.s for event in effect.events]
        self.told.append((effect.epoch, numbers))
        if effect.rewound:
            return
        for number in numbers:
            assert number is not None
            assert number > self._latest.get(effect.epoch, 0), "I3: an event came twice"
            self._latest[effect.epoch] = number
            self._arrived.add(number)
        session = self._client.session
        assert session is None or session.settled <= session.sequence_number, "I4"
        self._apply(self._client.settled(effect.tickets(), self._now))

    # --- the gateway's side

    def _serve(self, effects: list[serve.ServerEffect]) -> None:
        for effect in effects:
            assert TOKEN not in repr(effect), "I11"
            server = self._server
            match effect:
                case serve.ServerWrite():
                    self._to_client += effect.data
                case serve.JudgeIdentify() if server is not None:
                    self._session = f"S{len(self._sessions)}"
                    ready = frames.dispatch("READY", 1, {"session_id": self._session})
                    self._sessions[self._session] = [ready]
                    self._serve(server.ready(ready, self._now))
                case serve.JudgeResume() if server is not None:
                    self._judge_resume(server, effect)
                case _:
                    pass

    def _judge_resume(self, server: ServerGateway, effect: serve.JudgeResume) -> None:
        sent = self._sessions.get(effect.session_id)
        if sent is None or effect.seq > len(sent):
            self._serve(server.close(4006, "", self._now))
            return
        self._session = effect.session_id
        self._serve(server.send(sent[effect.seq :], self._now))
        sent.append(frames.dispatch("RESUMED", len(sent) + 1, ""))
        self._serve(server.resumed(sent[-1], self._now))

    # --- steps

    def _move(self, source: Source) -> None:
        """All that is under way arrives, in pieces."""
        for _ in range(4):
            server, data, self._to_server = self._server, self._to_server, b""
            for piece in pieces(data, self._cuts):
                if server is not None and server is self._server:
                    self._serve(server.receive_data(piece, self._now))
            number, data, self._to_client = self._number, self._to_client, b""
            for piece in pieces(data, self._cuts):
                if number and number == self._number:
                    self._apply(self._client.receive_data(number, piece, self._now))

    def _event(self, source: Source) -> None:
        if self._server is None or self._server.state.name != "LIVE":
            return
        sent = self._sessions[self._session]
        sent.append(frames.dispatch("EVENT", len(sent) + 1, {"n": source.byte()}))
        self._serve(self._server.send([sent[-1]], self._now))

    def _wait(self, source: Source) -> None:
        self._now += abs(STEPS[source.below(len(STEPS))])
        self._tick()

    def _until_due(self) -> None:
        due = [at for at in (self._client.deadline, self._server and self._server.deadline) if at]
        self._now = max(self._now, min(due))
        self._tick()

    def _tick(self) -> None:
        self._apply(self._client.tick(self._now))
        if self._server is not None:
            self._serve(self._server.tick(self._now))

    def _say_odd(self, source: Source) -> None:
        if self._server is not None and self._server.state.name in ("GREETED", "JUDGING", "REPLAYING", "LIVE"):
            self._serve(self._server.send([ODD[source.below(len(ODD))]], self._now))

    def _end_by_server(self, source: Source) -> None:
        if self._server is not None and self._server.state.name != "IDLE":
            self._serve(self._server.close(CODES[source.below(len(CODES))], "", self._now))

    def _cut(self, source: Source) -> None:
        number = self._number
        self._drop()
        if number:
            self._apply(self._client.lost(number, LOST, self._now))

    def _spoil(self, source: Source) -> None:
        """One byte on the way to the shard becomes another: TCP would not, a proxy may."""
        where, what = source.byte(), source.byte()
        if self._to_client and self._client.state is ConnectionState.UPGRADING:
            index = where % len(self._to_client)
            self._to_client = self._to_client[:index] + bytes([what]) + self._to_client[index + 1 :]

    def _reconnect(self, source: Source) -> None:
        if self._client.state not in (ConnectionState.IDLE, *FINAL):
            self._apply(self._client.reconnect(self._now))
