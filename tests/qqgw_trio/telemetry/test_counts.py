"""What is counted, and how it adds up."""

from __future__ import annotations

from collections import Counter

import pytest

from qqgw_proto.errors import ConnectionFailed, GatewayClosed, GatewayError, HeartbeatTimeout, ReconnectRequested
from qqgw_trio.telemetry.counts import Counts, cause_name, type_names


def test_counts_add_up_by_name_too() -> None:
    one = Counts(received=3, attempts=2, causes=Counter({"HeartbeatTimeout": 1}))
    two = Counts(received=4, gaps=Counter({"crash": 1}), causes=Counter({"HeartbeatTimeout": 2}))
    whole = Counts.total([one, two])
    assert (whole.received, whole.attempts) == (7, 2)
    assert whole.causes == {"HeartbeatTimeout": 3}
    assert whole.gaps == {"crash": 1}


def test_the_total_of_one_is_a_copy() -> None:
    one = Counts(by_type=Counter({"READY": 1}))
    copy = Counts.total([one])
    copy.by_type["READY"] += 1
    assert one.by_type == {"READY": 1}


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (HeartbeatTimeout("silence"), "HeartbeatTimeout"),
        (GatewayClosed("expired", code=4009), "GatewayClosed 4009"),
        (ReconnectRequested("op 7", code=7), "ReconnectRequested 7"),
        (ConnectionFailed("upgrade refused", code=503), "ConnectionFailed 503"),
        (GatewayClosed("made up", code=54321), "GatewayClosed other"),
    ],
)
def test_a_cause_has_one_of_few_names(error: GatewayError, name: str) -> None:
    assert cause_name(error) == name


def test_types_that_are_none_of_the_protocols_count_together() -> None:
    assert type_names(Counter({"READY": 1, "MADE_UP": 2, None: 3})) == {"READY": 1, "other": 5}
