"""`GatewayDiagnostics`: what the specification prints, and a full report on every shard, for a person or a program.

bot.diagnostics.print_status()            # the specification's header and six lines; lang="en" in English
print(bot.diagnostics.report().text())    # every shard: where it stands, why, since when, its last troubles

Where no language is chosen, the status is Chinese, with the specification's labels, and the report English, as logs and
errors are; `lang` is "zh" or "en" in both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, TextIO, TypeAlias

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.clock import Clock
from qqgw_trio.telemetry.metrics import GatewayMetrics

if TYPE_CHECKING:
    from qqgw_trio.insight.reports import Report

__all__ = ["GatewayDiagnostics", "Lang", "check_lang"]

Lang: TypeAlias = Literal["zh", "en"]

_LINES: Final[dict[Lang, tuple[str, ...]]] = {
    # The specification's, label for label.
    "zh": (
        "=== 网关诊断信息 ===",
        "运行时间: {uptime:.2f}s",
        "连接尝试: {attempts}",
        "成功连接: {successes}",
        "连接成功率: {rate}",
        "接收事件: {events}",
        "事件速率: {per_second:.2f} 事件/秒",
    ),
    "en": (
        "=== Gateway diagnostics ===",
        "Uptime: {uptime:.2f}s",
        "Connection attempts: {attempts}",
        "Successful connections: {successes}",
        "Connection success rate: {rate}",
        "Events received: {events}",
        "Event rate: {per_second:.2f} events/s",
    ),
}


def _no_report() -> Report:
    from qqgw_trio.insight.reports import Report  # noqa: PLC0415 - reports are asked for seldom

    return Report()


def check_lang(lang: Lang) -> None:
    """Refuses a language other than English and Chinese.

    Raises:
        ConfigurationError: It is neither "zh" nor "en".
    """
    if lang not in _LINES:
        raise ConfigurationError(f"lang must be 'zh' or 'en', not {lang!r}")


class GatewayDiagnostics:
    """The state of a bot in a few numbers.

    Args:
        metrics: Where the numbers are.
        clock: Seconds, monotonic; that of the metrics.
        report: Makes the full report.

    Attributes:
        start_time: When the bot was started, or this object made; seconds of the clock.
    """

    def __init__(
        self,
        metrics: GatewayMetrics | None = None,
        clock: Clock = time.monotonic,
        report: Callable[[], Report] = _no_report,
    ) -> None:
        self._metrics = metrics or GatewayMetrics(clock)
        self._clock = clock
        self._report = report
        self.start_time = clock()

    @property
    def uptime(self) -> float:
        """Seconds since `start_time`."""
        return self._clock() - self.start_time

    @property
    def connection_attempts(self) -> int:
        """Connections begun."""
        return self._metrics.counts.attempts

    @property
    def successful_connections(self) -> int:
        """Those that came as far as READY or RESUMED."""
        return self._metrics.counts.successes

    @property
    def total_events(self) -> int:
        """Events received."""
        return self._metrics.events_received

    @property
    def success_rate(self) -> float | None:
        """Successful connections in 100 attempts; None before the first attempt."""
        attempts = self.connection_attempts
        return self.successful_connections / attempts * 100 if attempts else None

    @property
    def event_rate(self) -> float:
        """Events received by the seconds of `uptime`."""
        uptime = self.uptime
        return self.total_events / uptime if uptime > 0 else 0.0

    def status(self, lang: Lang = "zh") -> str:
        """A header and six lines.

        Args:
            lang: "zh", with the specification's labels, or "en". (A `Report` is in English where none is chosen.)

        Raises:
            ConfigurationError: There is no such language.
        """
        check_lang(lang)
        rate = self.success_rate
        return "\n".join(_LINES[lang]).format(
            uptime=self.uptime,
            attempts=self.connection_attempts,
            successes=self.successful_connections,
            rate="-" if rate is None else f"{rate:.2f}%",
            events=self.total_events,
            per_second=self.event_rate,
        )

    def print_status(self, lang: Lang = "zh", file: TextIO | None = None) -> None:
        """Prints `status`.

        Args:
            lang: Chinese with the specification's labels, or English.
            file: Where to; stdout where not given. What it cannot show is written as an escape.
        """
        stream = file or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = self.status(lang).encode(encoding, "backslashreplace").decode(encoding)
        stream.write(f"{text}\n")

    def report(self) -> Report:
        """Everything about every shard at this moment."""
        return self._report()
