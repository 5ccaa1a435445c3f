"""A line of a journal: what is told of a value, and what is read back."""

from __future__ import annotations

from typing import cast

import pytest

from qqgw_proto import ClientConfig, CloseAction, CloseCode, Ticket
from qqgw_proto.errors import ConfigurationError, ConnectionFailed, RateLimited
from qqgw_proto.journal_lines import tell_effects, tell_input, tell_life, told_input
from qqgw_proto.machine.arrivals import Dispatches, Pinged
from qqgw_proto.machine.effects import Deliver, SendIdentify, SendPong, SendResume
from qqgw_proto.machine.inputs import DialFailed, Due, Lost, Settled
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
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


def test_how_long_an_error_asks_to_wait_is_told_whatever_it_calls_it() -> None:
    error = RateLimited(7.5, "slow down")
    assert tell_input(DialFailed(2, error)) == (
        "DialFailed",
        {"connection": 2, "cause": ["RateLimited", "slow down, wait 7.5 s", None, error.remedy, 7.5]},
    )


def test_what_an_identify_says_of_the_client_is_told() -> None:
    identify = SendIdentify(1, "QQBot t", 513, (0, 1), {"$os": "linux"})
    [(_, told)] = cast("list[tuple[str, dict[str, object]]]", tell_effects([identify]))
    assert (told["shard"], told["properties"]) == ([0, 1], {"$os": "linux"})


def test_tickets_and_events_are_read_back() -> None:
    settled, given = Settled([Ticket((1, 6)), Ticket((1, 7))]), Dispatches(2, [Dispatch(0, s=4, t="X", id="X:4")])
    assert told_input(tell_input(settled)) == settled
    assert told_input(tell_input(given)) == given


def test_a_life_is_told_with_texts_for_keys() -> None:
    own = {4999: CloseCode(4999, "own", CloseAction.IDENTIFY, "", "test")}
    told = cast("dict[str, dict[str, object]]", tell_life(Life(ClientConfig(1), close_codes=own)))
    assert list(told["close_codes"]) == ["4999"]


def test_who_cannot_read_an_input_is_told_what_can() -> None:
    with pytest.raises(ConfigurationError) as caught:
        told_input(("Teleported", {}))
    assert caught.value.remedy == "replay it with the version of qqgw that wrote it"
