"""The simulator's own routes: make the world say something, let something go wrong, read the ledger.

They need no token: whoever can reach the simulator may command it.
"""

from __future__ import annotations

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.simulator.faults import Fault
from qqgw_trio.simulator.ledger import Ledger
from qqgw_trio.simulator.rest_answers import answer, body_of, error

__all__ = ["Commander", "ControlRoutes"]

_BAD_ORDER = 400


class Commander(Protocol):
    """What the routes command."""

    def say(self, kind: str, author: str | None, text: str) -> str:
        """Makes the world say exactly this; the event's id."""
        ...

    def fault(self, fault: Fault) -> int:
        """Lets something go wrong; how often."""
        ...


class ControlRoutes:
    """`/simulator/…`.

    Args:
        commander: Carries the orders out.
        ledger: What is shown.
    """

    def __init__(self, commander: Commander, ledger: Ledger) -> None:
        self._commander = commander
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/simulator/say", self._say, methods=["POST"]),
            Route("/simulator/fault", self._fault, methods=["POST"]),
            Route("/simulator/ledger", self._show_ledger),
        ]

    async def _say(self, request: Request) -> Response:
        body = await body_of(request) or {}
        kind, author, text = body.get("kind"), body.get("author"), body.get("text")
        if not isinstance(kind, str) or not isinstance(text, str) or not isinstance(author, str | None):
            return error(400, _BAD_ORDER, 'the body must be {"kind": text, "author": text or absent, "text": text}')
        try:
            event_id = self._commander.say(kind, author, text)
        except ConfigurationError as wrong:
            return error(400, _BAD_ORDER, str(wrong))
        return answer({"event_id": event_id})

    async def _fault(self, request: Request) -> Response:
        try:
            fault = Fault.of(await body_of(request) or {})
        except ConfigurationError as wrong:
            return error(400, _BAD_ORDER, str(wrong))
        return answer({"struck": self._commander.fault(fault)})

    async def _show_ledger(self, _request: Request) -> Response:
        return answer(self._ledger.as_json())
