"""Sessions of earlier processes that no shard has claimed: which are resumed, and which are announced."""

from __future__ import annotations

import logging

import pytest

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.earlier_sessions import EarlierSessions
from qqgw_trio.storage.session_file import SavedSession, SessionKey
from support.stored import NOW, SNAPSHOT, Wall

ALL, LESS = SessionKey("1", 0, 1, 7), SessionKey("1", 0, 1, 3)
ELSEWHERE = SessionKey("2", 0, 1, 3)
SAVED = SavedSession(SNAPSHOT, NOW)
LOSS = Snapshot(None, 7, orphans=2, lost=True)


def earlier(wall: Wall, *keys: SessionKey, spared: int | None = 3) -> EarlierSessions:
    return EarlierSessions(dict.fromkeys(keys, SAVED), 300.0, spared, wall)


@pytest.mark.parametrize(("age", "found"), [(0.0, SNAPSHOT), (300.0, SNAPSHOT), (300.5, LOSS)])
def test_a_shard_claims_its_session_or_the_loss_of_one_that_is_too_old(wall: Wall, age: float, found: Snapshot) -> None:
    sessions = earlier(wall, LESS)
    wall.now += age
    assert (sessions.claim(ALL), sessions.claim(LESS), sessions.claim(LESS)) == (None, found, None)


def test_a_loss_never_grows_old(wall: Wall, caplog: pytest.LogCaptureFixture) -> None:
    sessions = EarlierSessions({ALL: SavedSession(LOSS, NOW)}, 300.0, None, wall)
    wall.now += 1e6
    assert sessions.claim(ALL) == LOSS
    assert caplog.records == []


def test_a_session_that_another_began_in_place_of_is_gone(wall: Wall) -> None:
    sessions = earlier(wall, LESS)
    sessions.forget(LESS)
    sessions.forget(ALL)
    assert sessions.kept() == {}


# --- those that the bot may go back to


def test_one_that_the_bot_may_go_back_to_is_left_behind_by_nobody_while_it_could_be_resumed(wall: Wall) -> None:
    sessions = earlier(wall, LESS)
    wall.now += 300.0
    assert sessions.take_left_behind(ALL) == []
    assert sessions.claim(LESS) == SNAPSHOT


def test_one_that_is_too_old_at_the_start_is_announced_at_once_and_only_once(
    wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    sessions = earlier(wall, LESS, ELSEWHERE)
    wall.now += 300.5
    assert sessions.take_left_behind(ALL) == [LOSS]
    assert [record.getMessage() for record in caplog.records] == [
        "shard 0: sessions of another layout (0/1 with intents 3) are lost, with all since"
    ]
    assert (sessions.take_left_behind(ALL), sessions.claim(LESS)) == ([], None)


def test_of_one_that_grows_too_old_the_loss_stays_in_the_file_for_the_next_start(
    wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    sessions = earlier(wall, LESS)
    assert sessions.take_left_behind(ALL) == []
    wall.now += 300.5
    for _ in range(2):
        assert sessions.kept() == {LESS: SavedSession(LOSS, NOW)}
    assert [(record.name, record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            "qqgw_trio.storage.store",
            logging.WARNING,
            "shard 0: its session with intents 3 is too old to go back to and is lost",
        )
    ]
    again = EarlierSessions(sessions.kept(), 300.0, 3, wall)
    assert again.take_left_behind(ALL) == [LOSS]


def test_the_loss_of_one_that_grew_too_old_is_told_to_whoever_goes_back(wall: Wall) -> None:
    sessions = earlier(wall, LESS)
    wall.now += 300.5
    sessions.kept()
    assert sessions.claim(LESS) == LOSS


# --- those whose shard another process runs, or none


def test_of_what_grows_too_old_the_loss_stays_in_the_file_until_its_shard_starts(wall: Wall) -> None:
    sessions = earlier(wall, ALL, LESS, spared=None)
    assert sessions.kept() == {ALL: SAVED, LESS: SAVED}
    wall.now += 300.5
    assert sessions.kept() == {ALL: SavedSession(LOSS, NOW), LESS: SavedSession(LOSS, NOW)}
    assert sessions.claim(ALL) == LOSS
    assert sessions.kept() == {LESS: SavedSession(LOSS, NOW)}


def test_a_loss_stays_in_the_file_whatever_its_age(wall: Wall, caplog: pytest.LogCaptureFixture) -> None:
    kept = {ALL: SavedSession(LOSS, NOW), LESS: SavedSession(Snapshot(None, orphans=2), NOW)}
    sessions = EarlierSessions(kept, 300.0, None, wall)
    wall.now += 1e6
    assert sessions.kept() == kept
    assert caplog.records == []
