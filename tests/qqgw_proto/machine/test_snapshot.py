"""What is saved: only what can be, and a loss until it is announced."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.ledger import Span
from qqgw_proto.machine.snapshot import Snapshot, usable_session_id


def test_a_session_of_which_nothing_else_is_said_has_lost_nothing() -> None:
    snapshot = Snapshot("id")
    assert (snapshot.seq, snapshot.settled_above, snapshot.orphans, snapshot.lost) == (0, (), 0, False)


@pytest.mark.parametrize("session_id", ["", 5, True, b"id", ["id"], "\ud800", "a\udfffb"])
def test_a_session_id_that_cannot_be_sent_back_is_refused(session_id: object) -> None:
    assert not usable_session_id(session_id)
    with pytest.raises(ConfigurationError, match="session_id must be non-empty text"):
        Snapshot(session_id)  # type: ignore[arg-type]  # from storage anything can come


@pytest.mark.parametrize(
    "session_id", ["082ee18c-db15-44a3-8d5c-bb1f7ff5ecd2", "open-connection", "会话", "\U0001f600", " "]
)
def test_a_session_id_is_opaque(session_id: str) -> None:
    assert usable_session_id(session_id)
    assert Snapshot(session_id).session_id == session_id


@pytest.mark.parametrize("number", ["5", -1, 2**63, 1.0, True, None])
def test_a_number_that_cannot_be_one_is_refused(number: object) -> None:
    with pytest.raises(ConfigurationError, match=r"seq must be from 0 to 2\*\*63 - 1"):
        Snapshot("id", number)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="orphans must be from 0"):
        Snapshot("id", orphans=number)  # type: ignore[arg-type]


@pytest.mark.parametrize("spans", [((5, 6),), ((4, 6),), ((7, 6),), ((7, 8), (8, 9)), ((9, 9), (7, 7)), ((7, 2**63),)])
def test_spans_that_do_not_ascend_are_refused(spans: tuple[Span, ...]) -> None:
    with pytest.raises(ConfigurationError, match="settled_above must ascend above"):
        Snapshot("id", 5, spans)


@pytest.mark.parametrize("spans", [5, "12", (5,), ((6,),), ((6, 7, 8),), (("6", "7"),), ((6.0, 7.0),), (None,)])
def test_spans_that_are_none_are_refused(spans: object) -> None:
    with pytest.raises(ConfigurationError, match="settled_above"):
        Snapshot("id", 5, spans)  # type: ignore[arg-type]


def test_the_highest_number_is_one() -> None:
    assert Snapshot("id", 2**63 - 1).seq == 2**63 - 1
    assert Snapshot("id", 0, ((1, 2**63 - 1),)).settled_above == ((1, 2**63 - 1),)


# --- without a session ---------------------------------------------------------------------------------------------


def test_of_a_session_that_is_too_old_its_loss_is_left() -> None:
    assert Snapshot("id", 6, ((8, 8),), orphans=2).expired() == Snapshot(None, 6, orphans=2, lost=True)
    assert Snapshot(None, orphans=2).expired() == Snapshot(None, orphans=2)


def test_a_snapshot_without_a_session_tells_of_a_loss() -> None:
    assert [one.is_loss for one in (Snapshot("id"), Snapshot("id", orphans=1), Snapshot(None, lost=True))] == [
        *(False, True, True),
    ]
    with pytest.raises(ConfigurationError, match="where there is no loss"):
        Snapshot(None)
    with pytest.raises(ConfigurationError, match="lost session has no session_id"):
        Snapshot("id", lost=True)
    with pytest.raises(ConfigurationError, match="lost must be true or false"):
        Snapshot(None, orphans=1, lost=1)  # type: ignore[arg-type]  # from storage anything can come
