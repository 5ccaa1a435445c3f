"""What is wrong gets something to do, and what mends it."""

from __future__ import annotations

import pytest

from qqgw_proto import errors
from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayClosed,
    GatewayError,
    ProtocolViolation,
    RateLimited,
)
from qqgw_trio.connection.transport import GatewayCertificateRefused
from qqgw_trio.doctor.findings import of_error
from qqgw_trio.doctor.mending import advice_for
from qqgw_trio.rest.api_codes import CODES, CodeKind
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.error_body import AnswerFacts
from qqgw_trio.rest.http import CertificateRefused

NAME, TRUST, LIFE = "the URL must name the host of the certificate", "if this is the right server", "check this machine"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("Hostname mismatch, certificate is not valid for 'a.test'.", NAME),
        ("IP address mismatch, certificate is not valid for '127.0.0.1'.", NAME),
        ("self-signed certificate", TRUST),
        ("self signed certificate in certificate chain", TRUST),
        ("unable to get local issuer certificate", TRUST),
        ("certificate has expired", LIFE),
        ("certificate is not yet valid", LIFE),
        ("authority and subject key identifier mismatch", "check this machine's clock, or trust the server's CA"),
    ],
)
def test_a_certificate_is_mended_by_what_is_wrong_with_it(words: str, advice: str) -> None:
    for error in (CertificateRefused("a.test", words, sent=False), GatewayCertificateRefused(words)):
        assert of_error(error).remedy.en.startswith(advice)


def test_a_self_signed_certificate_names_the_setting() -> None:
    remedy = of_error(GatewayCertificateRefused("self-signed certificate")).remedy
    assert "set tls.ca_file" in remedy.en
    assert "tls.ca_file" in remedy.zh


def test_a_setting_without_advice_of_its_own_is_to_be_mended() -> None:
    assert advice_for(ConfigurationError("no")) == ("mend this setting", "请改正该设置")
    assert advice_for(ConfigurationError("no", remedy="write 5")) is None


def test_advice_that_is_something_to_do_stays() -> None:
    assert advice_for(ConnectionFailed("away")) is None


@pytest.mark.parametrize(
    ("error", "english"),
    [
        (DeadlineExceeded("late"), "check the network, the proxy and the gateway URL, then try again"),
        (ProtocolViolation("odd"), "check that the URL is that of the QQ bot gateway"),
        (RateLimited(3.0), "too many requests: try again later"),
        (AuthenticationFailed("no", remedy="none needed: tried again"), "check the app id and the secret"),
        (
            GatewayClosed("gone", code=4009, remedy="nothing to do: the shard comes back by itself"),
            "try again later; if it stays so, check the URL, then ask the platform's support",
        ),
        (
            ApiError("no", AnswerFacts(400, CodeKind.RATE, 100001), remedy="none needed: tried again"),
            "too many requests: try again later",
        ),
        (
            ApiError("no", AnswerFacts(401, CodeKind.TOKEN, 11243), remedy="none needed: tried again"),
            "check the app id and the secret",
        ),
    ],
)
def test_whoever_stopped_at_an_error_is_not_told_that_nothing_is_needed(error: GatewayError, english: str) -> None:
    remedy = of_error(error).remedy
    assert remedy.en == english
    assert "无需处理" not in remedy.zh


WAITING = ("none needed", "nothing to do", "asked again", "无需处理")


def test_no_kind_of_error_and_no_code_is_told_so() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GatewayError)]
    plain = [kind.__new__(kind) for kind in kinds]
    for error, kind in zip(plain, kinds, strict=True):
        GatewayError.__init__(error, "no", remedy=kind.default_remedy)
    answered = [ApiError("no", AnswerFacts(400, row.kind, code), remedy=row.remedy) for code, row in CODES.items()]
    for error in [*plain, *answered]:
        remedy = of_error(error).remedy
        assert not remedy.en.startswith(WAITING)
        assert not remedy.zh.startswith(WAITING)
