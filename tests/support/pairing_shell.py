"""The shell of one shard in a test: it remembers what is asked for and answers when told to, and checks everything."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable

import attrs

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, ServerConfig, Snapshot, Ticket
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.doors import ByteWire, Door
from support.pairing_checks import Checks
from support.pairing_gateway import Gateway
from support.pairing_network import Link
from support.pairing_sessions import Sessions

__all__ = ["TOKEN", "URL", "Shell"]

TOKEN = "the-token-that-nobody-may-see"
URL = "ws://127.0.0.1:8080/websocket"
NETWORK_DOWN = ConnectionFailed("the network is down")


@attrs.define
class Asked:
    """Requests of the client that nobody has answered, oldest first; an older number may be stale."""

    permits: deque[int] = attrs.field(factory=deque[int])
    accesses: deque[int] = attrs.field(factory=deque[int])
    dials: deque[int] = attrs.field(factory=deque[int])


class Shell:
    """One shard and what surrounds it.

    Args:
        door: `ByteWire()` or `MessageWire()`, for both ends.
        config: The shard's.
        server: Of every connection's other end.
        resumed_counts: Whether RESUMED has a number of its own in the session.
    """

    def __init__(
        self,
        door: Door | None = None,
        config: ClientConfig | None = None,
        server: ServerConfig | None = None,
        *,
        resumed_counts: bool = True,
    ) -> None:
        self.door: Door = ByteWire() if door is None else door
        self.config = ClientConfig(intents=1 << 25) if config is None else config
        self.sessions = Sessions(resumed_counts=resumed_counts)
        self.now = 0.0
        self.lives = 0
        self.saved: Snapshot | None = None
        self.checks = Checks(self.config, TOKEN, self.sessions, whole_messages=self.door.whole_messages)
        settings = ServerConfig() if server is None else server
        self.gateway = Gateway(self.door, settings, self.sessions, self.config.token_prefix + TOKEN, self.checks)
        self._begin_life()

    def _begin_life(self) -> None:
        self.lives += 1
        self.asked = Asked()
        self.links: dict[int, Link] = {}
        self.open_tickets: list[Ticket] = []
        self.paused = False
        self.client = ClientGateway(
            self.config, random.Random(self.lives), wire=self.door, observer=self.checks.observe
        )

    # --- the owner of the client

    @property
    def state(self) -> ConnectionState:
        """Where the shard stands."""
        return self.client.state

    def start(self) -> None:
        """Starts with what is saved."""
        self.checks.losses.started(self.saved)
        self.call(lambda: self.client.start(self.now, self.saved))

    def stop(self) -> None:
        """Asks for the end."""
        self.call(lambda: self.client.stop(self.now))

    def reconnect(self) -> None:
        """A planned reconnect."""
        self.call(lambda: self.client.reconnect(self.now))

    def crash(self) -> None:
        """The process ends here, and another begins with what was saved."""
        for link in self.links.values():
            link.hang_up()
        self.checks.crashed(self.saved)
        self._begin_life()

    def settle(self, positions: Iterable[int]) -> None:
        """Finishes open events, named by their position; positions beyond the end begin anew."""
        count = len(self.open_tickets)
        chosen = sorted({position % count for position in positions}, reverse=True) if count else []
        tickets = [self.open_tickets.pop(position) for position in chosen]
        self.checks.losses.settled(tickets)
        self.call(lambda: self.client.settled(tickets, self.now))

    def pause(self, *, paused: bool) -> None:
        """Stops reading, or goes on."""
        if paused != self.paused:
            self.paused = paused
            self.checks.paused(self.now, paused=paused)
            self.call(lambda: (self.client.reading_paused if paused else self.client.reading_resumed)(self.now))

    # --- answers

    def grant_permit(self) -> None:
        """Grants the oldest permit asked for."""
        if self.asked.permits:
            request = self.asked.permits.popleft()
            self.checks.granted(request)
            self.call(lambda: self.client.permit_granted(request, self.now))

    def delay_permit(self, seconds: float) -> None:
        """Tells that the newest permit asked for will take its time."""
        if self.asked.permits:
            request = self.asked.permits[-1]
            self.call(lambda: self.client.permit_delayed(request, self.now + seconds, self.now))

    def grant_access(self) -> None:
        """Gives URL and token."""
        if self.asked.accesses:
            request = self.asked.accesses.popleft()
            self.call(lambda: self.client.access_granted(request, URL, TOKEN, self.now))

    def deny_access(self, *, fatal: bool = False, retry_after: float | None = None) -> None:
        """Gives none."""
        if self.asked.accesses:
            request, wait = self.asked.accesses.popleft(), retry_after
            self.checks.fatal_causes += fatal
            deny = self.client.access_denied
            self.call(lambda: deny(request, NETWORK_DOWN, self.now, fatal=fatal, retry_after=wait))

    def open_dial(self) -> None:
        """The oldest dial succeeds: a connection with a server at its other end."""
        if self.asked.dials:
            number = self.asked.dials.popleft()
            self.links[number] = self.gateway.accept(number, self.now)
            self.call(lambda: self.client.opened(number, self.now))

    def fail_dial(self) -> None:
        """The oldest dial fails."""
        if self.asked.dials:
            number = self.asked.dials.popleft()
            self.call(lambda: self.client.dial_failed(number, NETWORK_DOWN, self.now))

    def answer_all(self) -> None:
        """Answers everything with success."""
        while self.asked.permits or self.asked.accesses or self.asked.dials:
            self.grant_permit()
            self.grant_access()
            self.open_dial()

    def block(self) -> None:
        """The transport takes no more bytes."""
        if self.link is not None:
            number = self.link.number
            self.call(lambda: self.client.writing_blocked(number, self.now))

    def unblock(self) -> None:
        """The transport takes bytes again."""
        if self.link is not None:
            number = self.link.number
            self.call(lambda: self.client.writing_resumed(number, self.now))

    @property
    def link(self) -> Link | None:
        """The connection that the client holds."""
        return next((link for link in self.links.values() if link.client_holds), None)

    # --- effects

    def call(self, call: Callable[[], list[do.Effect]]) -> None:
        """Calls the client and applies what it asks for."""
        self.checks.before(self.client)
        for effect in call():
            self.checks.of_client(self.client, effect, self.now)
            self._apply(effect)
        self.checks.after(self.client, self.now)

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.RequestPermit():
                self.asked.permits.append(effect.request)
            case do.RequestAccess():
                self.asked.accesses.append(effect.request)
            case do.Dial():
                self.asked.dials.append(effect.connection)
            case do.Write():
                self.links[effect.connection].up.put(effect.data)
            case do.CloseTransport():
                self.links[effect.connection].hang_up((effect.code, effect.reason))
            case do.AbandonTransport():
                if effect.connection in self.links:
                    self.links[effect.connection].hang_up()
            case do.Deliver():
                self.open_tickets += effect.tickets()
            case do.SaveSession():
                self.saved = effect.snapshot
            case _:
                pass
