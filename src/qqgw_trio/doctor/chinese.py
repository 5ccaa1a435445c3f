"""Chinese for what the doctor repeats from the rest of the library: settings that cannot work, warnings, file errors.

Sentences about connections and the platform are in `qqgw_trio.language.chinese`; one that is in no table stays English.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from qqgw_proto.events import Intents
from qqgw_proto.events.intents import INTENTS, Access
from qqgw_trio.doctor.sentences import COMMAND_LINE, INTENT_WARNINGS, SETTINGS
from qqgw_trio.doctor.system_words import SYSTEM
from qqgw_trio.language.chinese import in_chinese
from qqgw_trio.language.sentences import Patterns, patterns_of, translated

__all__ = ["advice_in_chinese", "chinese_of", "intents_in_chinese"]

_ACCESS: Final = {
    Access.DEFAULT: "所有机器人都有",
    Access.APPROVAL: "需要在控制台申请",
    Access.PRIVATE: "仅限私域机器人",
}


_JOINTS: Final = {" and ": " 和 ", " or ": " 或 "}
_JOINT: Final = re.compile("|".join(_JOINTS))
_WORD: Final = r"""(?:'[^']*'|"[^"]*"|[^\s'"]+)"""
_LIST: Final = re.compile(rf"{_WORD}(?: (?:and|or) {_WORD})+")
"""Names, not sentences."""


def chinese_of(text: str) -> str:
    """The Chinese of a sentence of the library's; names, numbers and whatever has none stay as they are."""
    told = _found(text)
    for english, chinese in SYSTEM.items():
        told = told.replace(english, chinese)
    return told


def advice_in_chinese(remedy: str) -> str:
    """The Chinese of what a person can do; what has none stays as it is."""
    told = chinese_of(remedy)
    # Advice has its Chinese behind a cause only.
    return in_chinese(f"-: {remedy}").removeprefix("-: ") if told == remedy else told


def intents_in_chinese(intents: Intents) -> str:
    """Names, bits and access, as `describe_intents` has them in English."""
    return ", ".join(
        f"{INTENTS[bit].name} (第 {bit} 位, {_ACCESS[INTENTS[bit].access]})"
        if bit in INTENTS
        else f"第 {bit} 位 (不是 intent)"
        for bit in intents.bits
    )


def _found(text: str) -> str:
    told = translated(text, _patterns(), _found)
    if told is not None:
        return told
    return in_chinese(_JOINT.sub(lambda joint: _JOINTS[joint[0]], text) if _LIST.fullmatch(text) else text)


@cache
def _patterns() -> Patterns:
    return patterns_of({**SETTINGS, **INTENT_WARNINGS, **COMMAND_LINE})
