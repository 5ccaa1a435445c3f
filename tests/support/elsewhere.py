"""A simulated platform in a thread of its own, so that what is tested has the main thread and with it the signals."""

from __future__ import annotations

import queue
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import trio

from qqgw_proto.errors import GatewayError
from qqgw_trio import Credentials, GatewayConfig
from qqgw_trio.running.serving import bind, serve_tcp
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator

__all__ = ["Elsewhere"]

T = TypeVar("T")


class Elsewhere:
    """One simulator, silent unless its configuration says otherwise; a context manager for code without trio.

    Args:
        config: What it is.

    Attributes:
        said: Kind and text of what the bot has said.
    """

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.said: list[tuple[str, str]] = []
        self.simulator = Simulator(config or SimulatorConfig(events=0), on_reply=self._note)
        self._started = queue.SimpleQueue[trio.lowlevel.TrioToken | BaseException]()
        self._thread = threading.Thread(target=self._live)
        self._token: trio.lowlevel.TrioToken
        self._nursery: trio.Nursery

    def __enter__(self) -> Self:
        self._thread.start()
        started = self._started.get(timeout=30)
        if isinstance(started, BaseException):
            raise started
        self._token = started
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(self._nursery.cancel_scope.cancel)
        self._thread.join(timeout=30)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.simulator.app_id, self.simulator.secret)

    @property
    def settings(self) -> GatewayConfig:
        return GatewayConfig(api_url=self.simulator.rest_url, token_url=self.simulator.token_url)

    async def until_said(self, kind: str, text: str) -> None:
        """Waits, in another trio run, until the bot has said something."""
        while (kind, text) not in self.said:  # noqa: ASYNC110 - nothing of that run can be waited for in this one
            await trio.sleep(0.01)

    def call(self, function: Callable[[], T]) -> T:
        """Calls something of the simulator's where it lives."""
        return trio.from_thread.run_sync(function, trio_token=self._token)

    def serve(self, answer: bytes, tls: ssl.SSLContext | None = None) -> int:
        """A port where everybody who says anything gets one answer and then EOF."""

        async def serve_one(stream: trio.abc.Stream) -> None:
            try:
                await stream.receive_some()
                await stream.send_all(answer)
                await stream.aclose()
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                await trio.aclose_forcefully(stream)

        listener = bind("127.0.0.1", 0)
        port = int(listener.getsockname()[1])
        self.call(lambda: self._nursery.start_soon(serve_tcp, serve_one, listener, tls))
        return port

    def _note(self, kind: str, _target: str, text: str) -> None:
        self.said.append((kind, text))

    def _live(self) -> None:
        trio.run(self._serve)

    async def _serve(self) -> None:
        try:
            async with self.simulator, trio.open_nursery() as self._nursery:
                self._started.put(trio.lowlevel.current_trio_token())
                await trio.sleep_forever()
        except GatewayError as error:
            self._started.put(error)
