"""What a person at a terminal is told while `qqgw run` runs a bot, and with which code the process ends.

A refusal before the first session (wrong secret, allow-list, certificate, a URL that is no WebSocket) ends at once with
2; what is unreachable is told in one line, at the first failure and at most once a minute, and tried for ever, unless
`fail_fast` ends it with 3; a failure later ends with 1.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from qqgw_proto.errors import GatewayError
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.refusals import is_refusal
from qqgw_trio.shard import Shard

__all__ = ["EXIT_FAILED", "EXIT_REFUSED", "EXIT_UNREACHABLE", "Runner"]

EXIT_FAILED = 1
EXIT_REFUSED = 2
EXIT_UNREACHABLE = 3

_MINUTE = 60.0


class Runner:
    """Runs one bot.

    Args:
        bot: Not yet running.
        say: Prints one line for the person.
        fail_fast: Whether an unreachable platform ends the process.
    """

    def __init__(self, bot: Bot, say: Callable[[str], None], *, fail_fast: bool = False) -> None:
        self._bot = bot
        self._say = say
        self._fail_fast = fail_fast
        self._was_ready = False
        self._unreachable = False
        self._told_at: float | None = None
        bot.on_notice = self._listen

    def run(self) -> int:
        """Runs until the bot ends; the process's exit code."""
        try:
            self._bot.run()
        except GatewayError as error:
            self._say(f"{error}")
            if self._unreachable:
                return EXIT_UNREACHABLE
            return EXIT_REFUSED if not self._was_ready and is_refusal(error) else EXIT_FAILED
        return 0

    def _listen(self, shard: Shard, notice: do.Notice) -> None:
        match notice:
            case do.Ready() | do.Resumed():
                self._was_ready = True
                self._told_at = None
                self._say(f"shard {shard.shard_id} is ready")
            case do.Gap():
                self._say(
                    f"shard {shard.shard_id}: events were lost ({notice.cause}), the platform cannot bring them back"
                )
            case do.Retrying() if not self._was_ready and is_refusal(notice.why):
                self._bot.fail(notice.why)
            case do.Retrying():
                self._tell_retry(shard, notice)
            case _:
                pass

    def _tell_retry(self, shard: Shard, notice: do.Retrying) -> None:
        if self._fail_fast:
            self._unreachable = True
            self._bot.fail(notice.why)
            return
        now = trio.current_time()
        if self._told_at is None or now - self._told_at >= _MINUTE:
            self._told_at = now
            wait = max(0.0, notice.at - shard.clock())
            self._say(f"{notice.why.message}; retrying in {wait:.0f} s, Ctrl-C to stop")
