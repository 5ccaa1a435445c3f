"""What shards have lived through gives the same effects today, journal by journal (I10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from qqgw_proto.journal import replay
from qqgw_trio.storage.journal_text import describe_divergence, load_journal

JOURNALS = sorted(Path(__file__).parent.glob("*.journal"))


def test_there_are_journals_of_every_theme() -> None:
    assert [path.stem for path in JOURNALS] == ["crash", "outage", "pressure", "refusal"]


@pytest.mark.parametrize("path", JOURNALS, ids=[path.stem for path in JOURNALS])
def test_a_journal_replays_to_the_effects_it_recorded(path: Path) -> None:
    divergence = replay(load_journal(path))
    assert divergence is None, "\n".join(describe_divergence(divergence))
