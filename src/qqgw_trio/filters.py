"""Filters: which events a handler or a command wants.

    in_our_guilds = filters.guilds("g1", "g2") & ~filters.users("somebody")

    @bot.on(AtMessageCreate, where=in_our_guilds | filters.predicate(lambda event: event.text == "help"))

A filter is a function of the event that can be combined with `&`, `|` and `~`; any other function of the event will do
for `where=` as well. An event that happened in no guild does not pass `guilds(…)`, and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NoReturn

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event
from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.handler.registered import check_filter

__all__ = ["Filter", "bots", "groups", "guilds", "predicate", "prefix", "users"]


class Filter(Veiled, frozen=True):
    """One test of an event.

    Attributes:
        test: Whether an event passes.
        words: The filter as it is written, for a person.
    """

    test: Callable[[Event], bool]
    words: str
    veiled: ClassVar[frozenset[str]] = frozenset(("test",))

    def __call__(self, event: Event) -> bool:
        """Whether the event passes."""
        return self.test(event)

    def __and__(self, other: Callable[[Event], bool]) -> Filter:
        inner = predicate(other)
        return Filter(lambda event: self(event) and inner(event), f"({self.words} & {inner.words})")

    def __rand__(self, other: Callable[[Event], bool]) -> Filter:
        return predicate(other) & self

    def __or__(self, other: Callable[[Event], bool]) -> Filter:
        inner = predicate(other)
        return Filter(lambda event: self(event) or inner(event), f"({self.words} | {inner.words})")

    def __ror__(self, other: Callable[[Event], bool]) -> Filter:
        return predicate(other) | self

    def __invert__(self) -> Filter:
        return Filter(lambda event: not self(event), f"~{self.words}")

    def __bool__(self) -> NoReturn:
        """`and`, `or` and `not` would choose one filter and drop the other without a word.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError("a filter has no truth value", remedy="combine filters with &, | and ~")


def guilds(*ids: str) -> Filter:
    """What happened in one of these guilds; of a direct message the guild that the person came from."""
    allowed = _checked("guilds", ids)
    return Filter(lambda event: event.guild in allowed, _written("guilds", ids))


def groups(*ids: str) -> Filter:
    """What happened in one of these groups, by openid."""
    places = {("group", group) for group in _checked("groups", ids)}
    return Filter(lambda event: event.conversation in places, _written("groups", ids))


def users(*ids: str) -> Filter:
    """What one of these people caused, by the id that `event.author_id` has in that place."""
    allowed = _checked("users", ids)
    return Filter(lambda event: event.author_id in allowed, _written("users", ids))


def prefix(text: str) -> Filter:
    """Messages whose text begins so, leading mentions and white space set aside."""
    return Filter(lambda event: event.text.startswith(text), _written("prefix", (text,)))


def predicate(test: Callable[[Event], bool]) -> Filter:
    """Events for which a function returns true.

    Raises:
        ConfigurationError: It is not a function, or it is async.
    """
    check_filter(test)
    return test if isinstance(test, Filter) else Filter(lambda event: bool(test(event)), _words(test))


bots = Filter(lambda event: event.is_from_bot, "bots")
"""Messages of which the wire says that a bot wrote them."""


def _words(test: Callable[[Event], bool]) -> str:
    return test.words if isinstance(test, Filter) else getattr(test, "__qualname__", repr(test))


def _written(name: str, ids: tuple[str, ...]) -> str:
    return f"{name}({', '.join(map(repr, ids))})"


def _checked(name: str, ids: tuple[object, ...]) -> frozenset[str]:
    """The ids.

    Raises:
        ConfigurationError: One of them is no text; a list of ids must be unpacked.
    """
    for one in ids:
        if not isinstance(one, str):
            remedy = f"ids are text, given one by one: filters.{name}('1', '2'), filters.{name}(*ids)"
            raise ConfigurationError(f"{one!r} is no id", remedy=remedy)
    return frozenset(str(one) for one in ids)
