"""Findings are told in both languages; an error of the library becomes one."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    GatewayError,
    InsufficientPermissions,
    InvalidIntents,
    MisuseError,
    RateLimited,
)
from qqgw_trio.doctor.findings import NOTHING, Said, Verdict, doubtful, of_error, right, skipped, wrong
from qqgw_trio.doctor.remedies import remedy_of
from qqgw_trio.rest.api_codes import CODES, CodeKind
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.error_body import AnswerFacts
from qqgw_trio.rest.http import CertificateRefused

REMEDY = Said("do", "做")


def test_what_is_said_is_said_in_one_of_two_languages() -> None:
    assert (REMEDY.text("en"), REMEDY.text("zh")) == ("do", "做")


def test_verdicts() -> None:
    assert (right("a", "b").verdict, right("a", "b").remedy) == (Verdict.RIGHT, NOTHING)
    assert (doubtful("a", "b", REMEDY).verdict, doubtful("a", "b", REMEDY).remedy) == (Verdict.DOUBTFUL, REMEDY)
    assert (wrong("a", "b", REMEDY).verdict, wrong("a", "b", REMEDY).found) == (Verdict.WRONG, Said("a", "b"))
    assert skipped("a", "b").verdict is Verdict.SKIPPED


def test_an_error_becomes_a_finding_with_its_code_and_remedy() -> None:
    finding = of_error(AuthenticationFailed("refused", code=4004))
    assert finding.found == Said("refused [4004]", "未通过: refused [4004]")
    assert finding.remedy.en.startswith("check the app id and the secret")
    assert finding.remedy.zh.startswith("请核对 AppID 和 AppSecret")
    assert of_error(ConnectionFailed("away")).found.en == "away"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CertificateRefused("h", "self-signed", sent=False), "tls.ca_file"),
        (InvalidIntents((25,)), "intents"),
        (InsufficientPermissions("no"), "申请该权限"),
        (RateLimited(3.0), "过于频繁"),
        (ConnectionFailed("away"), "网络"),
        (ApiError("no", AnswerFacts(401, CodeKind.ADDRESS)), "白名单"),
        (ApiError("no", AnswerFacts(500, CodeKind.TROUBLE)), "故障"),
    ],
)
def test_each_kind_of_error_has_a_remedy_in_chinese(error: GatewayError, words: str) -> None:
    assert words in of_error(error).remedy.zh


def test_where_there_is_none_the_english_one_serves() -> None:
    error = MisuseError("no", remedy="do it right")
    assert remedy_of(error) == "do it right"
    assert of_error(error).remedy == Said("do it right", "do it right")


def test_each_kind_of_code_that_a_person_can_mend_has_one() -> None:
    # Replies, uploads and audits are no business of the doctor.
    kinds = {meaning.kind for meaning in CODES.values()} - {CodeKind.OTHER, CodeKind.AUDIT, CodeKind.DUPLICATE}
    for kind in kinds:
        assert remedy_of(ApiError("no", AnswerFacts(400, kind)))
