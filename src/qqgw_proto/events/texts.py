"""From what the wire calls content to what a person wrote (`protocol.md` 6.3).

`clean_text` is for messages, `plain_text` for titles and bodies of forum threads. Neither ever raises; the raw value
stays in the event beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

import msgspec

__all__ = ["clean_text", "plain_text", "unescape"]

_LEADING_MENTIONS = re.compile(r"(?:\s*<@!?\w+>)+")
# The key that holds an element's words, and the keys of the words inside: documented arrays, then RichText.
_WORDS = {
    "text_info": ("text",),
    "url_info": ("display_text", "url"),
    "channel_info": ("channel_name",),
    "text": ("text",),
    "url": ("desc", "url"),
}


def clean_text(content: str) -> str:
    """Removes the mentions that a message begins with, and the white space around the rest.

    " /ping" and "<@!123> /ping" both become "/ping" (EVT:140). Mentions further inside are words of the message.
    """
    mentions = _LEADING_MENTIONS.match(content)
    return (content if mentions is None else content[mentions.end() :]).strip()


def unescape(text: str) -> str:
    """Undoes the three escapes of guild messages, `&lt;` `&gt;` `&amp;` (message_format.md:19-28), once."""
    # `&amp;` last: "&amp;lt;" is a person's own "&lt;".
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain_text(value: object) -> str:
    """The words of a forum title or body, in whichever of its three shapes it came.

    Args:
        value: An array of elements (documented samples), RichText as JSON text (seen live), or simple text.

    Returns:
        The words of text, links and channels; paragraphs are separated by a line break.
    """
    if isinstance(value, str):
        structure = _decoded(value)
        return value if structure is None else _words_of(structure)
    return _words_of(value)


def _decoded(text: str) -> object | None:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return cast("object", msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _words_of(structure: object) -> str:
    if isinstance(structure, Mapping):
        paragraphs = _items(cast("Mapping[str, object]", structure).get("paragraphs"))
        return "\n".join(_words_of(_field(paragraph, "elems")) for paragraph in paragraphs)
    return "".join(_words_of_element(element) for element in _items(structure))


def _words_of_element(element: object) -> str:
    for holder, keys in _WORDS.items():
        for key in keys:
            words = _field(_field(element, holder), key)
            if isinstance(words, str) and words:
                return words
    return ""


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _field(value: object, key: str) -> object:
    return cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
