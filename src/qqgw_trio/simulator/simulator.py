"""`Simulator`: a QQ platform on this machine.

    async with Simulator(SimulatorConfig(rate=50, events=300, seed=1)) as simulator:
        print(json.dumps(simulator.describe()))
        ...

Inside the block both servers listen and the world makes its `events`; `emit`, `say`, `drop` and `fault` do so by order.
At the end of the block everything is closed at once.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

import trio

from qqgw_proto.errors import MisuseError
from qqgw_trio.running.serving import bind, serve_http, serve_tcp
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.gateway import GatewayServer
from qqgw_trio.simulator.ledger import Ledger
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.rest import TOKEN_PATH, make_app
from qqgw_trio.simulator.rest_control import ControlRoutes
from qqgw_trio.simulator.settings import ReplyCallback, SayCallback, SimulatorConfig

__all__ = ["Simulator"]

_REACHABLE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - "every address" is none to connect to


class Simulator:
    """One platform with its servers; an async context manager, inside `trio.run`.

    Args:
        config: What it is.
        on_reply: Called with kind, target and text of every message that the bot sends.
        on_say: Called with kind, author and text of everything that is said by order, `POST /simulator/say` included.

    Raises:
        PortTaken: On entering: a port cannot be listened on.
    """

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        on_reply: ReplyCallback | None = None,
        on_say: SayCallback | None = None,
    ) -> None:
        self.config = SimulatorConfig() if config is None else config
        self._on_reply = on_reply
        self._on_say = on_say
        self._gateway: GatewayServer | None = None
        self._stack = AsyncExitStack()
        self._scope = trio.CancelScope()
        self._gateway_port = self._rest_port = 0
        self.world_done = trio.Event()
        """Set once the world has made all of `config.events`."""

    async def __aenter__(self) -> Self:
        platform = Platform(self.config)
        gateway = self._gateway = GatewayServer(platform)
        gateway_socket = bind(self.config.host, self.config.port)
        try:
            rest_socket = bind(self.config.host, self.config.rest_port)
        except BaseException:
            gateway_socket.close()
            raise
        self._gateway_port, self._rest_port = gateway_socket.getsockname()[1], rest_socket.getsockname()[1]
        control = ControlRoutes(self, platform.ledger)
        app = make_app(platform, control, lambda: self.gateway_url, self._on_reply)
        nursery = await self._stack.enter_async_context(trio.open_nursery())
        self._scope = nursery.cancel_scope
        nursery.start_soon(serve_http, app, rest_socket)
        nursery.start_soon(serve_tcp, gateway.serve_stream, gateway_socket, self.config.ssl_context)
        nursery.start_soon(self._run_world, gateway)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        self._scope.cancel()
        try:
            return await self._stack.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if error is not None and group.exceptions == (error,):
                return False  # The block's own error leaves as it is, not wrapped by the nursery.
            raise

    # --- where it is

    @property
    def rest_url(self) -> str:
        """Base URL of the REST API."""
        return f"http://{self._host}:{self._rest_port}"

    @property
    def token_url(self) -> str:
        """Where access tokens are given."""
        return f"{self.rest_url}{TOKEN_PATH}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway listens; any other path does as well."""
        scheme = "ws" if self.config.ssl_context is None else "wss"
        return f"{scheme}://{self._host}:{self._gateway_port}/websocket"

    @property
    def app_id(self) -> str:
        """The one app id that is known."""
        return self.config.app_id

    @property
    def secret(self) -> str:
        """Its secret."""
        return self.platform.accounts.secret

    def describe(self) -> dict[str, str]:
        """What a client needs to connect: the first line of `qqgw simulate`."""
        return {
            "rest": self.rest_url,
            "token_url": self.token_url,
            "gateway": self.gateway_url,
            "app_id": self.app_id,
            "secret": self.secret,
        }

    # --- what it saw and does

    @property
    def gateway(self) -> GatewayServer:
        """The gateway's side.

        Raises:
            MisuseError: The simulator was not entered.
        """
        if self._gateway is None:
            raise MisuseError("the simulator does not run", remedy="use it inside its `async with` block")
        return self._gateway

    @property
    def platform(self) -> Platform:
        """What gateway and REST API have in common."""
        return self.gateway.platform

    @property
    def ledger(self) -> Ledger:
        """Everything that was sent and received."""
        return self.platform.ledger

    def say(self, kind: str, author: str | None, text: str) -> str:
        """As `GatewayServer.say`."""
        author = author or self.platform.world.anybody()
        event_id = self.gateway.say(kind, author, text)
        if self._on_say is not None:
            self._on_say(kind, author, text)
        return event_id

    def fault(self, fault: Fault | FaultKind | str) -> int:
        """As `GatewayServer.fault`."""
        return self.gateway.fault(fault)

    def drop(self) -> int:
        """As `GatewayServer.drop`."""
        return self.gateway.drop()

    async def emit(self, count: int, *, rate: float | None = None) -> list[str]:
        """As `GatewayServer.emit`."""
        return await self.gateway.emit(count, rate=rate)

    async def wait_for_session(self) -> None:
        """Returns once a bot has a session."""
        await self.platform.wait_for_session()

    @property
    def _host(self) -> str:
        host = _REACHABLE.get(self.config.host, self.config.host)
        return f"[{host}]" if ":" in host else host

    async def _run_world(self, gateway: GatewayServer) -> None:
        await gateway.emit(self.config.events)
        self.world_done.set()
