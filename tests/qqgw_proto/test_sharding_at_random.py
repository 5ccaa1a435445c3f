"""Invariant I7 at random: the identify gate against a counter that counts by brute force."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qqgw_proto.sharding import Granted, IdentifyGate, Notice, Permit, RequestId, StartLimits

DAY = 86_400.0

instants = st.sampled_from([0.0, 0.5, 1.0, 2.5, 4.999, 5.0, 7.25, 30.0, 3600.0, DAY])
limits = st.builds(
    StartLimits,
    max_concurrency=st.integers(1, 4),
    remaining=st.integers(0, 12),
    total=st.integers(0, 12),
    reset_after=st.sampled_from([0.0, 3.0, 60.0, DAY]),
)


class GateMachine(RuleBasedStateMachine):
    """Shards that ask, identify, give up and lose permits, and a counter of what they did."""

    lease = 60.0

    @initialize(start=limits)
    def open(self, start: StartLimits) -> None:
        self.now = 0.0
        self.gate = IdentifyGate(start, lease=self.lease)
        self.limits = start
        self.queue: list[RequestId] = []
        self.told: dict[RequestId, float] = {}
        self.held: dict[RequestId, Permit] = {}
        self.identified: list[float] = []
        self.uncertain: list[float] = []  # permits lost: when their lease ends
        self.left = start.remaining  # starts until reset_at, those held counted off
        self.reset_at = start.reset_after
        self.poll()  # its day begins with the first call

    def in_use(self) -> int:
        used = sum(1 for at in self.identified if self.now < at + 5.0)
        lost = sum(1 for until in self.uncertain if self.now < until)
        return used + lost + len(self.held)

    def poll(self) -> list[Notice]:
        while self.now >= self.reset_at:
            lost = sum(1 for until in self.uncertain if self.now < until)
            self.left = self.limits.total - len(self.held) - lost
            self.reset_at += DAY
        notices = self.gate.poll(self.now)
        for notice in notices:
            if isinstance(notice, Granted):
                assert notice.permit.request == self.queue.pop(0), "not in the order of asking"
                assert self.left > 0, "more starts than the day has"
                assert self.in_use() < self.limits.max_concurrency, "more permits in use than allowed"
                assert notice.permit.granted_at == self.now
                self.left -= 1
                self.told.pop(notice.permit.request, None)
                self.held[notice.permit.request] = notice.permit
            else:
                assert notice.request in self.queue
                assert notice.until > self.now
                self.told[notice.request] = notice.until
        return notices

    @rule(count=st.integers(1, 6))
    def ask(self, count: int) -> None:
        for _ in range(count):
            self.queue.append(self.gate.request(len(self.queue), self.now))
        self.poll()

    @rule(step=instants)
    def wait(self, step: float) -> None:
        target = self.now + step
        expiry = min((permit.granted_at for permit in self.held.values()), default=math.inf) + self.lease
        self.now = min(target, expiry - 0.5)  # whoever holds a permit beyond the lease is no subject of I7
        self.poll()

    @rule()
    @precondition(lambda self: self.gate.deadline is not None)
    def wait_for_the_deadline(self) -> None:
        deadline = self.gate.deadline
        assert deadline is not None
        assert deadline > self.now
        expiry = min((permit.granted_at for permit in self.held.values()), default=math.inf) + self.lease
        if deadline < expiry:
            before = self.now + (deadline - self.now) / 2
            self.now = before
            assert self.poll() == [], "news before the deadline"
            self.now = deadline
            assert self.poll() != [], "no news at the deadline"

    @rule(data=st.data(), ago=st.sampled_from([0.0, 0.5, 3.0, 5.0]))
    @precondition(lambda self: self.held)
    def identify(self, data: st.DataObject, ago: float) -> None:
        permit = self.held.pop(data.draw(st.sampled_from(list(self.held))))
        identified_at = max(permit.granted_at, self.now - ago)
        self.identified.append(identified_at)
        self.gate.returned(permit, identified_at, self.now)
        self.poll()

    @rule(data=st.data(), twice=st.booleans())
    @precondition(lambda self: self.held)
    def give_back(self, data: st.DataObject, twice: bool) -> None:
        permit = self.held.pop(data.draw(st.sampled_from(list(self.held))))
        self.left += 1
        for _ in range(1 + twice):
            self.gate.returned(permit, None, self.now)
        self.poll()

    @rule(data=st.data())
    @precondition(lambda self: self.held)
    def lose(self, data: st.DataObject) -> None:
        permit = self.held.pop(data.draw(st.sampled_from(list(self.held))))
        self.uncertain.append(permit.granted_at + self.lease)

    @rule(data=st.data())
    @precondition(lambda self: self.queue or self.held)
    def give_up(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from([*self.queue, *self.held]))
        if request in self.held:
            del self.held[request]
            self.left += 1
        else:
            self.queue.remove(request)
            self.told.pop(request, None)
        self.gate.cancel(request, self.now)
        self.poll()

    @rule(newer=limits)
    def tell(self, newer: StartLimits) -> None:
        self.gate.update(newer, self.now)
        self.limits = newer
        lost = sum(1 for until in self.uncertain if self.now < until)
        self.left = newer.remaining - len(self.held) - lost
        self.reset_at = self.now + newer.reset_after
        self.poll()

    @invariant()
    def everyone_who_waits_knows_until_when(self) -> None:
        assert set(self.told) == set(self.queue)
        assert all(until > self.now for until in self.told.values())
        assert (self.gate.deadline is None) == (not self.queue)

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        if self.queue:
            assert self.left <= 0 or self.in_use() >= self.limits.max_concurrency

    @invariant()
    def the_slots_are_counted_right(self) -> None:
        assert self.gate.in_use == self.in_use()


TestGateAtRandom = pytest.mark.no_cover(GateMachine.TestCase)
TestGateAtRandom.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@given(st.lists(st.tuples(st.floats(0, 4), st.floats(0, 3)), min_size=1, max_size=40), st.integers(1, 5))
def test_no_five_seconds_see_more_identifies_than_allowed(shards: list[tuple[float, float]], most: int) -> None:
    """Every shard asks at a moment of its own and sends its IDENTIFY some time after the grant."""
    gate = IdentifyGate(StartLimits(max_concurrency=most))
    todo: list[tuple[float, int, Permit | None]] = sorted((at, shard, None) for shard, (at, _) in enumerate(shards))
    identified: list[float] = []
    while (now := min(todo[0][0] if todo else math.inf, gate.deadline or math.inf)) < math.inf:
        while todo and todo[0][0] <= now:
            at, shard, permit = todo.pop(0)
            if permit is None:
                gate.request(shard, now)
            else:
                gate.returned(permit, at, now)
                identified.append(at)
        permits = [notice.permit for notice in gate.poll(now) if isinstance(notice, Granted)]
        todo += [(now + shards[permit.shard_id][1], permit.shard_id, permit) for permit in permits]
        todo.sort(key=lambda step: step[:2])
    assert len(identified) == len(shards)
    assert all(sum(start <= at < start + 5.0 for at in identified) <= most for start in identified)
