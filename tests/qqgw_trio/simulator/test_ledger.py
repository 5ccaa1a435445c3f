"""The ledger, and the one judgement that demo, faults and chaos share."""

from __future__ import annotations

from qqgw_trio.simulator.ledger import Break, IdentifySeen, Ledger, Reply, ResumeSeen, SentEvent, judge


def sent(event_id: str, message_id: str | None = None) -> SentEvent:
    return SentEvent(event_id, "T", (0, 1), "session", 2, 1.0, message_id)


def reply(*, msg_id: str | None = None, event_id: str | None = None) -> Reply:
    return Reply("group", "target", "text", msg_id, event_id, 1, 2.0)


def test_everything_handled_once_is_a_clean_verdict() -> None:
    verdict = judge(["a", "b", "c"], ["c", "a", "b"])
    assert (verdict.sent, verdict.handled) == (("a", "b", "c"), ("c", "a", "b"))
    assert (verdict.lost, verdict.duplicated) == ((), ())
    assert verdict.is_clean


def test_one_id_removed_is_lost_and_one_repeated_is_duplicated() -> None:
    verdict = judge(["a", "b", "c"], ["a", "c", "a"])
    assert verdict.lost == ("b",)
    assert verdict.duplicated == ("a",)
    assert not verdict.is_clean


def test_each_time_too_often_counts() -> None:
    assert judge(["a"], ["a", "a", "a"]).duplicated == ("a", "a")


def test_an_id_sent_to_two_sessions_must_be_handled_once() -> None:
    verdict = judge(["a", "a"], ["a"])
    assert verdict.sent == ("a",)
    assert verdict.is_clean


def test_lost_alone_or_duplicated_alone_is_not_clean() -> None:
    assert not judge(["a"], []).is_clean
    assert not judge(["a"], ["a", "a"]).is_clean


def test_the_ledger_names_each_sent_id_once_in_the_order_sent() -> None:
    assert Ledger(events=[sent("b"), sent("a"), sent("b")]).sent_ids == ["b", "a"]


def test_a_message_is_answered_by_its_own_id_or_by_its_events_id() -> None:
    events = [sent("one", "m1"), sent("two", "m2"), sent("three", "m3"), sent("notice")]
    ledger = Ledger(events=events, replies=[reply(msg_id="m1"), reply(event_id="two"), reply()])
    assert ledger.unanswered == ["three"]


def test_only_granted_attempts_are_counted_as_granted() -> None:
    ledger = Ledger(
        identifies=[IdentifySeen(0.0, 1, (0, 1), ""), IdentifySeen(1.0, 1, (0, 1), "token")],
        resumes=[ResumeSeen(2.0, "s", 1, 0, "unknown session"), ResumeSeen(3.0, "s", 1, 4, "")],
    )
    assert (ledger.granted_identifies, ledger.granted_resumes) == (1, 1)


def test_as_json_it_holds_every_list_and_count() -> None:
    ledger = Ledger(events=[sent("a")], breaks=[Break(1.0, "s", "op 9")], violations=["too fast"], tokens_issued=2)
    ledger.faults["reset"] += 1
    told = ledger.as_json()
    assert told["breaks"] == [{"at": 1.0, "session_id": "s", "cause": "op 9", "first": None, "last": None}]
    assert told["violations"] == ["too fast"]
    assert told["faults"] == {"reset": 1}
    assert (told["tokens_issued"], told["tokens_refused"]) == (2, 0)
    assert sorted(told) == [
        "answers",
        "breaks",
        "connections",
        "events",
        "faults",
        "identifies",
        "recalls",
        "replies",
        "resumes",
        "tokens_issued",
        "tokens_refused",
        "violations",
    ]
