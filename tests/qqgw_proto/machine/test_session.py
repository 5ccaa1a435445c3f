"""One session: the two cursors, what of a batch is delivered, what is a hole, and what is saved."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from qqgw_proto.machine.ledger import Ledger, Span
from qqgw_proto.machine.session import Session, Snapshot, Taken
from qqgw_proto.wire.frames import Dispatch


def events(*numbers: int | None) -> list[Dispatch]:
    return [Dispatch(0, s=number, t="T") for number in numbers]


def delivered(taken: Taken) -> list[tuple[list[int | None], int]]:
    """The numbers of each delivery and the epoch of its tickets."""
    return [([event.s for event in batch], epoch) for batch, epoch in taken.deliveries]


def live(received: int = 5, *, dense: bool = True) -> Session:
    """A session in which everything up to `received` is settled."""
    return Session("id", 7, received=received, ledger=Ledger(received), dense=dense)


def resuming(received: int = 5, *, dense: bool = True) -> Session:
    return Session("id", 7, received=received, ledger=Ledger(received), dense=dense, watching=True)


def restored(seq: int, *above: Span) -> Session:
    return Session.of_snapshot(Snapshot("id", seq, above), epoch=1)


# --- live ----------------------------------------------------------------------------------------------------------


def test_a_new_session_has_received_nothing_and_resumed_never() -> None:
    session = Session("S", 1)
    assert (session.received, session.ledger, session.restored, session.dense) == (0, Ledger(), (), True)
    assert (session.resumes, session.unfinished, session.unheard, session.failures) == (0, 0, 0, 0)
    assert (session.watching, session.began, Session.of_snapshot(Snapshot("S"), 1).began) == (False, 0.0, 0.0)


def test_new_events_are_delivered_and_move_received_but_not_settled() -> None:
    taken = live().take(events(6, 7, 8), replaying=False)
    assert delivered(taken) == [([6, 7, 8], 7)]
    assert (taken.session.received, taken.session.ledger.settled) == (8, 5)
    assert taken.session.ledger.open_count == 3
    assert (taken.duplicated, taken.rewound, taken.holes) == (0, 0, ())


def test_the_delivered_batch_is_the_very_list_that_came() -> None:
    batch = events(6, 7)
    assert live().take(batch, replaying=False).deliveries[0][0] is batch


def test_nothing_but_the_cursors_moves() -> None:
    session = Session("id", 7, 5, Ledger(4, ((5, 5, True),)), (), False, False, 1, 2, 3, 4, 5.5)
    ledger = Ledger(4, ((5, 6, True),))
    assert session.take(events(6), replaying=False).session == replace(session, received=6, ledger=ledger)
    assert session.settle([5]) == replace(session, ledger=Ledger(5))


def test_a_resumed_ends_the_account_of_resumes() -> None:
    session = resuming().resumed_again().spared().confirmed(6)
    assert (session.resumes, session.unfinished, session.unheard, session.received) == (0, 0, 0, 6)


def test_what_was_settled_before_a_restart_is_not_saved_again_once_it_was_passed() -> None:
    session = replace(restored(5, (7, 8)), received=8, ledger=Ledger(8))
    assert session.snapshot(0) == Snapshot("id", 8, ())


def test_settling_moves_the_settled_cursor() -> None:
    session = live().take(events(6, 7, 8), replaying=False).session.settle([6, 8])
    assert (session.received, session.ledger.settled, session.ledger.settled_above) == (8, 6, ((8, 8),))
    assert session.settle([6, 99]) == session


def test_an_event_without_a_number_is_delivered_and_moves_nothing() -> None:
    # "Treat [s] as optional" (2.1); the simulator of webhooks never sends one (conformance 2.6).
    taken = live().take(events(None, 6, None), replaying=False)
    assert delivered(taken) == [([None, 6, None], 7)]
    assert (taken.session.received, taken.session.ledger.runs) == (6, ((6, 6, True),))


def test_a_live_event_that_is_not_above_received_is_delivered_as_rewound() -> None:
    # "In READY such an event is delivered, moves no cursor, and is counted" (design 4).
    taken = live().take(events(6, 3, 6, 7), replaying=False)
    assert delivered(taken) == [([6], 7), ([3, 6], 0), ([7], 7)]
    assert (taken.rewound, taken.duplicated) == (2, 0)
    assert taken.session.received == 7
    assert taken.session.ledger.runs == ((6, 7, True),)


def test_a_live_jump_is_no_hole_and_ends_density() -> None:
    taken = live().take(events(6, 9), replaying=False)
    assert delivered(taken) == [([6, 9], 7)]
    assert taken.holes == ()
    assert taken.session.dense is False


# --- inside a RESUME -----------------------------------------------------------------------------------------------


def test_a_replayed_event_that_was_received_is_dropped() -> None:
    taken = resuming().take(events(4, 5, 6, 6, 7), replaying=True)
    assert delivered(taken) == [([6, 7], 7)]
    assert (taken.duplicated, taken.rewound) == (3, 0)
    assert taken.session.received == 7


def test_a_replay_that_skips_numbers_shows_a_hole() -> None:
    # "A hole after a RESUME in a session whose s had always grown by one" (design 4).
    taken = resuming().take(events(6, 9, 10, 12), replaying=True)
    assert taken.holes == ((7, 8), (11, 11))
    assert delivered(taken) == [([6], 7), ([9, 10], 7), ([12], 7)]
    assert taken.places == (1, 2)
    # The hole was announced; the session counts as dense still.
    assert taken.session.dense is True


def test_a_replay_of_a_sparse_session_shows_no_hole() -> None:
    assert resuming(dense=False).take(events(6, 9), replaying=True).holes == ()


def test_the_first_live_event_after_a_replay_can_still_show_a_hole() -> None:
    taken = resuming().take(events(8, 11), replaying=False)
    assert taken.holes == ((6, 7),)
    assert taken.session.watching is False
    assert taken.session.dense is False


def test_watching_lasts_through_a_replay_and_ends_with_the_first_live_event() -> None:
    assert resuming().take(events(6, 7), replaying=True).session.watching is True
    assert resuming().take(events(6, 7), replaying=False).session.watching is False
    # Neither a repeated event nor one without a number is the first live one.
    assert resuming().take(events(None, 5), replaying=False).session.watching is True


def test_each_resume_that_got_no_resumed_may_have_left_a_place_and_that_is_no_hole() -> None:
    """Whether it counted against the session or its answer lay unread: the server may have sent RESUMED."""
    first = live().resumed_again()
    assert (first.resumes, first.unfinished, first.unheard) == (1, 1, 0)
    again = first.spared().resumed_again()
    assert (again.resumes, again.unfinished, again.unheard) == (1, 1, 1)
    for session in (again, first.resumed_again()):
        assert session.hole_before(7) is None
        assert session.hole_before(8) == (6, 7)
    assert first.hole_before(7) == (6, 6)


def test_a_resume_that_is_spared_counts_again_once_its_answer_is_read() -> None:
    session = live().resumed_again().resumed_again()
    assert session.spared().counted() == session
    assert session.spared().confirmed(9).unheard == 0


def test_what_was_spared_never_becomes_credit() -> None:
    after_progress = replace(live().resumed_again(), resumes=0)
    assert after_progress.spared().resumed_again().resumes == 1


# --- after a restart -----------------------------------------------------------------------------------------------


def test_a_restart_asks_from_the_settled_cursor_and_skips_what_was_settled_above() -> None:
    session = restored(10, (12, 13), (15, 15))
    assert (session.session_id, session.epoch) == ("id", 1)
    assert (session.received, session.ledger) == (10, Ledger(10))
    taken = session.take(events(11, 12, 13, 14, 15, 16), replaying=True)
    assert delivered(taken) == [([11, 14, 16], 1)]
    assert taken.duplicated == 3
    assert taken.session.ledger.settled_above == ((12, 13), (15, 15))
    assert taken.session.settle([11, 14]).ledger.settled == 15
    assert taken.session.restored == ()
    # Nothing is kept of what has been seen again.
    assert session.take(events(11, 12, 13), replaying=True).session.restored == ((15, 15),)


def test_a_session_taken_up_again_begins_anew() -> None:
    assert Session.of_snapshot(Snapshot("id", 3), epoch=1, now=12.5).began == 12.5


def test_after_a_restart_a_jump_is_no_hole() -> None:
    # It may be the place of a RESUMED that was not saved: a server does not replay it.
    assert Session.of_snapshot(Snapshot("id", 3), 1).dense is False


def test_which_numbers_were_settled_before_a_restart() -> None:
    session = restored(10, (12, 13), (15, 15))
    assert [number for number in range(9, 18) if session.is_restored(number)] == [12, 13, 15]


# --- READY and RESUMED ---------------------------------------------------------------------------------------------


def test_ready_and_resumed_settle_themselves() -> None:
    # "READY has s=1, RESUMED has its own s (2002 in the sample): store it too" (2.1).
    session = Session("id", 1).witness(1)
    assert (session.received, session.ledger) == (1, Ledger(1))
    session = live().take(events(6), replaying=True).session.witness(2002)
    assert (session.received, session.ledger.settled, session.ledger.settled_above) == (2002, 5, ((2002, 2002),))


@pytest.mark.parametrize("seq", [None, 1, 5])
def test_a_resumed_without_a_higher_number_changes_nothing(seq: int | None) -> None:
    # A bridge answers any RESUME with `s: 1` (conformance 2.6): s never goes back.
    session = live()
    assert session.witness(seq) is session


# --- what is saved -------------------------------------------------------------------------------------------------


def test_a_flood_with_gaps_is_work_that_ends() -> None:
    # Hopeless where the cost of each event grows with those before it; so is the same flood of what was restored.
    numbers = range(2, 200_000, 2)
    assert len(delivered(live(0).take(events(*numbers), replaying=False))[0][0]) == 99_999
    again = restored(1, *((seq, seq) for seq in numbers)).take(events(*numbers), replaying=True)
    assert (again.duplicated, again.session.ledger, again.session.restored) == (99_999, Ledger(199_998), ())


def test_a_snapshot_carries_a_thousand_spans_at_most_the_lowest() -> None:
    session = live(0).take(events(*range(2, 3000, 2)), replaying=False).session
    saved = session.settle(range(4, 3000, 2)).snapshot(0)
    assert (saved.seq, len(saved.settled_above)) == (0, 1000)
    assert (saved.settled_above[0], saved.settled_above[-1]) == ((4, 4), (2002, 2002))


def test_a_snapshot_carries_settled_and_never_received() -> None:
    session = live().take(events(6, 7, 8, 9), replaying=False).session.settle([6, 8])
    assert session.snapshot(orphans=2) == Snapshot("id", 6, ((8, 8),), orphans=2)


def test_of_a_session_that_cannot_be_resumed_its_loss_is_saved() -> None:
    session = Session(None, 1, received=3, ledger=Ledger(2, ((3, 3, True),)))
    assert session.snapshot(5) == Snapshot(None, 2, orphans=5, lost=True)


def test_a_snapshot_in_the_middle_of_a_replay_keeps_what_an_earlier_one_knew() -> None:
    session = restored(10, (12, 13), (20, 25))
    assert session.snapshot(0) == Snapshot("id", 10, ((12, 13), (20, 25)))
    session = session.take(events(11, 12), replaying=True).session
    assert session.snapshot(0) == Snapshot("id", 10, ((12, 12), (13, 13), (20, 25)))
    session = session.take(events(13), replaying=True).session
    assert session.snapshot(0) == Snapshot("id", 10, ((12, 13), (20, 25)))
