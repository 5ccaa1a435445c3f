"""The payloads that the world is made from."""

from __future__ import annotations

from qqgw_proto.events.registry import EVENT_CLASSES
from qqgw_trio.simulator.samples import load_samples


def test_every_event_but_ready_and_resumed_has_a_sample() -> None:
    assert set(load_samples()) == set(EVENT_CLASSES) - {"READY", "RESUMED"}
    assert len(load_samples()) == 57


def test_second_shapes_come_behind_the_documented_one() -> None:
    first, *others = load_samples()["INTERACTION_CREATE"]
    assert "scene" not in first
    assert [other["scene"] for other in others] == ["c2c", "guild"]


def test_numbers_above_two_to_the_53_keep_their_digits() -> None:
    assert load_samples()["FORUM_REPLY_CREATE"][0]["author_id"] == 144115218182563108
