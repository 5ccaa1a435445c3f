"""The pages `events.md` and `events.zh.md`: every type of event, as the classes and the intents have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from generating.event_words import CHINESE, ENGLISH, MEANINGS_IN_CHINESE, Words
from generating.pages import NOTICE, grid
from generating.reading import first_sentence
from qqgw_proto.events import ALIASES, EVENT_CLASSES, INTENTS, Event, decode
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.simulator.samples import load_samples

__all__ = ["chinese_events_page", "events_page"]

_INFO_OF: Final = {name: info for info in INTENTS.values() for name in info.events}


def events_page() -> str:
    """In English."""
    return _page(ENGLISH, {name: _meaning(shape) for name, shape in EVENT_CLASSES.items()})


def chinese_events_page() -> str:
    """In Chinese."""
    return _page(CHINESE, MEANINGS_IN_CHINESE)


def _meaning(shape: type[Event]) -> str:
    """The docstring up to its first full stop, semicolon or bracket."""
    return first_sentence(shape).split(". ")[0].split(";")[0].split(" (")[0].rstrip(".")


def _page(words: Words, meanings: Mapping[str, str]) -> str:
    types = [
        [f"`{name}`", f"`{shape.__name__}`", meanings[name], *_intent(name, words), _reply(shape, words)]
        for name, shape in EVENT_CLASSES.items()
    ]
    others = [[f"`{other}`", f"`{name}`", f"`{EVENT_CLASSES[name].__name__}`"] for other, name in ALIASES.items()]
    tables = [words.head, grid(words.columns, types), "", words.aliases, grid(words.alias_columns, others)]
    return "\n".join([words.sibling, "", NOTICE, "", *tables, "", words.tail])


def _intent(type_name: str, words: Words) -> tuple[str, str]:
    """The intent that delivers the type, and who may ask for it."""
    info = _INFO_OF.get(type_name)
    if info is None:
        return words.no_intent, ""
    return words.intent.format(name=info.name, bit=info.bit), words.access[info.access]


def _reply(shape: type[Event], words: Words) -> str:
    """What a reply names; in a guild as a whole `ctx.reply` does not know where to send it."""
    if shape.reply_key is None:
        return words.no_reply
    payload = load_samples()[shape.wire_name][0]
    event = decode(Dispatch(op=0, t=shape.wire_name, d=msgspec.Raw(msgspec.json.encode(payload))))
    is_guild = event.conversation is not None and event.conversation[0] == "guild"
    return words.chosen.format(key=shape.reply_key) if is_guild else f"`{shape.reply_key}`"
