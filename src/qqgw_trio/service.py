"""What exists while a bot runs: REST, tokens, shards, workers, saved sessions, and the tasks that keep them alive.

`Bot` is what an author writes; one `Service` is made from it for each `serve`, and is gone with it.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig
from qqgw_proto.errors import GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.doors import ByteWire
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.access import GatewayAccess
from qqgw_trio.api import Api
from qqgw_trio.clock import shard_clock
from qqgw_trio.context import Context
from qqgw_trio.failures import HandlersFailed
from qqgw_trio.fleet import Fleet
from qqgw_trio.gate import LocalGate
from qqgw_trio.http import HttpClient
from qqgw_trio.journal_file import JournalFile
from qqgw_trio.retry import RetryPolicy
from qqgw_trio.shard import Shard
from qqgw_trio.stopping import StopRequest
from qqgw_trio.store import SessionKey, SessionStore
from qqgw_trio.token import TokenSource
from qqgw_trio.workers import Dropped, Port, Workers

if TYPE_CHECKING:
    from qqgw_trio.bot import Bot
    from qqgw_trio.credentials import Credentials

__all__ = ["Service"]

logger = logging.getLogger(__name__)


class Service:
    """A bot while it runs.

    Args:
        bot: What is run.
        credentials: Whose bot it is.
        client: For REST and tokens.
        store: Where sessions are kept.

    Attributes:
        api: REST.
        fleet: The shards.
        workers: The handlers' side.
    """

    def __init__(self, bot: Bot, credentials: Credentials, client: HttpClient, store: SessionStore) -> None:
        self._bot = bot
        self._store = store
        self._tokens = TokenSource(credentials, client=client, url=bot.token_url, on_failure=self._report_token_failure)
        self._clock = shard_clock()
        self._journal = JournalFile(bot.settings.journal, self._clock) if bot.settings.journal else None
        self.api = Api(self._tokens, base_url=bot.api_url)
        self.workers = self._make_workers()
        self.fleet = self._assemble()

    async def live(self, stop: StopRequest, task_status: trio.TaskStatus[None]) -> None:
        """From the first task to the last; how it ended, the fleet says."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.workers.run)
            nursery.start_soon(self._store.run)
            nursery.start_soon(self._tokens.run)
            if self._journal is not None:
                nursery.start_soon(self._journal.run)
            nursery.start_soon(self._await_stop, stop)
            task_status.started()
            await self.fleet.run()
            if not stop.is_made:
                # The shards have failed; handlers are no part of that, and may end what they are doing.
                await self.workers.drain(self._bot.settings.drain_seconds)
            nursery.cancel_scope.cancel()

    def _make_workers(self) -> Workers:
        bot = self._bot
        return Workers(
            self._handle,
            bot.settings.workers,
            on_error=self._report,
            on_dropped=self._report_dropped,
            interested=bot.handlers.wants,
        )

    def _assemble(self) -> Fleet:
        bot, clock = self._bot, self._clock
        settings, numbers, intents = bot.settings, bot.shard, int(bot.intents)
        gate = LocalGate(clock=clock)
        # Shards ask again by themselves, and tell of it: a repetition below them would only delay that.
        api = Api(self._tokens, base_url=bot.api_url, policy=RetryPolicy(attempts=1))
        access = GatewayAccess(api, self._tokens, gate, gateway_url=settings.gateway_url, clock=clock)
        tls, on_failure = settings.tls, settings.on_failure
        fleet = Fleet(access, gate, self.workers, self._store, tls=tls, on_notice=self._notice, on_failure=on_failure)
        habits = (settings.reconnect, settings.heartbeat, settings.deadlines)
        config = ClientConfig(intents, numbers, *habits, stop_code=settings.stop_code)
        gateway = self._make_gateway(config)
        key = SessionKey(self._tokens.credentials.app_id, numbers.shard_id, numbers.shard_count, intents)
        fleet.add(Shard(gateway, fleet, clock), key)
        return fleet

    def _make_gateway(self, config: ClientConfig) -> ClientGateway:
        chance, wire, journal = random.SystemRandom(), ByteWire(self._bot.settings.wire), self._journal
        if journal is None:
            return ClientGateway(config, chance, wire=wire)
        recorder = journal.recorder()
        gateway = ClientGateway(config, chance, wire=wire, observer=recorder)
        journal.begin(recorder, gateway)
        return gateway

    async def _await_stop(self, stop: StopRequest) -> None:
        await stop.wait()
        await self.fleet.drain(self._bot.settings.drain_seconds)
        self.fleet.stop()

    async def _handle(self, dispatch: Dispatch, port: Port) -> None:
        shard = self.fleet.shards[port.shard_id]
        attempts = self._bot.settings.workers.attempts
        await self._bot.handlers.handle(dispatch, lambda event: Context(self._bot, shard, event), attempts=attempts)

    def _report(self, dispatch: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        if not isinstance(error, HandlersFailed):  # Those have been told one by one.
            logger.error("handling %s failed (attempt %d)", dispatch.t, attempt, exc_info=error)

    def _report_dropped(self, dropped: Dropped) -> None:
        logger.warning("the buffer was full: %s", dropped)

    def _notice(self, shard: Shard, notice: do.Notice) -> None:
        logger.info("shard %d: %s", shard.shard_id, notice)
        if self._bot.on_notice is not None:
            self._bot.on_notice(shard, notice)

    def _report_token_failure(self, error: GatewayError, seconds: float) -> None:
        if self._bot.on_token_failure is not None:
            self._bot.on_token_failure(error, seconds)
        else:
            logger.warning("no access token, may be asked for again in %.0f s: %s", seconds, error)
