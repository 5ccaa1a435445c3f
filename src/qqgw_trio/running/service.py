"""What exists while a bot runs: REST, tokens, shards, workers, saved sessions, and the tasks that keep them alive.

`Bot` is what an author writes; one `Service` is made from it for each `serve`, and is gone with it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import attrs
import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.engine import Observer
from qqgw_proto.errors import GatewayError, MisuseError
from qqgw_proto.events import Event
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.doors import ByteWire
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.connection.access import GatewayAccess
from qqgw_trio.connection.clock import shard_clock
from qqgw_trio.connection.counting import count_shards
from qqgw_trio.connection.file_limit import ensure_files
from qqgw_trio.connection.fleet import Fleet
from qqgw_trio.connection.gate import LocalGate
from qqgw_trio.connection.network import Network
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.delivery.workers import Dropped, Port, Workers
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.failures import HandlersFailed
from qqgw_trio.handler.listening import tell_listener
from qqgw_trio.insight.frame_log import FrameLog
from qqgw_trio.insight.story import Story
from qqgw_trio.insight.watch import Sources, observing
from qqgw_trio.insight.watchdog import watching
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.retry import RetryPolicy
from qqgw_trio.rest.token import TokenSource
from qqgw_trio.running.asyncio_bridge import asyncio_loop
from qqgw_trio.running.stopping import StopRequest, call_in_trio
from qqgw_trio.storage.store import SessionKey, SessionStore
from qqgw_trio.telemetry.metrics_port import metrics_server

if TYPE_CHECKING:
    from qqgw_trio.bot import Bot
    from qqgw_trio.rest.credentials import Credentials
    from qqgw_trio.storage.journal_file import JournalFile

__all__ = ["Service"]

logger = logging.getLogger(__name__)


class Service:
    """A bot while it runs.

    Args:
        bot: What is run.
        credentials: Whose bot it is.
        client: For REST and tokens.
        store: Where sessions are kept.
        network: How the gateway is reached.
        journal: Where every step of the shards is recorded; None = nowhere.

    Raises:
        ConfigurationError: So many shards cannot run here.

    Attributes:
        api: REST.
        fleet: The shards.
        workers: The handlers' side.
    """

    def __init__(
        self,
        bot: Bot,
        credentials: Credentials,
        client: HttpClient,
        store: SessionStore,
        network: Network,
        journal: JournalFile | None = None,
    ) -> None:
        self._bot = bot
        self._store = store
        self._tokens = TokenSource(credentials, client=client, url=bot.token_url, on_failure=self._report_token_failure)
        self._clock = shard_clock()
        if bot.settings.debug_logging:
            from qqgw_trio.insight.logs import log_everything  # noqa: PLC0415 - most bots leave the log to the command line

            log_everything()
        self._story = Story()
        self._watch = bot.watch
        self._watch.begin(self._clock, bot.handlers.wants, in_detail=bot.settings.metrics_enabled)
        self._probe = self._watch.probe
        self._journal = journal
        self.api = Api(self._tokens, base_url=bot.api_url)
        self.workers = self._make_workers()
        gate = LocalGate(clock=self._clock)
        # Shards ask again by themselves, and tell of it: a repetition below them would only delay that.
        api = Api(self._tokens, base_url=bot.api_url, policy=RetryPolicy(attempts=1))
        url = bot.settings.gateway_url
        self._access = GatewayAccess(api, self._tokens, gate, gateway_url=url, clock=self._clock)
        self.fleet = self._make_fleet(gate, network)
        tokens = self._tokens
        # Who names the gateway is never told how many starts are left.
        limits = (lambda: gate.limits) if url is None else (lambda: None)
        sources = Sources(self.fleet.shards, bot.intents, lambda: tokens.expires_in, limits)
        self._watch.reads(sources, self.workers.books)
        self._trio = trio.lowlevel.current_trio_token()
        self._counting = trio.CancelScope()
        if not bot.settings.shards.is_automatic:
            self._muster(bot.settings.shards)

    async def live(self, stop: StopRequest, task_status: trio.TaskStatus[None]) -> None:
        """Runs the bot, from the first task to the last; the fleet says how it ended.

        Raises:
            ConfigurationError: The port for metrics cannot be listened on.
        """
        serve_metrics = metrics_server(self._watch, self._bot.settings)
        async with asyncio_loop(), trio.open_nursery() as nursery:
            nursery.start_soon(serve_metrics)
            nursery.start_soon(self.workers.run)
            nursery.start_soon(self._store.run)
            nursery.start_soon(self._tokens.run)
            if self._journal is not None:
                nursery.start_soon(self._journal.run)
            nursery.start_soon(self._await_stop, stop)
            nursery.start_soon(self._await_haste, stop, nursery.cancel_scope)
            with watching(self._bot.settings.stall_seconds):
                await self._live_between_hooks(stop, task_status)
            nursery.cancel_scope.cancel()

    async def _live_between_hooks(self, stop: StopRequest, task_status: trio.TaskStatus[None]) -> None:
        bot, settings = self._bot, self._bot.settings
        try:
            failure = await bot.hooks.start(bot, stop)
            if failure is not None:
                self.fail(failure)
            task_status.started()
            await self._count()
            await self.fleet.run()
            if not stop.is_made:
                # The shards have failed; handlers are no part of that, and may end what they are doing.
                await self.workers.drain(settings.drain_seconds)
        finally:
            await bot.hooks.end(bot, settings.shutdown_seconds)

    def _make_workers(self) -> Workers:
        bot = self._bot
        workers = Workers(
            self._handle,
            bot.settings.workers,
            on_error=self._report,
            on_dropped=self._report_dropped,
            interested=bot.handlers.wants,
            handle_typed=self._handle_typed,
        )
        workers.pauses.handlers_of = lambda name: ", ".join(entry.name for entry in bot.handlers.of_type(name))
        return workers

    def _make_fleet(self, gate: LocalGate, network: Network) -> Fleet:
        settings = self._bot.settings
        parts = (self._access, gate, self.workers, self._store)
        return Fleet(*parts, dial=network.dial, on_notice=self._notice, on_failure=settings.on_failure)

    async def _count(self) -> None:
        """Asks the platform for the number of shards, where that is set to be the platform's choice."""
        plan = self._bot.settings.shards
        if not plan.is_automatic:
            return
        with self._counting:
            try:
                self._muster(plan.fixed(await count_shards(self._access, self._report_count_failure)))
            except GatewayError as error:
                self.fleet.fail(error)

    def _muster(self, plan: ShardPlan) -> None:
        """Makes the shards of this process."""
        numbers = plan.configs()
        ensure_files(len(numbers))
        intents, app_id = int(self._bot.intents), self._tokens.credentials.app_id
        for place, number in enumerate(numbers):
            meter = self._watch.meter(number.shard_id, self.fleet)
            gateway = meter.gateway = self._make_gateway(self._config(number, place / len(numbers)), meter.observe)
            shard = Shard(gateway, meter, self._clock)
            self.fleet.add(shard, SessionKey(app_id, number.shard_id, number.shard_count, intents))

    def _config(self, number: ShardConfig, place: float) -> ClientConfig:
        settings = self._bot.settings
        reconnect = settings.reconnect
        if reconnect.max_session_age is not None:
            # Sessions that began together are not to be given up together: they part over a tenth of their age.
            reconnect = attrs.evolve(reconnect, max_session_age=reconnect.max_session_age * (1 - place / 10))
        habits = (reconnect, settings.heartbeat, settings.deadlines)
        return ClientConfig(int(self._bot.intents), number, *habits, stop_code=settings.stop_code)

    def _make_gateway(self, config: ClientConfig, meter: Observer) -> ClientGateway:
        chance, wire, journal = random.SystemRandom(), ByteWire(self._bot.settings.wire), self._journal
        frames = FrameLog(config.shard)
        recorder = None if journal is None else journal.recorder()
        observer = observing(recorder, frames.observe, meter)
        gateway = frames.gateway = ClientGateway(config, chance, wire=wire, observer=observer)
        if journal is not None and recorder is not None:
            journal.begin(recorder, gateway)
        return gateway

    def fail(self, error: GatewayError) -> None:
        """Ends everything with this error."""
        self._counting.cancel()
        self.fleet.fail(error)

    def reconnect(self, shard_id: int | None = None) -> None:
        """Lets a shard, or each of them, RESUME on a new connection; from any thread.

        Raises:
            MisuseError: There is no such shard in this process.
        """
        if shard_id is not None and shard_id not in self.fleet.shards:
            raise MisuseError(f"this process runs no shard {shard_id}", remedy="name one that it runs")
        call_in_trio(self._trio, lambda: self.fleet.reconnect(shard_id))

    async def _await_stop(self, stop: StopRequest) -> None:
        await stop.wait()
        self._counting.cancel()
        busy, seconds = self.workers.counters.depth, self._bot.settings.drain_seconds
        if busy:
            logger.info("stopping: %d events are being handled, for %g s at most", busy, seconds)
            if self._bot.on_waiting is not None:
                tell_listener(self._bot.on_waiting, busy, seconds)
        await self.fleet.drain(seconds)
        self.fleet.stop()

    async def _await_haste(self, stop: StopRequest, everything: trio.CancelScope) -> None:
        await stop.wait_for_haste()
        logger.warning("stopping at once: %d events are left undone", self.workers.counters.depth)
        everything.cancel()

    async def _handle(self, dispatch: Dispatch, port: Port) -> None:
        shard = self.fleet.shards[port.shard_id]
        attempts, waiting = self._bot.settings.workers.attempts, self.workers.waiting

        def make(event: Event) -> Context[Event]:
            return Context(self._bot, shard, event, waiting)

        handling = self._bot.handlers.handle(dispatch, make, attempts=attempts)
        await (handling if self._probe is None or dispatch is not self._probe.event else self._probe.time(handling))

    def _handle_typed(self, event: Event, shard: Any) -> Awaitable[None]:
        probe, workers = self._probe, self.workers  # and the port is a shard: only they offer events here
        context = Context(self._bot, shard, event, workers.waiting)
        handling = self._bot.handlers.handle_typed(context, workers.config.attempts)
        return handling if probe is None or event.frame is not probe.event else probe.time(handling)

    def _report(self, dispatch: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        if not isinstance(error, HandlersFailed):  # Those have been told one by one.
            logger.error("handling %s failed (attempt %d)", dispatch.t, attempt, exc_info=error)

    def _report_dropped(self, dropped: Dropped) -> None:
        logger.warning("the buffer was full: %s", dropped)
        for listener in self._bot.drop_listeners:
            tell_listener(listener, dropped)

    def _notice(self, shard: Shard, notice: do.Notice) -> None:
        self._story.tell(shard, notice)
        self._bot.heed(notice)
        if self._bot.on_notice is not None:
            tell_listener(self._bot.on_notice, shard, notice)

    def _report_token_failure(self, error: GatewayError, seconds: float) -> None:
        if self._bot.on_token_failure is not None:
            tell_listener(self._bot.on_token_failure, error, seconds)
        else:
            logger.warning("no access token, may be asked for again in %.0f s: %s", seconds, error)

    def _report_count_failure(self, error: GatewayError, seconds: float) -> None:
        if self._bot.on_count_failure is not None:
            tell_listener(self._bot.on_count_failure, error, seconds)
        else:
            logger.warning("the number of shards is not known, asking again in %.0f s: %s", seconds, error)
