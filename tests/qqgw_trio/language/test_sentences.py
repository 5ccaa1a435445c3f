"""Sentences with gaps, found in a table and said in another language."""

from __future__ import annotations

from qqgw_trio.language.sentences import patterns_of, translated

GREETINGS = {"good {}": "guten {}", "morning": "Morgen"}
REST = {"good {} to {}": "never reached", "{} and {}": "{} und {}"}
PATTERNS = patterns_of(GREETINGS, REST)


def german(text: str) -> str:
    told = translated(text, PATTERNS, german)
    return text if told is None else told


def test_what_stands_in_a_gap_is_kept_or_translated_too() -> None:
    assert german("good friends") == "guten friends"
    assert german("good morning") == "guten Morgen"
    assert german("morning and noon") == "Morgen und noon"


def test_the_first_sentence_that_fits_is_taken() -> None:
    assert german("good morning to you") == "guten morning to you"


def test_a_gap_may_hold_several_lines_but_not_nothing() -> None:
    assert german("good a\nb") == "guten a\nb"
    assert translated("good ", PATTERNS, german) is None


def test_a_sentence_must_fit_from_end_to_end_and_letter_by_letter() -> None:
    assert translated("morning!", PATTERNS, german) is None
    assert translated("a.c", patterns_of({"a.c": "dot"}), german) == "dot"
    assert translated("abc", patterns_of({"a.c": "dot"}), german) is None
