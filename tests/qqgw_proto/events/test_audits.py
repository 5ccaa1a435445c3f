from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from qqgw_proto.events import Event, MessageAuditEvent, MessageAuditPass, MessageAuditReject

MESSAGE = "10d0df671a1231343431313532313831383136323933383420801e280030a0cbc4013848404148f6b7d08e0650b1acf8fa05"


@pytest.mark.parametrize(
    ("type_name", "shape", "number"),
    [("MESSAGE_AUDIT_PASS", MessageAuditPass, "101"), ("MESSAGE_AUDIT_REJECT", MessageAuditReject, None)],
)
def test_a_verdict(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[MessageAuditEvent], number: str | None
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "1699792")
    assert event.guild == "46646271634786417"
    assert event.audit_id == "5f60b782-d134-4628-93b8-9baa4b182f48"
    assert event.message_id == MESSAGE
    assert event.seq_in_channel == number
    moment = datetime(2022, 1, 4, 18, 5, 42, tzinfo=timezone(timedelta(hours=8)))
    assert event.audit_time == event.create_time == moment


@pytest.mark.parametrize("payload", ["{}", '{"message_id":""}'])
def test_a_refused_message_need_not_have_an_id(decode_as: Callable[[str, str], Event], payload: str) -> None:
    assert decode_as("MESSAGE_AUDIT_REJECT", payload).message_id is None
