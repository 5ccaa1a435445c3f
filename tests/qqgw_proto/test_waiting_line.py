"""Who waits, in which order, and who is due for news."""

from __future__ import annotations

from qqgw_proto.waiting_line import RequestId, WaitingLine


def line_of(count: int, now: float = 0.0) -> WaitingLine:
    line = WaitingLine()
    for number in range(count):
        line.join(RequestId(number), 100 + number, now)
    return line


def told(line: WaitingLine, now: float, until: float) -> list[tuple[int, RequestId, int]]:
    """Tells all who are due that they are served then."""
    due = list(line.due(now))
    for _, request, _ in due:
        line.tell(request, until)
    return due


def test_who_joins_is_due_at_once_with_place_and_shard() -> None:
    line = line_of(2)
    assert len(line) == 2
    assert line.next_due == 0.0
    assert told(line, 0.0, 5.0) == [(0, 0, 100), (1, 1, 101)]
    line.join(RequestId(2), 102, 1.0)
    assert told(line, 1.0, 10.0) == [(2, 2, 102)]
    assert line.next_due == 5.0


def test_nobody_is_due_before_the_instant_told() -> None:
    line = line_of(2)
    told(line, 0.0, 5.0)
    assert list(line.due(4.9)) == []
    assert told(line, 5.0, 6.0) == [(0, 0, 100), (1, 1, 101)]


def test_one_in_the_middle_may_be_due_alone() -> None:
    line = line_of(3)
    for (_, request, _), until in zip(list(line.due(0.0)), (7.0, 5.0, 6.0), strict=True):
        line.tell(request, until)
    assert told(line, 5.5, 9.0) == [(1, 1, 101)]
    assert line.next_due == 6.0


def test_the_first_is_served_and_whoever_leaves_is_due_no_more() -> None:
    line = line_of(3)
    told(line, 0.0, 5.0)
    assert line.take_first() == (0, 100)
    assert line.leave(RequestId(2))
    assert not line.leave(RequestId(2))
    assert told(line, 5.0, 6.0) == [(0, 1, 101)]
    assert line.leave(RequestId(1))
    assert (len(line), line.next_due, list(line.due(9.0))) == (0, None, [])


def test_when_all_has_changed_all_are_due() -> None:
    line = line_of(3)
    told(line, 0.0, 5.0)
    line.expect_news(1.0)
    assert told(line, 1.0, 8.0) == [(0, 0, 100), (1, 1, 101), (2, 2, 102)]
    assert line.next_due == 8.0


def test_what_was_told_before_moves_nothing() -> None:
    line = line_of(1)
    told(line, 0.0, 5.0)
    line.tell(RequestId(0), 7.0)
    assert list(line.due(5.0)) == []
    assert line.next_due == 7.0
