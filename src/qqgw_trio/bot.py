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

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import trio

from qqgw_proto.client import SessionInfo
from qqgw_proto.errors import GatewayError, InvalidIntents, MisuseError
from qqgw_proto.events import Intents
from qqgw_proto.machine import effects as do
from qqgw_trio.connection.clock import shard_clock
from qqgw_trio.connection.fleet import OnNotice
from qqgw_trio.connection.network import Network
from qqgw_trio.connection.shard_plan import Shards
from qqgw_trio.handler.event_handler import EventHandler
from qqgw_trio.handler.registration import Registration
from qqgw_trio.handler.replies import ReplyNumbers
from qqgw_trio.handler.subscribing import Subscribing
from qqgw_trio.insight.diagnostics import GatewayDiagnostics
from qqgw_trio.insight.health import MAX_AGE, Health
from qqgw_trio.insight.watch import Watch
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.endpoints import API_URL, SANDBOX_API_URL, TOKEN_URL
from qqgw_trio.running.import_guard import is_importing, refuse_while_importing
from qqgw_trio.running.service import Service
from qqgw_trio.running.signals import heeding, refuse_other_threads
from qqgw_trio.running.stopping import StopRequest
from qqgw_trio.settings.bot_arguments import check_bot, check_listener
from qqgw_trio.settings.config_sources import gathered
from qqgw_trio.settings.gateway_config import GatewayConfig
from qqgw_trio.storage.store import FileSessionStore, MemorySessionStore
from qqgw_trio.telemetry.metrics import GatewayMetrics

if TYPE_CHECKING:
    from qqgw_trio.storage.journal_file import JournalFile

__all__ = ["Bot", "OnTokenFailure", "OnWaiting"]

OnTokenFailure: TypeAlias = Callable[[GatewayError, float], None]
"""Told why there is no access token, and in how many seconds it may be asked for again."""

OnWaiting: TypeAlias = Callable[[int, float], None]
"""Told that a stop waits for so many events that are being handled, and for how many seconds at most."""


