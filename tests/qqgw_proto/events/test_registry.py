from __future__ import annotations

from pathlib import Path

import pytest

from qqgw_proto import events
from qqgw_proto.events import (
    EVENT_CLASSES,
    AudioOnMic,
    Event,
    GroupAtMessageCreate,
    Intents,
    MessageDeletion,
    Ready,
    UnknownEvent,
    event_class,
    intent_of,
    type_name_of,
)

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def test_there_are_59_types_and_59_classes() -> None:
    assert len(EVENT_CLASSES) == 59
    assert len(set(EVENT_CLASSES.values())) == 59


def test_every_recorded_type_is_there() -> None:
    assert set(EVENT_CLASSES) == {path.stem for path in SAMPLES.glob("*.json")}


@pytest.mark.parametrize("type_name", sorted(EVENT_CLASSES))
def test_a_class_is_named_like_its_type_and_exported(type_name: str) -> None:
    shape = EVENT_CLASSES[type_name]
    assert shape.__name__ == type_name.title().replace("_", "")
    assert getattr(events, shape.__name__) is shape
    assert type_name_of(shape) == type_name
    assert event_class(type_name) is shape


@pytest.mark.parametrize("type_name", sorted(set(EVENT_CLASSES) - {"READY", "RESUMED"}))
def test_exactly_one_intent_delivers_an_event(type_name: str) -> None:
    assert len(intent_of(type_name).bits) == 1
    assert intent_of(EVENT_CLASSES[type_name]) == intent_of(type_name)


def test_intents_of_types_and_classes() -> None:
    assert intent_of("GROUP_AT_MESSAGE_CREATE") is Intents.GROUP_AND_C2C_EVENT
    assert intent_of(GroupAtMessageCreate) is Intents.GROUP_AND_C2C_EVENT
    assert intent_of("ON_MIC") is Intents.AUDIO_ACTION


@pytest.mark.parametrize("event", ["READY", "RESUMED", "ROBOT_DREAMS", Ready, UnknownEvent, MessageDeletion])
def test_no_intent_is_needed_or_known(event: str | type[Event]) -> None:
    assert intent_of(event) == Intents.none()


def test_the_other_name_of_a_microphone_event() -> None:
    assert event_class("ON_MIC") is AudioOnMic


def test_unknown_types_have_no_class() -> None:
    assert event_class("ROBOT_DREAMS") is None
    assert event_class(None) is None


def test_a_class_for_several_types_has_no_type_name() -> None:
    assert type_name_of(MessageDeletion) == ""


def test_everything_public_is_exported_once() -> None:
    assert len(set(events.__all__)) == len(events.__all__)
    assert all(hasattr(events, name) for name in events.__all__)
