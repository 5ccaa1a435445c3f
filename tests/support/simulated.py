"""A simulated platform without sockets: memory streams, requests through ASGI, so that time can be virtual."""

from __future__ import annotations

from typing import cast

import httpx2
import trio
import trio.testing
from starlette.types import ASGIApp

from qqgw_trio.simulator.gateway import GatewayServer
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.rest import make_app
from qqgw_trio.simulator.rest_control import ControlRoutes
from qqgw_trio.simulator.settings import SimulatorConfig
from support.raw_client import RawClient

ALL_INTENTS = 2**31 - 1


class Bench:
    """One platform, its gateway and its REST API.

    Args:
        nursery: Where connections run.
        config: What the platform is; by default its world does nothing by itself.
    """

    def __init__(self, nursery: trio.Nursery, config: SimulatorConfig | None = None) -> None:
        self.platform = Platform(SimulatorConfig(events=0) if config is None else config)
        self.gateway = GatewayServer(self.platform)
        self.ledger = self.platform.ledger
        self.said: list[tuple[str, str, str]] = []
        self._nursery = nursery
        control = ControlRoutes(self.gateway, self.ledger)
        self.app: ASGIApp = make_app(self.platform, control, lambda: "ws://gateway.test/websocket", self._on_reply)
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url="http://api.test")

    def _on_reply(self, kind: str, target: str, text: str) -> None:
        self.said.append((kind, target, text))

    @property
    def token(self) -> str:
        """What an IDENTIFY shows."""
        return f"QQBot {self.access_token}"

    @property
    def access_token(self) -> str:
        """A valid access token."""
        return self.platform.accounts.issue()[0].text

    def open_stream(self) -> trio.abc.Stream:
        """A transport whose other end is being served."""
        ours, theirs = trio.testing.memory_stream_pair()
        self._nursery.start_soon(self.gateway.serve_stream, theirs)
        return ours

    async def client(self) -> RawClient:
        """A client after the handshake, with HELLO still to be read."""
        return await RawClient(self.open_stream()).upgrade()

    async def logged_in(self, *, intents: int = ALL_INTENTS, shard: object = (0, 1)) -> tuple[RawClient, str]:
        """A client in READY, and its session id."""
        client = await self.client()
        ready = await client.log_in(self.token, intents=intents, shard=shard)
        return client, str(cast("dict[str, object]", ready["d"])["session_id"])

    async def get(self, path: str) -> httpx2.Response:
        """A request with a valid token."""
        return await self.http.get(path, headers={"Authorization": self.token})

    async def post(self, path: str, body: object) -> httpx2.Response:
        """A request with a valid token."""
        return await self.http.post(path, json=body, headers={"Authorization": self.token})
