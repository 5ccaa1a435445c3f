"""`Bot`: a running QQ bot from a few handlers.

    bot = Bot()  # QQ_BOT_APP_ID and QQ_BOT_SECRET from the environment

    @bot.on(GroupAtMessageCreate)
    async def echo(ctx, event):
        await ctx.reply(event.text)

    bot.run()

`run` blocks until Ctrl-C, SIGTERM or `stop`, then lets handlers finish, saves and closes; it raises a `GatewayError`
when the bot can never come back by itself, and only then. `serve` is the same inside a trio program.
"""

from __future__ import annotations

import logging
import random
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeAlias

import trio

from qqgw_proto.client import ClientGateway, SessionInfo
from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.events import Event, Intents, intents_for
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.doors import ByteWire
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.access import GatewayAccess
from qqgw_trio.api import Api
from qqgw_trio.clock import shard_clock
from qqgw_trio.context import Context, ReplyNumbers
from qqgw_trio.credentials import Credentials
from qqgw_trio.endpoints import API_URL, SANDBOX_API_URL, TOKEN_URL
from qqgw_trio.event_handler import EventHandler
from qqgw_trio.fleet import Fleet, OnNotice
from qqgw_trio.gate import LocalGate
from qqgw_trio.handlers import FunctionT, Handlers, type_names_of
from qqgw_trio.http import HttpClient
from qqgw_trio.retry import RetryPolicy
from qqgw_trio.settings import BotSettings
from qqgw_trio.shard import Shard
from qqgw_trio.store import FileSessionStore, MemorySessionStore, SessionKey, SessionStore
from qqgw_trio.token import TokenSource
from qqgw_trio.workers import Dropped, Port, Workers

__all__ = ["Bot", "OnTokenFailure"]

OnTokenFailure: TypeAlias = Callable[[GatewayError, float], None]
"""Told why there is no access token, and in how many seconds it may be asked for again."""

logger = logging.getLogger(__name__)


