"""The embedding in asyncio over real sockets: READY, events, a drop, RESUMED, more events, a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from pathlib import Path

import msgspec
import pytest

from docs.examples.embed.asyncio_streams import Shard
from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, Dispatch, ReconnectConfig, ServerGateway, Snapshot
from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine import server_effects as served
from qqgw_proto.wire import frames

TOKEN = "a-token"
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "embed" / "asyncio_streams.py"

# Real time passes here: no wait is longer than it must be.
AT_ONCE = ReconnectConfig(initial_delay=0.001, max_delay=0.001, prompt_jitter=0.0, min_dial_interval=0.0)


class Peer:
    """A gateway with one session on a real port."""

    def __init__(self) -> None:
        self.seq = 1
        self.said: list[bytes] = []
        self.judged: list[served.ServerEffect] = []
        self.ends: list[int | None] = []
        self.writer: asyncio.StreamWriter | None = None
        self.gateway = ServerGateway()
        self.served: list[asyncio.Task[None] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gateway, self.writer = ServerGateway(), writer
        self.gateway = gateway
        self.served.append(asyncio.current_task())
        self._apply(gateway, writer, gateway.start(0.0))
        with contextlib.suppress(ConnectionResetError):
            while data := await reader.read(1000):
                self._apply(gateway, writer, gateway.receive_data(data, 0.0))
        self._apply(gateway, writer, gateway.receive_data(b"", 0.0))
        writer.close()

    def _apply(self, gateway: ServerGateway, writer: asyncio.StreamWriter, effects: list[served.ServerEffect]) -> None:
        for effect in effects:
            match effect:
                case served.ServerWrite(data):
                    writer.write(data)
                case served.JudgeIdentify():
                    self.judged.append(effect)
                    ready: frames.JsonValue = {"version": 1, "session_id": "a", "shard": [0, 1]}
                    self._apply(gateway, writer, gateway.ready(frames.dispatch("READY", 1, ready), 0.0))
                case served.JudgeResume(_, _, seq):
                    self.judged.append(effect)
                    missed = self.said[seq - 1 :]
                    self._apply(gateway, writer, gateway.send(missed, 0.0))
                    resumed = frames.dispatch("RESUMED", self.seq, "")
                    self._apply(gateway, writer, gateway.resumed(resumed, 0.0))
                case served.Ended(code):
                    self.ends.append(code)
                case _:
                    pass

    def happen(self, *texts: str) -> list[bytes]:
        made: list[bytes] = []
        for text in texts:
            self.seq += 1
            made.append(frames.dispatch("GROUP_AT_MESSAGE_CREATE", self.seq, {"content": text}))
        self.said += made
        return made

    def say(self, *texts: str) -> None:
        made = self.happen(*texts)
        if self.writer is not None:
            self._apply(self.gateway, self.writer, self.gateway.send(made, 0.0))

    async def finished(self) -> None:
        """Every connection is over."""
        await asyncio.gather(*(task for task in self.served if task is not None))

    def drop(self) -> None:
        if self.writer is not None:
            self.writer.transport.abort()


class Bot:
    """What an owner of a shard brings: token, turn, handler, store; and what it remembers."""

    def __init__(self, url: str, config: ClientConfig | None = None) -> None:
        self.url = url
        self.texts: list[str] = []
        self.notices: list[do.Effect] = []
        self.saved: Snapshot | None = None
        self.renewals: list[bool] = []
        self.refusal: GatewayError | None = None
        self._changed = asyncio.Event()
        settings = ClientConfig(intents=1 << 25, reconnect=AT_ONCE) if config is None else config
        gateway = ClientGateway(settings, random.Random(1))
        self.shard = Shard(gateway, self.access, self.permit, self.handle, self.notice)

    async def access(self, renew: bool) -> tuple[str, str]:
        self.renewals.append(renew)
        if self.refusal is not None:
            raise self.refusal
        return self.url, TOKEN

    async def permit(self) -> None:
        pass

    async def handle(self, event: Dispatch) -> None:
        self.texts.append(msgspec.json.decode(event.d)["content"])
        self._changed.set()

    def notice(self, effect: do.Effect) -> None:
        self.notices.append(effect)
        if isinstance(effect, do.SaveSession):
            self.saved = effect.snapshot
        self._changed.set()

    async def until(self, *kinds: type[do.Effect], count: int = 1) -> None:
        """Waits until so many notices of these kinds have come."""
        while sum(isinstance(notice, kinds) for notice in self.notices) < count:
            await self._next()

    async def until_texts(self, count: int) -> None:
        while len(self.texts) < count:
            await self._next()

    async def _next(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def run(scenario: Coroutine[object, object, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(limited())


async def listen(peer: Peer) -> tuple[asyncio.Server, str]:
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    return server, f"ws://{host}:{port}/websocket"


def test_ready_events_a_drop_resumed_more_events_and_a_clean_end() -> None:
    async def scenario() -> None:
        peer = Peer()
        server, url = await listen(peer)
        async with server:
            bot = Bot(url)
            running = asyncio.create_task(bot.shard.run())
            await bot.until(do.Ready)
            peer.say("one", "two")
            await bot.until_texts(2)
            peer.drop()
            peer.happen("three, while nobody listens")
            await bot.until(do.Resumed)
            peer.say("four")
            await bot.until_texts(4)
            bot.shard.stop()
            await running
            await peer.finished()
        assert bot.texts == ["one", "two", "three, while nobody listens", "four"]
        assert [type(effect) for effect in peer.judged] == [served.JudgeIdentify, served.JudgeResume]
        assert peer.judged[1] == served.JudgeResume("QQBot a-token", "a", 3)
        assert bot.shard.gateway.state is ConnectionState.STOPPED
        # The close code of a wanted stop (design 5), and everything finished is saved as finished.
        assert peer.ends == [None, 4000]
        assert bot.saved == Snapshot("a", 5)

    run(scenario())


def test_a_second_run_resumes_from_what_was_saved() -> None:
    async def scenario() -> None:
        peer = Peer()
        server, url = await listen(peer)
        async with server:
            peer.happen("one", "two")
            bot = Bot(url)
            running = asyncio.create_task(bot.shard.run(Snapshot("a", 2)))
            await bot.until(do.Resumed)
            bot.shard.stop()
            await running
            await peer.finished()
        assert bot.texts == ["two"]
        assert peer.judged == [served.JudgeResume("QQBot a-token", "a", 2)]

    run(scenario())


def test_a_burst_is_read_no_faster_than_it_is_handled_and_none_of_it_is_lost() -> None:
    async def scenario() -> None:
        peer = Peer()
        server, url = await listen(peer)
        async with server:
            bot = Bot(url)
            running = asyncio.create_task(bot.shard.run())
            await bot.until(do.Ready)
            # Far more than sixteen chunks.
            peer.say(*(f"{number} {'x' * 2000}" for number in range(2000)))
            await bot.until_texts(2000)
            bot.shard.stop()
            await running
            await peer.finished()
        assert [text.partition(" ")[0] for text in bot.texts] == [str(number) for number in range(2000)]

    run(scenario())


def test_an_unreachable_gateway_is_tried_again() -> None:
    async def scenario() -> None:
        peer = Peer()
        server, url = await listen(peer)
        server.close()
        await server.wait_closed()
        bot = Bot(url)
        running = asyncio.create_task(bot.shard.run())
        await bot.until(do.Retrying, count=2)
        bot.shard.stop()
        await running
        causes = [notice.why for notice in bot.notices if isinstance(notice, do.Retrying)]
        assert {type(cause) for cause in causes} == {ConnectionFailed}

    run(scenario())


def test_a_refused_token_is_fatal_and_an_outage_is_not() -> None:
    async def scenario() -> None:
        bot = Bot("ws://127.0.0.1:1/")
        bot.refusal = ConnectionFailed("the token endpoint is down")
        running = asyncio.create_task(bot.shard.run())
        await bot.until(do.Retrying)
        bot.refusal = AuthenticationFailed("the secret is wrong")
        with pytest.raises(AuthenticationFailed, match="the secret is wrong"):
            await running
        assert bot.shard.gateway.state is ConnectionState.FAILED

    run(scenario())


def test_an_error_in_a_callback_ends_the_run_and_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        peer = Peer()
        server, url = await listen(peer)
        async with server:
            bot = Bot(url)

            async def break_down(_: Dispatch) -> None:
                raise ValueError("a bug of the bot")

            bot.shard.handle = break_down
            running = asyncio.create_task(bot.shard.run())
            await bot.until(do.Ready)
            peer.say("one")
            with pytest.raises(ValueError, match="a bug of the bot"):
                await running
            await peer.finished()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(scenario())


def test_it_is_short() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) <= 150
