"""What a check has found, in both languages."""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

import attrs

from qqgw_proto.errors import GatewayError
from qqgw_trio.doctor.chinese import chinese_of
from qqgw_trio.doctor.mending import advice_for
from qqgw_trio.doctor.remedies import remedy_of
from qqgw_trio.insight.diagnostics import Lang

__all__ = ["NOTHING", "Finding", "Said", "Verdict", "doubtful", "of_error", "right", "skipped", "wrong"]


@unique
class Verdict(Enum):
    """How bad a finding is."""

    RIGHT = "ok"
    DOUBTFUL = "warning"
    WRONG = "wrong"
    SKIPPED = "skipped"


@attrs.frozen
class Said:
    """One text in English and in Chinese."""

    en: str
    zh: str

    def text(self, lang: Lang) -> str:
        """The text in one of the two languages."""
        return self.zh if lang == "zh" else self.en


NOTHING: Final = Said("", "")


@attrs.frozen
class Finding:
    """One result.

    Attributes:
        verdict: How bad it is.
        found: What was seen.
        remedy: How to mend it; empty where nothing need be.
    """

    verdict: Verdict
    found: Said
    remedy: Said = NOTHING


def right(en: str, zh: str) -> Finding:
    """A finding: all is well."""
    return Finding(Verdict.RIGHT, Said(en, zh))


def doubtful(en: str, zh: str, remedy: Said) -> Finding:
    """A finding: it works, but somebody should look at it."""
    return Finding(Verdict.DOUBTFUL, Said(en, zh), remedy)


def wrong(en: str, zh: str, remedy: Said) -> Finding:
    """A finding: a bot cannot run like this."""
    return Finding(Verdict.WRONG, Said(en, zh), remedy)


def skipped(en: str, zh: str) -> Finding:
    """A finding: this was not looked at."""
    return Finding(Verdict.SKIPPED, Said(en, zh))


def of_error(error: GatewayError) -> Finding:
    """What an error of the library says, and what to do about it."""
    code = "" if error.code is None else f" [{error.code}]"
    en, zh = f"{error.message}{code}", f"未通过: {chinese_of(error.message)}{code}"
    return wrong(en, zh, Said(*(advice_for(error) or (error.remedy, remedy_of(error)))))
