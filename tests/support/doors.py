"""A door of the command line at which something bad may come in, and what stands behind the doors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

from qqgw_trio.running.serving import bind
from qqgw_trio.simulator.faults import Fault
from qqgw_trio.simulator.ledger import Ledger
from support.elsewhere import Elsewhere
from support.programs import BOTS
from support.tls_pair import tls_pair

__all__ = ["NO_NAMES", "Doors", "Row"]

# Whoever looks up `.invalid` is answered here, so that no question leaves the machine.
NO_NAMES = """
import socket
really = socket.getaddrinfo
def getaddrinfo(host, *more, **options):
    if "invalid" in str(host):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return really(host, *more, **options)
socket.getaddrinfo = getaddrinfo
"""


@attrs.frozen
class Row:
    """One door.

    Attributes:
        name: What is wrong.
        arguments: Behind `qqgw`, with the platform's addresses in braces.
        code: Exit code.
        line: The one line on stderr, a regular expression with addresses in braces.
        env: In place of app id and secret of the platform; None = neither.
        fault: What the platform does.
        attempts: What counts attempts at the platform, and how many there must be.
        module: The text of the module `bad`, which lies in the present folder.
    """

    name: str
    arguments: tuple[str, ...]
    code: int
    line: str
    env: Mapping[str, str] | None = attrs.field(factory=dict[str, str])
    fault: Fault | None = None
    attempts: tuple[Callable[[Ledger], int], int] = (lambda _ledger: 0, 0)
    module: str = ""


class Doors:
    """A platform, what else listens on this machine, and what does not."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        simulator = elsewhere.simulator
        untrusted, _ = tls_pair()
        closed = bind("127.0.0.1", 0)
        self.ledger = simulator.ledger
        self._elsewhere = elsewhere
        self.credentials = {"QQ_BOT_APP_ID": simulator.app_id, "QQ_BOT_SECRET": simulator.secret}
        self.names = {
            "bot": f"{BOTS / 'echo.py'}:bot",
            "bot_file": str(BOTS / "echo.py"),
            "rest": simulator.rest_url,
            "token_url": simulator.token_url,
            "host": simulator.rest_url.removeprefix("http://"),
            "gateway": simulator.gateway_url.removeprefix("ws://").removesuffix("/websocket"),
            "port": simulator.rest_url.rpartition(":")[2],
            "closed": f"127.0.0.1:{closed.getsockname()[1]}",
            "tls": f"127.0.0.1:{elsewhere.serve(b'', untrusted)}",
            "page": self._answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            "no_page": self._answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            "mail": self._answer(b"220 mail.test ready\r\n\r\n"),
        }
        closed.close()

    def _answer(self, answer: bytes) -> str:
        return f"127.0.0.1:{self._elsewhere.serve(answer)}"

    def filled(self, text: str, names: Mapping[str, str] | None = None) -> str:
        """The text with addresses for the names in braces."""
        for name, value in (names or self.names).items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def expected(self, line: str) -> str:
        return self.filled(line, {name: re.escape(value) for name, value in self.names.items()})

    def arguments(self, row: Row) -> list[str]:
        return [self.filled(argument) for argument in row.arguments]

    def env(self, row: Row) -> dict[str, str]:
        return {} if row.env is None else {**self.credentials, **row.env}

    def strike(self, row: Row) -> None:
        fault = row.fault
        if fault is not None:
            self._elsewhere.call(lambda: self._elsewhere.simulator.fault(fault))
