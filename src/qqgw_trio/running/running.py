"""What a person at a terminal is told while `qqgw run` runs a bot, and with which code the process ends.

Before the first session a refusal (wrong secret, allow-list, certificate, a URL that is no WebSocket) ends the process
with 2, within one attempt. What is unreachable is told in one line, at the first failure and then at most once a
minute, and tried for ever, unless `fail_fast` ends it with 3. A failure later ends it with 1. A saved session that is
refused is neither: it is told, and a new one begins.

Each lost connection and each return of a shard is one short line; for more than ten shards the line says only how many
are ready. A stop that waits for handlers says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from urllib.parse import urlsplit

import trio

from qqgw_proto.errors import GatewayError, InvalidSession, ProtocolViolation, ReconnectRequested
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.connection.refusals import is_refusal
from qqgw_trio.connection.roll import Roll
from qqgw_trio.connection.shard import Shard
from qqgw_trio.handler.listening import tell_listener
from qqgw_trio.rest.api_errors import ApiError

__all__ = ["EXIT_FAILED", "EXIT_REFUSED", "EXIT_UNREACHABLE", "Runner"]

EXIT_FAILED = 1
EXIT_REFUSED = 2
EXIT_UNREACHABLE = 3

_MINUTE = 60.0


class Runner:
    """Runs one bot.

    Args:
        bot: Not yet running; its own `on_notice` and other listeners are called as well.
        say: Prints one line for the person.
        say_failure: Prints a line about what has failed for good; None = as `say`.
        fail_fast: Whether an unreachable platform ends the process.
    """

    def __init__(
        self,
        bot: Bot,
        say: Callable[[str], None],
        *,
        say_failure: Callable[[str], None] | None = None,
        fail_fast: bool = False,
    ) -> None:
        self._bot = bot
        self._say = say
        self._say_failure = say_failure or say
        self._fail_fast = fail_fast
        self._roll = Roll(say, lambda: len(bot.shard_ids))
        self._unreachable = False
        self._told_at = -math.inf
        self._lost: dict[int, GatewayError] = {}
        self._on_notice = bot.on_notice
        bot.on_notice = self._listen
        self._on_token_failure = bot.on_token_failure
        bot.on_token_failure = self._hear_of_token
        self._on_count_failure = bot.on_count_failure
        bot.on_count_failure = self._hear_of_count
        self._on_waiting = bot.on_waiting
        bot.on_waiting = self._hear_of_waiting

    def run(self) -> int:
        """Runs until the bot ends; the process's exit code."""
        try:
            self._bot.run()
        except GatewayError as error:
            self._say_failure(self._last_words(error))
            if self._unreachable:
                return EXIT_UNREACHABLE
            return EXIT_REFUSED if self._roll.is_empty else EXIT_FAILED
        return 0

    def _last_words(self, error: GatewayError) -> str:
        if isinstance(error, ProtocolViolation):  # its own advice is for a shard that goes on
            return f"{error.message}: check that {self._host_behind(error)} is the gateway of QQ bots"
        return str(error)

    def _listen(self, shard: Shard, notice: do.Notice) -> None:
        match notice:
            case do.Ready() | do.Resumed():
                self._greet(shard, is_new=isinstance(notice, do.Ready))
            case do.Gap():
                cause = f"shard {shard.shard_id}: events were lost ({notice.cause})"
                self._say(f"{cause}, the platform cannot bring them back")
            case do.Disconnected():
                self._lost[shard.shard_id] = notice.cause
            case do.Retrying():
                self._judge(shard, notice)
            case do.Failed() if self._bot.settings.on_failure == "go on":  # Otherwise the process ends by it.
                self._say_failure(f"shard {shard.shard_id} has failed for good, the others go on: {notice.error}")
            case _:
                pass
        if self._on_notice is not None:
            tell_listener(self._on_notice, shard, notice)

    def _greet(self, shard: Shard, *, is_new: bool) -> None:
        shard_id = shard.shard_id
        begins = is_new or not self._roll.has_seen(shard_id)
        self._lost.pop(shard_id, None)
        self._roll.arrive(shard_id, f"shard {shard_id} {'is ready' if begins else 'has resumed'}")

    def _judge(self, shard: Shard, notice: do.Retrying) -> None:
        """A refusal at the first start ends the bot; an outage and a connection that broke are told."""
        cause = self._lost.pop(shard.shard_id, None)
        seconds = notice.at - shard.clock()
        if self._roll.is_empty and is_refusal(notice.why):
            self._bot.fail(notice.why)
        elif cause is None:
            self._tell(notice.why, seconds, _unreached(notice.why, self._host_behind(notice.why)))
        else:
            what = "changes" if isinstance(cause, ReconnectRequested) else "lost"
            line = f"shard {shard.shard_id} {what} its connection ({cause.message})"
            if self._roll.is_empty:
                self._tell(notice.why, seconds, line)
            else:
                self._roll.leave(shard.shard_id, f"{line}, dialing again in {_about(seconds)}")

    def _hear_of_token(self, error: GatewayError, seconds: float) -> None:
        if self._on_token_failure is not None:
            tell_listener(self._on_token_failure, error, seconds)
        # At the first start a refusal reaches the shard, which ends with it.
        if not self._roll.is_empty or not is_refusal(error):
            self._tell(error, seconds, _unreached(error, urlsplit(self._bot.token_url).netloc))

    def _hear_of_count(self, error: GatewayError, seconds: float) -> None:
        if self._on_count_failure is not None:
            tell_listener(self._on_count_failure, error, seconds)
        if is_refusal(error):
            self._bot.fail(error)
        else:
            self._tell(error, seconds, _unreached(error, self._host_behind(error)))

    def _hear_of_waiting(self, busy: int, seconds: float) -> None:
        if self._on_waiting is not None:
            tell_listener(self._on_waiting, busy, seconds)
        events = "1 event" if busy == 1 else f"{busy} events"
        self._say(f"stopping: {events} still to be handled, for {seconds:g} s at most; Ctrl-C again stops at once")

    def _host_behind(self, error: GatewayError) -> str:
        gateway_url, api = self._bot.settings.gateway_url, urlsplit(self._bot.api_url).netloc
        if isinstance(error, ApiError):
            return api
        return urlsplit(gateway_url).netloc if gateway_url else f"the gateway that {api} names"

    def _tell(self, error: GatewayError, seconds: float, what: str) -> None:
        if self._fail_fast and not isinstance(error, InvalidSession):
            self._unreachable = True
            self._bot.fail(error)
        elif trio.current_time() - self._told_at >= _MINUTE:
            self._told_at = trio.current_time()
            self._say(f"{what}; retrying in {_about(seconds)}, Ctrl-C to stop")


def _unreached(error: GatewayError, host: str) -> str:
    """What went wrong before any connection stood."""
    if is_refusal(error):
        return f"{host} refuses: {error.message}"
    return error.message if error.message.startswith("cannot reach ") else f"cannot reach {host}: {error.message}"


def _about(seconds: float) -> str:
    return f"{max(1, math.ceil(seconds))} s"
