"""Lines for a person in their language, JSON for a program."""

from __future__ import annotations

import json
import locale

import pytest

from qqgw_trio.doctor.checks import CHECKS, Result
from qqgw_trio.doctor.findings import Said, doubtful, right, skipped, wrong
from qqgw_trio.doctor.telling import as_json, is_well, language, lines_of, verdict_line

CHECK = CHECKS[0]
WELL = Result(CHECK, right("fine", "好"), 0.1)
WARNED = Result(CHECK, doubtful("hm", "嗯", Said("look", "看看")), 0.1)
ILL = Result(CHECK, wrong("bad", "坏", Said("mend", "修理")), 0.2)
UNSEEN = Result(CHECK, skipped("not seen", "没看"), 0.0)


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(environ: dict[str, str], lang: str) -> None:
    assert language(environ) == lang


@pytest.mark.parametrize(
    ("known", "lang"),
    [("Chinese (Simplified)_China", "zh"), ("zh_CN", "zh"), ("English_United States", "en"), (None, "en")],
)
def test_where_the_environment_says_nothing_the_system_does(
    monkeypatch: pytest.MonkeyPatch, known: str | None, lang: str
) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda: (known, None))
    assert language({}) == lang


def test_lines_say_what_was_found_and_what_to_do() -> None:
    assert lines_of(WELL, "en") == ["[  ok   ] configuration: fine"]
    assert lines_of(WARNED, "en") == ["[warning] configuration: hm", "    what to do: look"]
    assert lines_of(ILL, "zh") == ["[错误] 配置: 坏", "    处理办法: 修理"]
    assert lines_of(UNSEEN, "zh") == ["[跳过] 配置: 没看"]


def test_only_what_is_wrong_makes_it_fail() -> None:
    assert is_well([WELL, WARNED, UNSEEN])
    assert not is_well([WELL, ILL])


@pytest.mark.parametrize(
    ("results", "en", "zh"),
    [
        ([WELL, UNSEEN], "all is well", "一切正常"),
        ([WELL, WARNED], "nothing is wrong, 1 warning", "没有错误, 1 个警告"),
        ([WARNED, WARNED], "nothing is wrong, 2 warnings", "没有错误, 2 个警告"),
        ([ILL, WARNED], "1 thing is wrong, 1 warning", "发现 1 个错误, 1 个警告"),
        ([ILL], "1 thing is wrong", "发现 1 个错误"),
        ([ILL, WELL, ILL], "2 things are wrong", "发现 2 个错误"),
    ],
)
def test_the_last_line(results: list[Result], en: str, zh: str) -> None:
    assert (verdict_line(results, "en"), verdict_line(results, "zh")) == (en, zh)


def test_json() -> None:
    assert json.loads(as_json([WELL, ILL], "en")) == {
        "ok": False,
        "checks": [
            {"check": "configuration", "verdict": "ok", "found": "fine", "remedy": "", "seconds": 0.1},
            {"check": "configuration", "verdict": "wrong", "found": "bad", "remedy": "mend", "seconds": 0.2},
        ],
    }
