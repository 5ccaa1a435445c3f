"""How the doctor speaks: lines for a person, in their language, or one JSON object for a program."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_trio.doctor.checks import Result
from qqgw_trio.doctor.chinese import advice_in_chinese, chinese_of
from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.insight.diagnostics import Lang

__all__ = ["as_json", "error_line", "is_well", "language", "lines_of", "verdict_line"]

_MARKS: Final[dict[Lang, dict[Verdict, str]]] = {
    "en": {
        Verdict.RIGHT: "[  ok   ]",
        Verdict.DOUBTFUL: "[warning]",
        Verdict.WRONG: "[ WRONG ]",
        Verdict.SKIPPED: "[skipped]",
    },
    "zh": {
        Verdict.RIGHT: "[正常]",
        Verdict.DOUBTFUL: "[注意]",
        Verdict.WRONG: "[错误]",
        Verdict.SKIPPED: "[跳过]",
    },
}
_REMEDY: Final[dict[Lang, str]] = {"en": "what to do", "zh": "处理办法"}


def language(environ: Mapping[str, str] | None = None) -> Lang:
    """The user's language, by the locale."""
    variables = os.environ if environ is None else environ
    named = next((variables[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if variables.get(name)), None)
    spoken = named or locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def lines_of(result: Result, lang: Lang) -> list[str]:
    """What was found, and below it what to do."""
    finding = result.finding
    title, found = result.check.title.text(lang), finding.found.text(lang)
    lines = [f"{_MARKS[lang][finding.verdict]} {title}: {found}"]
    remedy = finding.remedy.text(lang)
    if remedy:
        lines.append(f"    {_REMEDY[lang]}: {remedy}")
    return lines


def error_line(error: GatewayError, lang: Lang) -> str:
    """The line that says why no bot can be examined."""
    if lang == "en":
        return str(error)
    remedy = advice_in_chinese(error.remedy)
    return f"{chinese_of(error.message)}: {remedy}" if remedy else chinese_of(error.message)


def is_well(results: Iterable[Result]) -> bool:
    """Whether nothing was wrong."""
    return all(result.finding.verdict is not Verdict.WRONG for result in results)


def verdict_line(results: Iterable[Result], lang: Lang) -> str:
    """The last line: whether all is well."""
    verdicts = [result.finding.verdict for result in results]
    wrong, warnings = verdicts.count(Verdict.WRONG), verdicts.count(Verdict.DOUBTFUL)
    if lang == "zh":
        doubts = f", {warnings} 个警告" if warnings else ""
        return f"发现 {wrong} 个错误{doubts}" if wrong else f"没有错误{doubts}" if warnings else "一切正常"
    doubts = f", {warnings} warning{'s' * (warnings > 1)}" if warnings else ""
    if wrong:
        return f"{wrong} things are wrong{doubts}" if wrong > 1 else f"1 thing is wrong{doubts}"
    return f"nothing is wrong{doubts}" if warnings else "all is well"


def as_json(results: Iterable[Result], lang: Lang) -> bytes:
    """One object: `ok`, and for each check what was found."""
    told = list(results)
    checks = [
        {
            "check": result.check.name,
            "verdict": result.finding.verdict.value,
            "found": result.finding.found.text(lang),
            "remedy": result.finding.remedy.text(lang),
            "seconds": result.seconds,
        }
        for result in told
    ]
    return msgspec.json.encode({"ok": is_well(told), "checks": checks})
