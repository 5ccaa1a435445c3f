"""Whom the requests of an HTTP client were really connected to: their own host, or a proxy on the way.

The HTTP library chooses the proxy by itself and names it in no error. So its own account of each request is followed
(the extension `trace`): what is named is the proxy that was asked, not the one that should have been. Host and port
stand there alone, without user and password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["Road", "Roads"]

_DIALS: Final = ".connect_tcp.started"


class Roads:
    """Where the latest connection for each host led."""

    def __init__(self) -> None:
        self._ends: dict[str, str] = {}

    def to(self, host: str, port: int) -> Road:
        """The road of one request; one that finds a connection open goes the way of the request before it.

        Args:
            host: As it is sent: in lower case, and in ASCII.
            port: Its port.
        """
        return Road(self._ends, _authority(host, port))


class Road:
    """Follows one request; handed to the HTTP library.

    Args:
        ends: Where connections for each host led.
        origin: The host and port that the request is for.
    """

    def __init__(self, ends: dict[str, str], origin: str) -> None:
        self._ends = ends
        self._origin = origin

    async def __call__(self, step: str, about: Mapping[str, Any]) -> None:
        """Told each step by its name, with what belongs to it."""
        if step.endswith(_DIALS):
            self._ends[self._origin] = _authority(about["host"], about["port"])

    @property
    def proxy(self) -> str:
        """Host and port of the proxy on the way; "" = none that is known of."""
        end = self._ends.get(self._origin, self._origin)
        return "" if end == self._origin else end


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
