from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import Event, Ready, Resumed


def test_ready(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("READY")
    assert isinstance(event, Ready)
    assert event.session_id == "082ee18c-0be3-491b-9d8b-fbd95c51673a"
    assert event.user.id == "6158788878435714165"
    assert event.user.username == "群pro测试机器人"
    assert event.shard == (0, 0)
    assert event.version == 1
    assert (event.seq, event.event_id, event.conversation) == (1, None, None)


def test_ready_of_a_gateway_that_names_no_user(decode_as: Callable[[str, str], Event]) -> None:
    payload = '{"version":1,"session_id":"open-connection","user":{"bot":true},"shard":[0,0]}'
    event = decode_as("READY", payload)
    assert isinstance(event, Ready)
    assert event.user.id is None
    assert event.user.bot is True


def test_resumed_with_an_empty_text_as_its_payload(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("RESUMED")
    assert isinstance(event, Resumed)
    assert event.seq == 2002
    assert bytes(event.raw) == b'""'


@pytest.mark.parametrize("payload", ["{}", "null", '{"more":1}'])
def test_resumed_with_another_payload_that_says_nothing(decode_as: Callable[[str, str], Event], payload: str) -> None:
    assert isinstance(decode_as("RESUMED", payload), Resumed)


@pytest.mark.parametrize(("type_name", "payload"), [("READY", '""'), ("READY", "null"), ("RESUMED", "5")])
def test_other_payloads_are_of_the_wrong_shape(
    decode_as: Callable[[str, str], Event], type_name: str, payload: str
) -> None:
    with pytest.raises(EventDecodeError):
        decode_as(type_name, payload)
