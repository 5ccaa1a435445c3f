"""What handlers have done about an event, over all attempts."""

from __future__ import annotations

from itertools import count

from qqgw_proto.events import Event, decode
from qqgw_trio.delivery.records import Attempt, EventRecord, Taken
from support.desk import group_message
from support.handling import make_dispatch


def attempt_at(event: Event, record: EventRecord, handler: str = "h") -> Attempt:
    return Attempt(event, record, record.of(handler))


def numbering() -> tuple[list[str], count[int]]:
    return [], count(1)


def test_replies_are_counted_by_handler_message_and_place() -> None:
    asked, numbers = numbering()

    def number(named: str) -> int:
        asked.append(named)
        return next(numbers)

    event, record = decode(group_message("M")), EventRecord(0.0, lambda: 5.0)
    first = attempt_at(event, record)
    assert [first.next_reply(named, number).number for named in ("M", "M", "N")] == [1, 2, 3]
    other = attempt_at(event, record, "other")
    assert other.next_reply("M", number).number == 4
    again = attempt_at(event, record)
    assert [again.next_reply(named, number).number for named in ("M", "N", "M", "M")] == [1, 3, 2, 5]
    assert asked == ["M", "M", "N", "M", "M"]


def test_a_reply_answers_what_was_got_last_in_the_same_conversation() -> None:
    event, record = decode(group_message("M")), EventRecord(1.0, lambda: 5.0)
    attempt = attempt_at(event, record)
    assert (attempt.addressed.event, attempt.age_of(attempt.addressed)) == (event, 4.0)
    answer = Taken(decode(group_message("N")), 3.0)
    elsewhere = Taken(decode(make_dispatch("C2C_MESSAGE_CREATE", {"id": "X", "author": {"user_openid": "U"}})), 4.0)
    notice = Taken(decode(make_dispatch("GROUP_DEL_ROBOT", {"group_openid": "G"})), 4.5)
    attempt.read += [answer, elsewhere, notice]
    assert attempt.addressed is answer
    assert attempt.age_of(answer) == 2.0


def test_what_an_attempt_has_not_got_yet_is_unread() -> None:
    event, record = decode(group_message("M")), EventRecord(0.0, lambda: 0.0)
    answer = Taken(decode(group_message("N")), 0.0)
    record.of("h").taken.append(answer)
    attempt = attempt_at(event, record)
    assert attempt.unread() == [answer]
    attempt.read.append(answer)
    assert attempt.unread() == []
    assert attempt_at(event, record, "other").unread() == []
