"""Which op, which `t` and which event of the wire leads to which column."""

from __future__ import annotations

from typing import Final

import pytest

from qqgw_proto.machine import arrivals
from qqgw_proto.machine.close_codes import CloseAction, CloseCode
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.reading import LIFECYCLE, read_event, read_frame
from qqgw_proto.wire import events as wire
from qqgw_proto.wire.codec import Malformed, decode

FRAMES: Final = [
    (b'{"op":0,"t":"READY","d":{"session_id":"S"}}', Kind.READY),
    (b'{"op":0,"t":"RESUMED","d":""}', Kind.RESUMED),
    (b'{"op":0,"t":"GUILD_CREATE"}', Kind.DISPATCHES),
    (b'{"op":0,"t":"ready"}', Kind.DISPATCHES),
    (b'{"op":0}', Kind.DISPATCHES),
    (b'{"op":1,"d":7}', Kind.HEARTBEAT_ASKED),
    (b'{"op":7}', Kind.RECONNECT_ORDERED),
    (b'{"op":9,"d":true}', Kind.SESSION_DOUBTFUL),
    (b'{"op":9,"d":false}', Kind.SESSION_INVALID),
    (b'{"op":9}', Kind.SESSION_INVALID),
    (b'{"op":9,"d":1}', Kind.SESSION_INVALID),
    (b'{"op":9,"d":"true"}', Kind.SESSION_INVALID),
    (b'{"op":10,"d":{"heartbeat_interval":1}}', Kind.HELLO),
    (b'{"op":11}', Kind.HEARTBEAT_ACKED),
    *((b'{"op":%d}' % op, Kind.UNKNOWN_OP) for op in (-1, 2, 3, 4, 5, 6, 8, 12, 13, 2**70)),
    (b'{"op":"0"}', Kind.MALFORMED),
    (b"[]", Kind.MALFORMED),
]


@pytest.mark.parametrize(("payload", "kind"), FRAMES, ids=repr)
def test_a_frame_has_its_column(payload: bytes, kind: Kind) -> None:
    given = read_frame(5, decode(payload))
    assert (given.kind, given.connection) == (kind, 5)


@pytest.mark.parametrize(
    ("payload", "session_id"),
    [
        (b'{"session_id":"S"}', "S"),
        (b'{"session_id":""}', None),
        (b'{"session_id":null}', None),
        (b'{"session_id":5}', None),
        (b"{}", None),
        (b'"S"', None),
        (b"null", None),
    ],
)
def test_ready_names_a_session_only_where_it_can_be_resumed(payload: bytes, session_id: str | None) -> None:
    given = read_frame(5, decode(b'{"op":0,"t":"READY","d":%s}' % payload))
    assert isinstance(given, arrivals.ReadyReceived)
    assert given.session_id == session_id


@pytest.mark.parametrize("payload", [b"7", b"null", b"[1]", b'"x"', b"{}"])
def test_hello_may_name_no_interval(payload: bytes) -> None:
    given = read_frame(5, decode(b'{"op":10,"d":%s}' % payload))
    assert isinstance(given, arrivals.Hello)
    assert given.interval is None


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (wire.Upgraded(), Kind.UPGRADED),
        (wire.Rejected(401, None, ""), Kind.UPGRADE_UNAUTHORIZED),
        (wire.Rejected(403, None, ""), Kind.UPGRADE_UNAUTHORIZED),
        (wire.Rejected(404, None, ""), Kind.UPGRADE_REJECTED),
        (wire.Rejected(302, None, ""), Kind.UPGRADE_REJECTED),
        (wire.Rejected(200, None, ""), Kind.UPGRADE_REJECTED),
        (wire.Ping(b""), Kind.PINGED),
        (wire.Failed(1002, ""), Kind.WIRE_FAILED),
        (wire.Unreadable(""), Kind.MALFORMED),
        (wire.Closed(4000, ""), Kind.CLOSED_RESUME),
        (wire.Closed(4003, ""), Kind.CLOSED_REFUSED),
        (wire.Closed(4004, ""), Kind.CLOSED_RENEW_TOKEN),
        (wire.Closed(4006, ""), Kind.CLOSED_IDENTIFY),
        (wire.Closed(4008, ""), Kind.CLOSED_COOL_DOWN),
        (wire.Closed(4009, ""), Kind.CLOSED_RESUME_AT_ONCE),
        (wire.Closed(4915, ""), Kind.CLOSED_FATAL),
    ],
    ids=repr,
)
def test_an_event_of_the_wire_has_its_column(event: wire.WireEvent, kind: Kind) -> None:
    given = read_event(5, event, {})
    assert (given.kind, given.connection) == (kind, 5)


def test_a_token_that_the_gateway_repeats_in_its_words_is_left_out() -> None:
    closed = read_event(5, wire.Closed(4004, "bad token QQBot T0k3n (T0k3n)"), {}, "T0k3n")
    assert closed == arrivals.Closed(5, 4004, "bad token QQBot *** (***)", Kind.CLOSED_RENEW_TOKEN)
    rejected = read_event(5, wire.Rejected(401, 3.0, "who is T0k3n?"), {}, "T0k3n")
    assert rejected == arrivals.UpgradeRejected(5, 401, 3.0, "who is ***?", Kind.UPGRADE_UNAUTHORIZED)


def test_without_a_token_the_words_stay_as_they_are() -> None:
    closed = read_event(5, wire.Closed(4004, "bad token"), {})
    assert closed == arrivals.Closed(5, 4004, "bad token", Kind.CLOSED_RENEW_TOKEN)


def test_a_row_of_the_user_leads_to_another_column() -> None:
    rows = {4915: CloseCode(4915, "", CloseAction.RESUME, "", "the user")}
    assert read_event(5, wire.Closed(4915, ""), rows).kind is Kind.CLOSED_RESUME


def test_a_client_is_never_asked_for_a_websocket() -> None:
    with pytest.raises(AssertionError, match="does not report Requested"):
        read_event(5, wire.Requested("/", {}), {})


def test_two_types_end_a_batch() -> None:
    assert frozenset({"READY", "RESUMED"}) == LIFECYCLE


def test_what_cannot_be_decoded_is_told_why() -> None:
    given = read_frame(5, Malformed("not JSON"))
    assert given == arrivals.MalformedReceived(5, "not JSON")
