"""A line of a journal: what is told of a value, and what is read back."""

from __future__ import annotations

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.journal_lines import tell_effects, tell_input, told_input
from qqgw_proto.machine.arrivals import Dispatches, Pinged
from qqgw_proto.machine.effects import Deliver, SendPong, SendResume
from qqgw_proto.machine.inputs import Due, Lost
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.wire.frames import Dispatch


def test_a_ping_is_told_by_its_bytes_and_read_back() -> None:
    ping = Pinged(1, b"\x00\xff")
    assert tell_effects([SendPong(1, b"\x00\xff")]) == [("SendPong", {"connection": 1, "payload": "00ff"})]
    assert tell_input(ping) == ("Pinged", {"connection": 1, "payload": "00ff"})
    assert told_input(tell_input(ping)) == ping


def test_of_an_event_the_input_tells_number_type_and_id_and_the_effect_the_number() -> None:
    events = [Dispatch(0, s=4, t="X", id="X:4"), Dispatch(0, t="Y")]
    assert tell_input(Dispatches(2, events)) == (
        "Dispatches",
        {"connection": 2, "events": [[4, "X", "X:4"], [None, "Y", None]]},
    )
    assert tell_effects([Deliver(events, 3)]) == [("Deliver", {"events": [4, None], "epoch": 3})]


def test_of_a_token_only_the_prefix_of_its_scheme_is_told() -> None:
    resume = SendResume(1, "QQBot tok-SECRET-en", "session", 5)
    told = {"connection": 1, "token": "QQBot ***", "session_id": "session", "seq": 5}
    assert tell_effects([resume]) == [("SendResume", told)]


def test_an_error_is_read_back_with_its_words_and_what_the_machine_asks_of_it() -> None:
    lost = told_input(tell_input(Lost(3, ConnectionFailed("no route", remedy="look at the cable", retry_after=2.5))))
    assert isinstance(lost, Lost)
    assert isinstance(lost.cause, ConnectionFailed)
    assert (lost.cause.message, lost.cause.remedy, lost.cause.retry_after) == ("no route", "look at the cable", 2.5)


def test_the_kind_is_told_by_name_where_the_class_has_several() -> None:
    assert tell_input(Due(Kind.STATE_DUE, 0.25)) == ("Due", {"kind": "STATE_DUE", "late": 0.25})
    assert told_input(("Due", {"kind": "SAVE_DUE"})) == Due(Kind.SAVE_DUE)
