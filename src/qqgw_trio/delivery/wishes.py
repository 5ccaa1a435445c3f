"""What a handler may wait for: an event class, by whom, where, and a check of the author's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Final, Generic, TypeVar, cast

import msgspec

from qqgw_proto.errors import ConfigurationError, EventDecodeError
from qqgw_proto.events import ALIASES, EVENT_CLASSES, Event, Intents, decode, intent_of
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.handler.handler_errors import WrongArgument

__all__ = ["Wish", "check_wait", "delivered_names", "names_under"]

_AT_ONCE: Final = "give a function that answers at once"

EventT = TypeVar("EventT", bound=Event)


@cache
def names_under(wanted: type[object]) -> frozenset[str]:
    """Documented type names of an event class, or of all its subclasses; none where it is no class of events."""
    if not issubclass(wanted, Event):
        return frozenset()
    return frozenset(name for name, shape in EVENT_CLASSES.items() if issubclass(shape, wanted))


def check_wait(check: object, seconds: object) -> None:
    """Looks at what a handler says about a wait, before it waits.

    Args:
        check: What else must be true of the event.
        seconds: How long to wait; infinite = for ever.

    Raises:
        WrongArgument: The check is no function that answers at once, or that is no time.
    """
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not is_number or not float(str(seconds)) >= 0:
        words = f"the timeout of a wait must be a number of seconds from 0, not {seconds!r}"
        raise WrongArgument(words, remedy="write timeout=30, or timeout=math.inf to wait for ever")
    if check is not None and not callable(check):
        raise WrongArgument(f"the check of a wait must be a function, not {check!r}", remedy=_AT_ONCE)
    if inspect.iscoroutinefunction(check):
        raise WrongArgument("the check of a wait is async", remedy=_AT_ONCE)


def delivered_names(wanted: type[Event], intents: Intents) -> frozenset[str]:
    """Type names, as on the wire, of a class or of all its subclasses, as far as these intents deliver them.

    Args:
        wanted: An event class, or one that stands for several: `Message`, `GroupMessage`.
        intents: What the bot subscribes to.

    Raises:
        ConfigurationError: There are none.
    """
    if not inspect.isclass(cast("object", wanted)) or not names_under(wanted):
        raise ConfigurationError(f"{wanted!r} is no event class", remedy="wait for a class such as InteractionCreate")
    names = {name for name in names_under(wanted) if intents.contains(intent_of(name))}
    if not names:
        needed = " or ".join(sorted({str(intent_of(name).name) for name in names_under(wanted)}))
        raise ConfigurationError(
            f"no chosen intent delivers {wanted.__name__}", remedy=f"add {needed} to the intents of the bot"
        )
    return frozenset(names | {alias for alias, name in ALIASES.items() if name in names})


class Wish(msgspec.Struct, Generic[EventT], frozen=True):
    """An event that is waited for.

    Attributes:
        names: Type names as on the wire.
        anywhere: Whether it may happen in another conversation.
        author: Who must have caused it; None = anyone but a bot.
        besides: The message that is being handled: it is no answer, though it may come once more as another type.
        check: What else must be true of it.
    """

    names: frozenset[str]
    anywhere: bool = False
    author: str | None = None
    besides: str | None = None
    check: Callable[[EventT], bool] | None = None

    def accept(self, frame: Dispatch) -> EventT | None:
        """The event, if it is wanted.

        Raises:
            WrongArgument: The check is async.
            Exception: What the check raises.
        """
        if frame.t not in self.names:
            return None
        try:
            event = decode(frame)
        except EventDecodeError:
            return None
        return event if self.matches(event) else None  # type: ignore[return-value]

    def matches(self, event: Event) -> bool:
        """Whether a decoded event is wanted; raises as `accept`."""
        if event.frame.t not in self.names or (self.besides and event.message_id == self.besides):
            return False
        # An event that names nobody (a verdict on the bot's own message, say) is nobody else's either.
        is_others = event.is_from_bot if self.author is None else event.author_id not in {None, self.author}
        if is_others or self.check is None:
            return not is_others
        answer: object = self.check(event)  # type: ignore[arg-type]
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise WrongArgument("the check of a wait is async", remedy=_AT_ONCE)
        return bool(answer)
