"""The ledger: the settled cursor, what is open and what is settled above it, for numbers that need not be adjacent."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.machine.ledger import Ledger, Span, spans_of

# --- spans ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "spans"),
    [
        ([], []),
        ([5], [(5, 5)]),
        ([1, 2, 3], [(1, 3)]),
        ([1, 3, 5], [(1, 1), (3, 3), (5, 5)]),
        ([1, 2, 4, 5, 9], [(1, 2), (4, 5), (9, 9)]),
    ],
)
def test_consecutive_numbers_make_a_span(numbers: list[int], spans: list[Span]) -> None:
    assert spans_of(numbers) == spans


# --- by example ----------------------------------------------------------------------------------------------------


def test_an_empty_ledger() -> None:
    assert (Ledger().settled, Ledger().open_count, Ledger().settled_above) == (0, 0, ())


def test_events_settled_in_order_move_the_cursor() -> None:
    ledger = Ledger().add(1, 5, is_open=True)
    assert (ledger.settled, ledger.open_count) == (0, 5)
    ledger = ledger.settle([1, 2])
    assert (ledger.settled, ledger.open_count, ledger.settled_above) == (2, 3, ())
    assert ledger.settle([3, 4, 5]) == Ledger(5)


def test_events_settled_out_of_order_wait_above_the_cursor() -> None:
    ledger = Ledger().add(1, 6, is_open=True).settle([2, 3, 5])
    assert (ledger.settled, ledger.open_count, ledger.settled_above) == (0, 3, ((2, 3), (5, 5)))
    ledger = ledger.settle([1])
    assert (ledger.settled, ledger.open_count, ledger.settled_above) == (3, 2, ((5, 5),))
    assert ledger.settle([4]) == Ledger(5, ((6, 6, True),))


def test_runs_entered_together_are_as_if_one_by_one() -> None:
    assert Ledger(3).extended([]) == Ledger(3)
    assert Ledger(3).extended([(5, 5, False), (7, 7, False)]) == Ledger(7)
    ledger = Ledger(3).extended([(5, 5, False), (6, 6, True), (7, 8, True), (10, 10, False), (12, 12, True)])
    assert ledger == Ledger(5, ((6, 8, True), (10, 10, False), (12, 12, True)))
    assert ledger.extended([(13, 14, True)]) == Ledger(5, ((6, 8, True), (10, 10, False), (12, 14, True)))


def test_a_number_never_received_holds_nothing_up() -> None:
    # "The highest received s below which no delivered ticket is open"; "numbers need not be adjacent" (design 4).
    ledger = Ledger().add(10, 10, is_open=True).add(20, 20, is_open=True).add(30, 30, is_open=True)
    assert ledger.settle([10]).settled == 10
    assert ledger.settle([10, 20]).settled == 20
    assert ledger.settle([20]).settled_above == ((20, 20),)
    assert ledger.settle([10, 20, 30]) == Ledger(30)


def test_what_settles_itself_moves_the_cursor_at_once_or_waits() -> None:
    # READY, RESUMED and dropped duplicates.
    assert Ledger().add(1, 1, is_open=False) == Ledger(1)
    ledger = Ledger().add(1, 1, is_open=True).add(2, 2, is_open=False)
    assert (ledger.settled, ledger.settled_above) == (0, ((2, 2),))
    assert ledger.settle([1]) == Ledger(2)


def test_the_cursor_passes_all_that_is_settled_above_it_adjacent_or_not() -> None:
    ledger = Ledger()
    for number in range(1, 15, 2):
        ledger = ledger.add(number, number, is_open=number in (1, 11))
    assert ledger.settled_above == ((3, 3), (5, 5), (7, 7), (9, 9), (13, 13))
    assert ledger.settle([1]) == Ledger(9, ((11, 11, True), (13, 13, False)))
    assert ledger.settle([11]).settled == 0
    assert ledger.settle([1, 11]) == Ledger(13)


@pytest.mark.parametrize("numbers", [[], [0], [1], [1, 2, 3], [-5], [99], [7], [4, 4]])
def test_numbers_that_are_not_open_change_nothing(numbers: list[int]) -> None:
    # Settled before (1 to 3), settled above the cursor (7), never received (4, 99).
    ledger = Ledger(3).add(6, 6, is_open=True).add(7, 7, is_open=False)
    assert ledger.settle(numbers) == ledger


def test_nothing_settled_gives_the_very_same_ledger() -> None:
    ledger = Ledger(3, ((5, 5, True),))
    assert ledger.settle([]) is ledger
    assert ledger.settle([1, 2, 3]) is ledger
    assert Ledger(3).settle([5]) == Ledger(3)


def test_however_many_events_are_under_way_in_order_there_is_one_run() -> None:
    ledger = Ledger()
    for number in range(1, 1001):
        ledger = ledger.add(number, number, is_open=True)
    assert ledger.runs == ((1, 1000, True),)
    for number in range(1, 500):
        ledger = ledger.settle([number])
    assert ledger.runs == ((500, 1000, True),)


# --- against a model: two sets -------------------------------------------------------------------------------------


@attrs.define
class Model:
    """All received numbers, and which of them are open."""

    beginning: int = 0
    received: set[int] = attrs.field(factory=set[int])
    open: set[int] = attrs.field(factory=set[int])

    @property
    def settled(self) -> int:
        lowest = min(self.open, default=None)
        done = (number for number in self.received if lowest is None or number < lowest)
        return max(done, default=self.beginning)

    @property
    def settled_above(self) -> set[int]:
        return {number for number in self.received - self.open if number > self.settled}


def numbers_of(spans: Iterable[Span]) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


adding = st.tuples(st.just("add"), st.integers(1, 3), st.integers(1, 6), st.booleans())
settling = st.tuples(st.just("settle"), st.sets(st.integers(-2, 60), max_size=12), st.none(), st.none())


@given(st.integers(0, 10), st.lists(adding | settling, max_size=20))
def test_a_ledger_says_what_two_sets_say(
    beginning: int, steps: list[tuple[str, int | set[int], int | None, bool | None]]
) -> None:
    ledger, model, highest = Ledger(beginning), Model(beginning), beginning
    for _, one, count, is_open in steps:
        if isinstance(one, set):
            ledger = ledger.settle(one)
            model.open -= one
        else:
            assert count is not None
            assert is_open is not None
            first, last = highest + one, highest + one + count - 1
            ledger, highest = ledger.add(first, last, is_open=is_open), last
            model.received |= set(range(first, last + 1))
            model.open |= set(range(first, last + 1)) if is_open else set()
        assert ledger.settled == model.settled
        assert ledger.open_count == len(model.open)
        assert numbers_of(ledger.settled_above) == model.settled_above
        assert numbers_of((a, b) for a, b, still_open in ledger.runs if still_open) == model.open
        assert_shortest(ledger)


def assert_shortest(ledger: Ledger) -> None:
    """Runs ascend, do not touch where they could be one, and begin with an open one."""
    floor = ledger.settled
    for first, last, _ in ledger.runs:
        assert floor < first <= last
        floor = last
    assert [is_open for _, _, is_open in ledger.runs][:1] in ([], [True])
    for (_, before, one), (after, _, two) in zip(ledger.runs, ledger.runs[1:], strict=False):
        assert one != two or before + 1 < after


@given(st.lists(st.integers(1, 30), max_size=30), st.lists(st.integers(1, 30), max_size=30))
def test_it_does_not_matter_how_settling_is_split(one: list[int], two: list[int]) -> None:
    ledger = Ledger().add(1, 10, is_open=True).add(12, 20, is_open=True).add(21, 21, is_open=False)
    assert ledger.settle(one).settle(two) == ledger.settle([*two, *one])


@given(st.lists(st.sets(st.integers(1, 80), max_size=5), max_size=30))
def test_a_ragged_ledger_says_what_a_set_says(settled: list[set[int]]) -> None:
    """Every third number is never received, and each call settles few of many."""
    received = {number for number in range(1, 81) if number % 3}
    ledger, still_open = Ledger(), set(received)
    for number in sorted(received):
        ledger = ledger.add(number, number, is_open=True)
    for numbers in settled:
        ledger = ledger.settle(numbers)
        still_open -= numbers
        assert numbers_of((a, b) for a, b, is_open in ledger.runs if is_open) == still_open
        assert ledger.settled == max((number for number in received if number < min(still_open)), default=0)
        assert_shortest(ledger)


@pytest.mark.parametrize(
    ("wanted", "settled", "above"),
    [
        # As many numbers as would fill the beginning, but others: what lies between stays open.
        ([6, 9], 6, ((9, 9),)),
        ([5, 6, 8], 6, ((8, 8),)),
        ([4, 5, 8], 5, ((8, 8),)),
        ([6, 7, 8], 8, ()),
    ],
)
def test_only_the_numbers_that_are_named_are_settled(
    wanted: list[int], settled: int, above: tuple[tuple[int, int], ...]
) -> None:
    ledger = Ledger(5).add(6, 12, is_open=True).settle(wanted)
    assert (ledger.settled, ledger.settled_above) == (settled, above)
