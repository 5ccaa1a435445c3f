"""Which sessions a change of intents or of the number of shards leaves behind, and what is announced of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.layouts import is_left_behind, take_left_behind, with_losses
from qqgw_trio.storage.session_file import SavedSession, SessionKey

KEY = SessionKey("1", 0, 2, 8)


def has_intents(wanted: int | None) -> Callable[[SessionKey, SavedSession], bool]:
    return lambda key, _saved: key.intents == wanted


@pytest.mark.parametrize(
    ("old", "is_left"),
    [
        (KEY, False),
        (SessionKey("2", 0, 2, 4), False),
        (SessionKey("1", 0, 2, 4), True),
        (SessionKey("1", 1, 2, 4), False),
        (SessionKey("1", 1, 2, 8), False),
        (SessionKey("1", 0, 1, 8), True),
        (SessionKey("1", 2, 4, 8), True),
        (SessionKey("1", 3, 4, 8), False),
        (SessionKey("1", 2, 3, 8), True),
    ],
)
def test_a_session_is_left_behind_where_its_guilds_are_served_otherwise(old: SessionKey, is_left: bool) -> None:
    assert is_left_behind(old, KEY) is is_left


def test_what_is_left_behind_is_taken_once_and_the_rest_stays() -> None:
    other, spared, elsewhere = (SessionKey("1", 0, 2, 4), SessionKey("1", 0, 2, 2), SessionKey("1", 1, 2, 8))
    saved = SavedSession(Snapshot("S", 7, ((9, 9),), 2), 0.0)
    sessions = {other: saved, spared: saved, elsewhere: saved}
    assert take_left_behind(KEY, sessions, has_intents(2)) == {other: Snapshot(None, 7, orphans=2, lost=True)}
    assert list(sessions) == [spared, elsewhere]
    assert take_left_behind(KEY, sessions, has_intents(2)) == {}
    assert list(take_left_behind(KEY, sessions, has_intents(None))) == [spared]


@pytest.mark.parametrize(
    ("session", "losses", "expected"),
    [
        (None, [Snapshot(None, 7, lost=True)], Snapshot(None, 7, lost=True)),
        (None, [Snapshot(None, orphans=3)], Snapshot(None, orphans=3)),
        (
            None,
            [Snapshot(None, 1, orphans=3), Snapshot(None, 7, lost=True), Snapshot(None, 9, orphans=1, lost=True)],
            Snapshot(None, 7, orphans=4, lost=True),
        ),
        (Snapshot(None, 5, lost=True), [Snapshot(None, 7, orphans=1, lost=True)], Snapshot(None, 5, (), 1, True)),
        (
            Snapshot("S", 5, ((7, 8),), 1),
            [Snapshot(None, 7, orphans=2, lost=True), Snapshot(None, 1, orphans=1)],
            Snapshot("S", 5, ((7, 8),), 5),
        ),
    ],
    ids=["a session", "open events", "several", "beside a loss", "beside a session that goes on"],
)
def test_all_losses_are_announced_with_one_start(
    session: Snapshot | None, losses: list[Snapshot], expected: Snapshot
) -> None:
    assert with_losses(session, losses) == expected
