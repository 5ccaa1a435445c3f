"""Advice in Chinese; what each error gets is in `test_findings`."""

from __future__ import annotations

from qqgw_proto.errors import GatewayError
from qqgw_trio.doctor.remedies import remedy_of


def test_an_error_of_no_known_kind_gets_none() -> None:
    assert remedy_of(GatewayError("something")) == ""