class Bot:
    """One bot.

    Args:
        token: App id and secret; from the environment where not given.
        intents: What to subscribe to; derived from the registered handlers where not given.
        handler: An object with one method per event.
        sandbox: Whether the sandbox is used.
        shard: Which shard of how many this process runs.
        settings: Everything else.
        on_notice: Told whatever happens to a shard.
        on_token_failure: Told each failure to get an access token; a warning in the log where not given.

    Raises:
        ConfigurationError: Something cannot work.
    """

    def __init__(
        self,
        token: Credentials | None = None,
        intents: Intents | int | None = None,
        *,
        handler: EventHandler | None = None,
        sandbox: bool = False,
        shard: ShardConfig | None = None,
        settings: BotSettings | None = None,
        on_notice: OnNotice | None = None,
        on_token_failure: OnTokenFailure | None = None,
    ) -> None:
        self._credentials = token
        self._intents = intents
        self.sandbox = sandbox
        self.shard = shard or ShardConfig()
        self.settings = settings or BotSettings()
        self.on_notice = on_notice
        self.on_token_failure = on_token_failure
        self.handlers = Handlers()
        self.reply_numbers = ReplyNumbers()
        self._api: Api | None = None
        self._fleet: Fleet | None = None
        self._stopping = trio.Event()
        self._thread = threading.current_thread()
        self._token: trio.lowlevel.TrioToken | None = None
        for function, type_name in handler.handlers() if handler else ():
            self.handlers.add(function, [type_name])

    # --- before it runs

    def on(self, *what: type[Event] | str) -> Callable[[FunctionT], FunctionT]:
        """Registers a handler for event classes or type names; without any, for every event."""
        type_names_of(what)  # `@bot.on` without parentheses is told at once

        def register(function: FunctionT) -> FunctionT:
            self.handlers.add(function, what)
            return function

        return register

    @property
    def intents(self) -> Intents:
        """What the bot subscribes to."""
        if self._intents is not None:
            return Intents(self._intents)
        return intents_for(self.handlers.type_names) or Intents.default()

    @property
    def api_url(self) -> str:
        """Base URL of REST."""
        return self.settings.api_url or (SANDBOX_API_URL if self.sandbox else API_URL)

    @property
    def token_url(self) -> str:
        """Where access tokens come from."""
        return self.settings.token_url or TOKEN_URL

    # --- while it runs

    @property
    def api(self) -> Api:
        """REST; only while the bot runs.

        Raises:
            ConfigurationError: It does not run.
        """
        if self._api is None:
            raise ConfigurationError("the bot does not run", remedy="use bot.api between start and stop")
        return self._api

    def is_connected(self) -> bool:
        """Whether every shard that this process runs is READY."""
        return self._fleet is not None and self._fleet.is_ready

    def get_session_info(self, shard_id: int | None = None) -> SessionInfo | None:
        """The session of a shard; of the first where none is named. None where there is none."""
        if self._fleet is None:
            return None
        shards = self._fleet.shards
        shard = next(iter(shards.values()), None) if shard_id is None else shards.get(shard_id)
        return None if shard is None else shard.gateway.session

    def stop(self) -> None:
        """Asks the bot to finish what it handles, save and close; harmless when repeated, or when it does not run."""
        if threading.current_thread() is self._thread or self._token is None:
            self._stopping.set()
        else:
            # A sync handler runs in a thread of its own: an event set from there would wake nobody.
            self._token.run_sync_soon(self._stopping.set)

    # --- running

    def run(self) -> None:
        """Runs until stopped, by Ctrl-C or SIGTERM too.

        Raises:
            GatewayError: The bot can never come back by itself.
        """
        trio.run(self._serve_until_signal)

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Runs until stopped or cancelled.

        Raises:
            GatewayError: The bot can never come back by itself.
            MisuseError: It runs already.
        """
        if self._fleet is not None:
            raise MisuseError("the bot runs already", remedy="stop it first, or make another Bot")
        settings = self.settings
        if settings.gateway_url:
            GatewayUrl.parse(settings.gateway_url)  # A URL that cannot work is told before anything is asked.
        credentials = self._credentials or Credentials.from_env()
        store = FileSessionStore(settings.session_file) if settings.session_file else MemorySessionStore()
        self._stopping = trio.Event()
        self._thread, self._token = threading.current_thread(), trio.lowlevel.current_trio_token()
        async with HttpClient(verify=settings.tls or True) as client, store:
            tokens = TokenSource(credentials, client=client, url=self.token_url, on_failure=self._report_token_failure)
            workers = self._make_workers()
            fleet = self._assemble(tokens, workers, store)
            self._api, self._fleet = Api(tokens, base_url=self.api_url), fleet
            try:
                await self._live(fleet, workers, (store.run, tokens.run), task_status)
            finally:
                self._api = self._fleet = self._token = None
        fleet.raise_failure()

    def fail(self, error: GatewayError) -> None:
        """Ends the bot with this error: `run` raises it. Harmless when it does not run."""
        if self._fleet is not None:
            self._fleet.fail(error)

    async def _live(
        self,
        fleet: Fleet,
        workers: Workers,
        keepers: Iterable[Callable[[], Awaitable[None]]],
        task_status: trio.TaskStatus[None],
    ) -> None:
        """From the first task to the last."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(workers.run)
            for keeper in keepers:
                nursery.start_soon(keeper)
            nursery.start_soon(self._await_stop, fleet)
            task_status.started()
            await fleet.run()
            if not self._stopping.is_set():
                # The shards have failed; handlers are no part of that, and may end what they are doing.
                await workers.drain(self.settings.drain_seconds)
            nursery.cancel_scope.cancel()

    def _make_workers(self) -> Workers:
        config, wanted = self.settings.workers, self.handlers.wants
        return Workers(self._handle, config, on_error=self._report, on_dropped=self._report_dropped, interested=wanted)

    def _assemble(self, tokens: TokenSource, workers: Workers, store: SessionStore) -> Fleet:
        """Puts the parts together."""
        settings, clock, numbers = self.settings, shard_clock(), self.shard
        gate = LocalGate(clock=clock)
        # Shards ask again by themselves, and tell of it: a repetition below them would only delay that.
        api = Api(tokens, base_url=self.api_url, policy=RetryPolicy(attempts=1))
        access = GatewayAccess(api, tokens, gate, gateway_url=settings.gateway_url, clock=clock)
        tls, on_failure = settings.tls, settings.on_failure
        fleet = Fleet(access, gate, workers, store, tls=tls, on_notice=self._notice, on_failure=on_failure)
        gateway = ClientGateway(self._client_config(), random.SystemRandom(), wire=ByteWire(settings.wire))
        key = SessionKey(tokens.credentials.app_id, numbers.shard_id, numbers.shard_count, int(self.intents))
        fleet.add(Shard(gateway, fleet, clock), key)
        return fleet

    def _client_config(self) -> ClientConfig:
        settings = self.settings
        habits = (settings.reconnect, settings.heartbeat, settings.deadlines)
        return ClientConfig(int(self.intents), self.shard, *habits, stop_code=settings.stop_code)

    async def _await_stop(self, fleet: Fleet) -> None:
        await self._stopping.wait()
        await fleet.drain(self.settings.drain_seconds)
        fleet.stop()

    async def _serve_until_signal(self) -> None:
        failure: GatewayError | None = None
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._heed, signals)
                try:
                    await self.serve()
                except GatewayError as error:
                    failure = error  # Raised outside the nursery, which would wrap it in a group.
                nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _heed(self, signals: AsyncIterator[int]) -> None:
        async for _ in signals:
            self.stop()

    # --- events and notices

    async def _handle(self, dispatch: Dispatch, port: Port) -> None:
        if self._fleet is None:
            raise AssertionError("events come only from shards of a fleet")
        shard = self._fleet.shards[port.shard_id]
        await self.handlers.handle(dispatch, lambda event: Context(self, shard, event))

    def _report(self, dispatch: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        logger.error("a handler of %s failed (attempt %d)", dispatch.t, attempt, exc_info=error)
        if attempt >= self.settings.workers.attempts:
            self.handlers.forget(dispatch)

    def _report_dropped(self, dropped: Dropped) -> None:
        logger.warning("the buffer was full: %s", dropped)

    def _notice(self, shard: Shard, notice: do.Notice) -> None:
        logger.info("shard %d: %s", shard.shard_id, notice)
        if self.on_notice is not None:
            self.on_notice(shard, notice)

    def _report_token_failure(self, error: GatewayError, seconds: float) -> None:
        if self.on_token_failure is not None:
            self.on_token_failure(error, seconds)
        else:
            logger.warning("no access token, may be asked for again in %.0f s: %s", seconds, error)
