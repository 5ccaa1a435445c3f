"""A session against a model that takes one event at a time and keeps nothing but sets."""

from __future__ import annotations

from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.machine.ledger import Ledger, spans_of
from qqgw_proto.machine.session import Session, Snapshot, Taken
from qqgw_proto.wire.frames import Dispatch

pytestmark = pytest.mark.no_cover


@attrs.define
class Model:
    """What design 4 says, with no regard to speed."""

    beginning: int
    received: int
    restored: set[int]
    dense: bool
    watching: bool
    seen: set[int] = attrs.field(factory=set[int])
    open: set[int] = attrs.field(factory=set[int])
    kept: list[tuple[int | None, int]] = attrs.field(factory=list[tuple[int | None, int]])
    missing: set[int] = attrs.field(factory=set[int])
    duplicated: int = 0
    rewound: int = 0

    def take(self, number: int | None, *, replaying: bool) -> None:
        if number is None:
            self.kept.append((None, 7))
            return
        if number <= self.received:
            self.duplicated += replaying
            self.rewound += not replaying
            if not replaying:
                self.kept.append((number, 0))
            return
        between = set(range(self.received + 1, number))
        if between and self.watching and self.dense:
            self.missing |= between
        if between and not self.watching:
            self.dense = False
        self.watching = self.watching and replaying
        self.received = number
        self.seen.add(number)
        if number in self.restored:
            self.duplicated += 1
        else:
            self.open.add(number)
            self.kept.append((number, 7))

    @property
    def settled(self) -> int:
        lowest = min(self.open, default=self.received + 1)
        return max((number for number in self.seen if number < lowest), default=self.beginning)


@attrs.define
class Sums:
    """What several batches came to."""

    kept: list[tuple[int | None, int]] = attrs.field(factory=list[tuple[int | None, int]])
    missing: set[int] = attrs.field(factory=set[int])
    duplicated: int = 0
    rewound: int = 0

    def add(self, taken: Taken) -> None:
        self.kept += [(event.s, epoch) for batch, epoch in taken.deliveries for event in batch]
        for first, last in taken.holes:
            assert first <= last
            assert not self.missing & set(range(first, last + 1))
            self.missing |= set(range(first, last + 1))
        self.duplicated += taken.duplicated
        self.rewound += taken.rewound


numbers = st.lists(st.none() | st.integers(1, 40), min_size=1, max_size=20)
# Mostly what a good server sends: consecutive numbers from just above a beginning.
runs = st.tuples(st.integers(1, 30), st.integers(1, 15)).map(lambda run: list(range(run[0], run[0] + run[1])))
batches = st.lists(numbers | runs | st.integers(11, 14).map(lambda last: list(range(11, last))), max_size=4)
stretches = st.tuples(st.integers(12, 35), st.integers(1, 8)).map(lambda run: set(range(run[0], run[0] + run[1])))
above = st.sets(st.integers(12, 40), max_size=12) | st.lists(stretches, max_size=3).map(
    lambda sets: {number for one in sets for number in one}
)


def start(restored: set[int], *, dense: bool, watching: bool) -> tuple[Session, Model]:
    spans = tuple((number, number) for number in sorted(restored))
    session = Session("id", 7, 10, Ledger(10), spans, dense=dense, watching=watching)
    return session, Model(10, 10, set(restored), dense, watching)


def dispatches(batch: list[int | None]) -> list[Dispatch]:
    return [Dispatch(0, s=number) for number in batch]


@given(batches, st.booleans(), above | st.just(set[int]()), st.booleans(), st.booleans())
def test_a_session_takes_what_the_model_takes(
    given_batches: list[list[int | None]],
    replaying: bool,
    restored: set[int],
    dense: bool,
    watching: bool,
) -> None:
    session, model = start(restored, dense=dense, watching=watching)
    sums = Sums()
    for batch in filter(None, given_batches):
        taken = session.take(dispatches(batch), replaying=replaying)
        sums.add(taken)
        session = taken.session
        for number in batch:
            model.take(number, replaying=replaying)
        assert session.received == model.received
        assert session.ledger.settled == model.settled
        assert session.ledger.open_count == len(model.open)
        assert (session.dense, session.watching) == (model.dense, model.watching)
        assert session.ledger.settled <= session.received
    assert (sums.kept, sums.missing, sums.duplicated, sums.rewound) == (
        model.kept,
        model.missing,
        model.duplicated,
        model.rewound,
    )


@given(numbers | runs, st.lists(st.integers(1, 20)), st.booleans(), above, st.booleans(), st.booleans())
def test_any_split_of_a_batch_gives_the_same(
    batch: list[int | None],
    cuts: list[int],
    replaying: bool,
    restored: set[int],
    dense: bool,
    watching: bool,
) -> None:
    # "Chunking is irrelevant: ... adjacent Deliver batches joined" (I14).
    session, _ = start(restored, dense=dense, watching=watching)
    whole, pieces = Sums(), Sums()
    taken = session.take(dispatches(batch), replaying=replaying)
    whole.add(taken)
    places = sorted({0, *(cut for cut in cuts if cut < len(batch)), len(batch)})
    for begin, end in pairwise(places):
        piece = session.take(dispatches(batch[begin:end]), replaying=replaying)
        pieces.add(piece)
        session = piece.session
    assert pieces == whole
    assert session == taken.session


@given(above, numbers | runs, st.sets(st.integers(1, 40)))
def test_a_snapshot_never_forgets_and_never_invents_what_is_settled(
    restored: set[int], batch: list[int | None], settled: set[int]
) -> None:
    """Crash, replay, settle, crash again: what was settled is skipped, what was not is asked for again."""
    session = Session.of_snapshot(Snapshot("id", 10, tuple(spans_of(sorted(restored)))), 7)
    session = session.take(dispatches(batch), replaying=True).session.settle(settled)
    snapshot = session.snapshot(0)
    assert snapshot is not None
    came, highest = set[int](), 10
    for number in batch:
        if number is not None and number > highest:
            came.add(number)
            highest = number
    still_open = came - settled - restored
    not_yet_seen = {number for number in restored if number > highest}
    expected = (came - still_open) | not_yet_seen
    saved = {number for first, last in snapshot.settled_above for number in range(first, last + 1)}
    assert saved == {number for number in expected if number > snapshot.seq}
    assert all(number > snapshot.seq for number in still_open)
    assert snapshot.seq <= session.received
