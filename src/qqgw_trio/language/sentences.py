"""Looks a sentence up in a table of sentences and their translations.

`{}` in a sentence of the table stands for whatever differs each time, and for the same in its translation. The first
sentence that fits is taken: one whose words another sentence has as well must come before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

__all__ = ["Patterns", "patterns_of", "translated"]

Patterns: TypeAlias = tuple[tuple[re.Pattern[str], str], ...]


def patterns_of(*tables: Mapping[str, str]) -> Patterns:
    """The tables as patterns, in their order; to be made once."""
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, sentence.split("{}"))), re.DOTALL), translation)
        for table in tables
        for sentence, translation in table.items()
    )


def translated(text: str, patterns: Patterns, translate_part: Callable[[str], str]) -> str | None:
    """The translation of a sentence, or None where no pattern fits all of it.

    Args:
        text: The sentence.
        patterns: Where to look.
        translate_part: Translates what stands in the place of each `{}`.
    """
    for pattern, translation in patterns:
        found = pattern.fullmatch(text)
        if found is not None:
            return translation.format(*map(translate_part, found.groups()))
    return None