class Bot(Registration):
    """One bot.

    Args:
        token: App id and secret; from the environment where not given.
        intents: What to subscribe to; derived from the registered handlers where not given.
        handler: An object with one method per event.
        sandbox: Whether the sandbox is used.
        shards: Which shards this process runs: "auto", a count, "0-3/16", or a `ShardConfig`.
        settings: Everything else; what is not given here may be set in a file or in the environment.
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
        shards: Shards | None = None,
        settings: GatewayConfig | None = None,
        on_notice: OnNotice | None = None,
        on_token_failure: OnTokenFailure | None = None,
    ) -> None:
        check_bot(token=token, intents=intents, handler=handler, sandbox=sandbox, settings=settings)
        check_listener("on_notice", on_notice)
        check_listener("on_token_failure", on_token_failure)
        self._credentials = token
        own = GatewayConfig() if settings is None else settings
        own = own if shards is None else own.replace(shards=shards)
        own = own.replace(sandbox=True) if sandbox else own
        self.settings = own if is_importing() else gathered(own)
        self.on_notice = on_notice
        self.on_token_failure = on_token_failure
        self.on_count_failure: OnTokenFailure | None = None
        """Told why the platform has not named a count of shards yet, and in how many seconds it is asked again."""
        self.on_waiting: OnWaiting | None = None
        super().__init__(lambda: self.settings.commands)
        self._subscribing = Subscribing(intents, self.handlers)
        self.reply_numbers = ReplyNumbers(lambda: self.settings.replies)
        self.watch = Watch()
        self._stop_request: StopRequest | None = None
        self._has_begun = self._stops_at_once = False
        self._service: Service | None = None
        for function, type_names in handler.handlers() if handler else ():
            self.handlers.add(function, type_names, any_will_do=len(type_names) > 1)

    # --- before it runs

    @property
    def credentials(self) -> Credentials | None:
        """App id and secret as given; None = they come from the environment."""
        return self._credentials

    @property
    def intents(self) -> Intents:
        """What the bot subscribes to: given, or derived from the handlers (`subscribing`)."""
        return self._subscribing.intents(self.settings.private)

    @property
    def sandbox(self) -> bool:
        """Whether the sandbox is used."""
        return self.settings.sandbox

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
            MisuseError: It does not run.
        """
        if self._service is None:
            raise MisuseError("the bot does not run", remedy="use bot.api between start and stop")
        return self._service.api

    @property
    def shard_ids(self) -> tuple[int, ...]:
        """The shards of this process; none while it does not run, or does not know how many they are."""
        return () if self._service is None else tuple(self._service.fleet.shards)

    @property
    def metrics(self) -> GatewayMetrics:
        """Numbers and times of all shards; zero before the bot runs, and what they were after it has stopped."""
        return self.watch.metrics

    @property
    def diagnostics(self) -> GatewayDiagnostics:
        """The state of the bot in a few numbers, and a report on every shard."""
        return self.watch.diagnostics

    def health(self, max_age: float = MAX_AGE) -> Health:
        """Whether every shard lives and is ready.

        Args:
            max_age: Seconds without a heartbeat ACK from which on a shard is taken for dead.
        """
        return self.watch.health(max_age)

    def is_connected(self) -> bool:
        """Whether every shard that this process runs is READY."""
        return self._service is not None and self._service.fleet.is_ready

    def get_session_info(self, shard_id: int | None = None) -> SessionInfo | None:
        """The session of a shard; of the first where none is named. None where there is none."""
        if self._service is None:
            return None
        shards = self._service.fleet.shards
        shard = next(iter(shards.values()), None) if shard_id is None else shards.get(shard_id)
        return None if shard is None else shard.gateway.session

    def stop(self) -> None:
        """Asks the bot to finish what it handles, save and close; from any thread, and harmless when repeated.

        A bot that has not begun yet ends as soon as it begins; one that has ended may begin again.
        """
        if not self._has_begun:
            self._stops_at_once = True
        if self._stop_request is not None:
            self._stop_request.make()

    def reconnect(self, shard_id: int | None = None) -> None:
        """Lets a shard, or every shard, leave its connection and RESUME on a new one; nothing is lost by it.

        From any thread. A shard without a connection goes on as it is, one that has failed for good stays failed.

        Raises:
            MisuseError: The bot does not run, or not this shard.
        """
        if self._service is None:
            raise MisuseError("the bot does not run", remedy="reconnect between start and stop")
        self._service.reconnect(shard_id)

    # --- running

    def run(self, *, shards: Shards | None = None) -> None:
        """Runs until stopped, by Ctrl-C or SIGTERM too; a second signal cancels handlers, a third ends the process.

        Args:
            shards: As for the bot, in place of what was given there.

        Raises:
            GatewayError: The bot can never come back by itself.
            MisuseError: `qqgw run` is importing the bot's module, or this is not the main thread.
        """
        refuse_while_importing()
        refuse_other_threads()
        if shards is not None:
            self.settings = self.settings.replace(shards=shards)
        trio.run(self._serve_until_signal)

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Runs until stopped or cancelled.

        Raises:
            GatewayError: The bot can never come back by itself.
            MisuseError: It runs already.
        """
        if self._stop_request is not None:
            raise MisuseError("the bot runs already", remedy="stop it first, or make another Bot")
        request = self._stop_request = StopRequest()
        is_first, self._has_begun = not self._has_begun, True
        if is_first and self._stops_at_once:  # read after the request is there: a thread's `stop` meets one of them
            request.make()
        try:
            await self._serve(request, task_status)
        finally:
            self._stop_request = self._service = None

    async def _serve(self, stop: StopRequest, task_status: trio.TaskStatus[None]) -> None:
        settings = self.settings
        settings.check()
        self._subscribing.begin(settings.private, negotiate=settings.negotiate_intents)
        while True:
            try:
                await self._live(stop, task_status)
            except InvalidIntents as error:
                self._subscribing.give_way(error, settings.private)
                task_status = trio.TASK_STATUS_IGNORED
            else:
                return

    async def _live(self, stop: StopRequest, task_status: trio.TaskStatus[None]) -> None:
        settings = self.settings
        credentials = self._credentials or Credentials.from_env()
        network, path = Network.of(settings), settings.session_file
        store = self._file_store(path) if path else MemorySessionStore()
        recording = _journal(settings.journal) if settings.journal else nullcontext()
        async with network.http_client() as client, store:
            with recording as journal:
                self._service = Service(self, credentials, client, store, network, journal)
                await self._service.live(stop, task_status)
        self._service.fleet.raise_failure()

    def _file_store(self, path: Path) -> FileSessionStore:
        fallback = self._subscribing.fallback(self.settings.private)
        return FileSessionStore(path, max_age=self.settings.session_max_age, spared_intents=fallback)

    def heed(self, notice: do.Notice) -> None:
        """Notes what concerns the whole bot in what happens to a shard: refused intents."""
        self._subscribing.heed(notice, self.fail)

    def fail(self, error: GatewayError) -> None:
        """Ends the bot with this error: `run` raises it. Harmless when it does not run."""
        if self._service is not None:
            self._service.fail(error)

    async def _serve_until_signal(self) -> None:
        with heeding(self._heed_signal):
            await self.serve()

    def _heed_signal(self) -> None:
        if self._stop_request is not None and self._stop_request.is_made:
            self._stop_request.hurry()
        self.stop()


def _journal(path: Path) -> JournalFile:
    from qqgw_trio.storage.journal_file import JournalFile  # noqa: PLC0415 - few bots have one

    return JournalFile(path, shard_clock())
