"""Which shard serves a guild, and when a shard may send IDENTIFY.

`shard_for(guild_id, shard_count)` is the server's own rule. `IdentifyGate` hands out permits for all shards of a bot:

* A shard asks for a permit before it sends IDENTIFY, at its start and every time it must identify again; never before a
  RESUME. Permits are granted in the order in which they were asked for.
* A permit takes a slot from its grant until 5 s after the IDENTIFY that it was used for; returned unused, it frees its
  slot at once. Never are more slots taken than `max_concurrency` ("sessions creatable per 5 s", GWB:37), so in no 5 s
  are more IDENTIFYs sent.
* No more permits are used than `session_start_limit.remaining` leaves; when it is spent, all wait for `reset_after`.
* A permit that is never returned holds its slot for `lease` seconds from its grant, and is not credited to the start
  limit again. Returned after that as used, it takes its slot anew: the gate grants nothing until there is room.

The gate is pure: `now` (seconds of the caller's monotonic clock) comes with every call and going back is ignored. Call
`poll(now)` after every other call and whenever `deadline` has come; it returns the news. Nothing here raises but
`ConfigurationError` for a value that cannot be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

import attrs
import msgspec

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.waiting_line import RequestId, WaitingLine

__all__ = ["Delayed", "Granted", "IdentifyGate", "Notice", "Permit", "RequestId", "StartLimits", "shard_for"]

WINDOW: Final = 5.0
"""Seconds that `max_concurrency` counts over (GWB:37)."""

DAY: Final = 86_400.0
"""Seconds that `total` counts over (GWB:34)."""

DEFAULT_LEASE: Final = 120.0
"""Twice the 60 s that the default deadlines allow from permit to IDENTIFY: access 30, dial 10, upgrade 10, HELLO 10."""

DelayReason: TypeAlias = Literal["concurrency", "start_limit"]


def shard_for(guild_id: str | int, shard_count: int) -> int:
    """Which shard receives the events of a guild: "shard_id = (guild_id >> 22) % num_shards" (EE:386-390).

    Only guild ids are routed so; how direct messages, C2C and groups are routed is not documented.

    Args:
        guild_id: As the wire has it, decimal text, or the number; up to 64 bits, unsigned.
        shard_count: All shards of the bot, from 1.

    Raises:
        ConfigurationError: One of the two is not that.
    """
    if not _is_whole(shard_count, 1):
        raise ConfigurationError(f"shard_count must be a whole number from 1, not {shard_count!r}")
    return (_guild_number(guild_id) >> 22) % shard_count


def _guild_number(guild_id: str | int) -> int:
    # 20 digits hold every u64; longer text is refused before it is converted, however long it is.
    if isinstance(guild_id, str):
        number = int(guild_id) if len(guild_id) <= 20 and guild_id.isascii() and guild_id.isdecimal() else -1
    else:
        number = guild_id if _is_whole(guild_id, 0) else -1
    if not 0 <= number < 2**64:
        shown = repr(guild_id[:32]) if isinstance(guild_id, str) else f"this {type(guild_id).__name__}"
        raise ConfigurationError(f"a guild id is decimal digits of at most 64 bits, not {shown}")
    return number


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _check_seconds(name: str, value: object, least: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < math.inf:
        raise ConfigurationError(f"{name} must be a number of seconds from {least:g}, not {value!r}")


@attrs.frozen
class StartLimits:
    """The `session_start_limit` of `GET /gateway/bot` (GWB:34-37); the defaults are the least that was ever seen.

    Attributes:
        max_concurrency: IDENTIFYs per 5 s, over all shards.
        remaining: Sessions that can still be created.
        total: Sessions that can be created in 24 h; what `remaining` becomes after `reset_after`.
        reset_after: Seconds to that reset (the wire has milliseconds).

    Raises:
        ConfigurationError: A value cannot be one of these.
    """

    max_concurrency: int = 1
    remaining: int = 1000
    total: int = 1000
    reset_after: float = DAY

    def __attrs_post_init__(self) -> None:
        for name, least in (("max_concurrency", 1), ("remaining", 0), ("total", 0)):
            value = getattr(self, name)
            if not _is_whole(value, least):
                raise ConfigurationError(f"{name} must be a whole number from {least}, not {value!r}")
        _check_seconds("reset_after", self.reset_after, 0)


class Permit(msgspec.Struct, frozen=True):
    """Permission to send one IDENTIFY; give it back with `IdentifyGate.returned`, used or not.

    Attributes:
        request: The request that it answers.
        shard_id: Who asked.
        granted_at: When, in the caller's seconds.
    """

    request: RequestId
    shard_id: int
    granted_at: float


class Granted(msgspec.Struct, frozen=True):
    """A request has its permit."""

    permit: Permit


class Delayed(msgspec.Struct, frozen=True):
    """A request must wait.

    The grant is expected at `until`, if all permits granted before are used at once. It may come earlier (permits came
    back unused, others gave up); if it has not come by then, a new `Delayed` comes, and so it does when limits change.

    Attributes:
        request: Which one.
        shard_id: Who asked.
        until: In the caller's seconds, later than the poll that says it.
        why: "concurrency" (the slots of these 5 s are taken) or "start_limit" (the sessions of this day are spent).
    """

    request: RequestId
    shard_id: int
    until: float
    why: DelayReason


Notice: TypeAlias = Granted | Delayed


class IdentifyGate:
    """Permits for the IDENTIFYs of all shards of one bot; see the module.

    Args:
        limits: What `GET /gateway/bot` said last.
        lease: Seconds after its grant at which a permit that was not returned loses its slot; from 5.
    """

    def __init__(self, limits: StartLimits | None = None, *, lease: float = DEFAULT_LEASE) -> None:
        _check_seconds("lease", lease, WINDOW)
        self._lease = lease
        self._now = -math.inf
        self._last_request = 0
        self._waiting = WaitingLine()
        self._held: set[RequestId] = set()  # granted, neither returned nor past the lease
        self._taken: dict[RequestId, float] = {}  # slots, and when each becomes free
        self._none_free_before = math.inf
        self._limits = limits or StartLimits()
        self._budget = self._limits.remaining
        self._reset_at = math.inf  # until the first call brings a `now`

    @property
    def limits(self) -> StartLimits:
        """The limits as last given."""
        return self._limits

    @property
    def in_use(self) -> int:
        """Slots taken, as of the last call."""
        return len(self._taken)

    @property
    def deadline(self) -> float | None:
        """The next instant at which `poll` has news if nothing else happens; None = not before another call."""
        due = self._waiting.next_due
        return None if due is None else min(self._open_at(), due)

    def request(self, shard_id: int, now: float) -> RequestId:
        """Ask for a permit, behind all who asked before. The next `poll` says `Granted` or `Delayed`."""
        self._advance(now)
        self._last_request += 1
        request = RequestId(self._last_request)
        self._waiting.join(request, shard_id, self._now)
        return request

    def cancel(self, request: RequestId, now: float) -> None:
        """Give a request up, at any time; a permit that it has been granted is returned unused."""
        self._advance(now)
        if not self._waiting.leave(request):
            self._return_unused(request)

    def returned(self, permit: Permit, identified_at: float | None, now: float) -> None:
        """Give a permit back; doing it twice changes nothing.

        Args:
            permit: As granted.
            identified_at: When the IDENTIFY was sent, or None: it was not. Outside of grant to now it is moved there.
            now: The caller's seconds.
        """
        self._advance(now)
        if identified_at is None:
            self._return_unused(permit.request)
            return
        self._held.discard(permit.request)
        self._take(permit.request, min(max(identified_at, permit.granted_at), self._now) + WINDOW)

    def update(self, limits: StartLimits, now: float) -> None:
        """Take over newer limits. They do not count the permits that are held now, so those are subtracted."""
        self._advance(now)
        self._limits = limits
        self._budget = limits.remaining - len(self._held)
        self._reset_at = self._now + limits.reset_after
        self._waiting.expect_news(self._now)

    def poll(self, now: float) -> list[Notice]:
        """All news: grants in the order of asking, then who must wait anew and until when."""
        self._advance(now)
        return [*self._grants(), *self._delays()]

    def _advance(self, now: float) -> None:
        if self._now == -math.inf:
            self._reset_at = now + self._limits.reset_after
        self._now = max(self._now, now)
        self._free_slots()
        if self._now >= self._reset_at:
            self._budget = self._limits.total - len(self._held)
            self._reset_at += DAY * (1 + (self._now - self._reset_at) // DAY)

    def _take(self, request: RequestId, free_at: float) -> None:
        self._taken[request] = free_at
        self._none_free_before = min(self._none_free_before, free_at)

    def _free_slots(self) -> None:
        if self._now < self._none_free_before:
            return
        for request in [request for request, free_at in self._taken.items() if free_at <= self._now]:
            del self._taken[request]
            self._held.discard(request)
        self._none_free_before = min(self._taken.values(), default=math.inf)

    def _return_unused(self, request: RequestId) -> None:
        if request in self._held:
            self._held.remove(request)
            del self._taken[request]
            self._budget += 1

    def _grants(self) -> Iterator[Notice]:
        while self._waiting and self._budget > 0 and len(self._taken) < self._limits.max_concurrency:
            request, shard_id = self._waiting.take_first()
            self._held.add(request)
            self._take(request, self._now + self._lease)
            self._budget -= 1
            yield Granted(Permit(request, shard_id, self._now))

    def _delays(self) -> Iterator[Notice]:
        # A permit not yet returned frees its slot a window from now if it is used at once: nothing earlier is sure.
        due = list(self._waiting.due(self._now))
        frees = sorted(min(free_at, self._now + WINDOW) for free_at in self._taken.values()) if due else []
        for position, request, shard_id in due:
            until, why = self._expected(position, frees)
            self._waiting.tell(request, until)
            yield Delayed(request, shard_id, until, why)

    def _expected(self, position: int, frees: Sequence[float]) -> tuple[float, DelayReason]:
        """When the request at a place of the queue is served, if nothing unforeseen happens, and what it waits for."""
        rounds, place = divmod(position, self._limits.max_concurrency)
        slot = len(frees) + place - self._limits.max_concurrency  # below 0: there is room at once
        until = (self._now if slot < 0 else frees[slot]) + rounds * WINDOW
        if position >= self._budget and self._reset_at > until:
            return self._reset_at, "start_limit"
        return until, "concurrency"

    def _open_at(self) -> float:
        """When the head of the queue can be granted a permit, with no permit returned before."""
        slot = len(self._taken) - self._limits.max_concurrency
        room_at = self._now if slot < 0 else sorted(self._taken.values())[slot]
        return room_at if self._budget > 0 else max(room_at, self._reset_at)
