"""What a handler gets beside its event: the bot, the shard, REST, and what can be done about the event.

A reply names the message (or event) that it answers. The server takes every pair of message id and `msg_seq` once, so
each further reply gets the next number (`protocol.md` 9). A repeated call keeps its number. So does a handler that has
raised and is called again: its first reply has the number of its first reply before, its second that of the second; if
the server answers that it has this reply already, that counts as success. In channels and direct messages, where there
are no numbers, a reply that was sent is not sent again unless it has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar, Unpack, cast, overload

import msgspec
import trio

from qqgw_proto.events import Event, InteractionCreate, Message
from qqgw_trio.delivery.records import Attempt, EventRecord, Taken
from qqgw_trio.delivery.waiter import Waiter
from qqgw_trio.delivery.wishes import Wish, check_wait, delivered_names
from qqgw_trio.handler import sending
from qqgw_trio.handler.handler_errors import CannotAck, CannotRecall, CannotWait, WrongArgument
from qqgw_trio.handler.messages import Content, content_fields
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_types import MessageAudit, SentMessage

if TYPE_CHECKING:
    from qqgw_trio.bot import Bot
    from qqgw_trio.connection.shard import Shard
    from qqgw_trio.delivery.waiting import Waiting

__all__ = ["WAIT_SECONDS", "Context"]

WAIT_SECONDS = 60.0
"""How long a handler waits for a further event, unless it says otherwise."""

EventT_co = TypeVar("EventT_co", bound=Event, covariant=True)
OtherT = TypeVar("OtherT", bound=Event)


class Context(msgspec.Struct, Generic[EventT_co], eq=False):
    """What surrounds one event. A Struct, because one is made for each event.

    Attributes:
        bot: The bot.
        shard: The shard that received it.
        event: The event.
    """

    bot: Bot
    shard: Shard
    event: EventT_co
    _waiting: Waiting | None = None
    """Where handlers wait for further events; None = they cannot."""
    _handler: Hashable = None
    """Which handler this context is for: their replies are counted apart."""
    _kept: Attempt | None = None

    def for_handler(self, handler: Hashable) -> Context[EventT_co]:
        """The same for one of several handlers of the event; in each attempt a handler needs a new one."""
        return Context(self.bot, self.shard, self.event, self._waiting, handler)

    @property
    def api(self) -> Api:
        """REST."""
        return self.bot.api

    @property
    def event_id(self) -> str | None:
        """The frame's id, which a reply to a notice names."""
        return self.event.event_id

    @property
    def raw(self) -> msgspec.Raw:
        """The payload as received."""
        return self.event.raw

    # --- messages

    async def reply(self, text: str = "", **content: Unpack[Content]) -> SentMessage | MessageAudit:
        """Answers in the place where the event happened.

        The reply answers the event, or the latest further event that the handler has waited for.

        Args:
            text: What to say.
            **content: What else: `image`, `markdown`, `keyboard`, `ark`, `embed`, `media`; see `Content`.

        Returns:
            The message, or its audit where the platform looks at it first.

        Raises:
            CannotReply: This kind of event cannot be answered, or not any more (`ReplyWindowClosed`,
                `ReplyQuotaSpent`); raised before any request.
            ConfigurationError: Such a message cannot be sent.
            GatewayError: The call failed.
        """
        return await self._answer(self._attempt.addressed, text, content)

    async def send(self, text: str = "", **content: Unpack[Content]) -> SentMessage | MessageAudit:
        """Says something in the place where the event happened, without answering: an active message.

        The platform takes only a few of these (`protocol.md` 8), but at any time. Otherwise as `reply`; a handler that
        is called again sends it again.

        Raises:
            CannotReply: The event happened in no place where messages are sent.
            ConfigurationError: Such a message cannot be sent.
            GatewayError: The call failed.
        """
        return await sending.post(self.api, *sending.place_of(self.event), content_fields(text, content))

    async def recall(self, message: SentMessage | MessageAudit | str, *, hide_tip: bool = False) -> None:
        """Takes a message back that was sent to the place where the event happened.

        Args:
            message: What `reply` or `send` returned, or a message's id.
            hide_tip: Whether no note is left; in channels and direct messages only.

        Raises:
            CannotRecall: It has no id: it waits for an audit, or was sent by an attempt before a crash.
            CannotReply: The event happened in no place where messages are sent.
            WrongArgument: It is not a message.
            ApiError: The platform refuses; in groups and C2C after 2 minutes (reset.md:21,55).
        """
        if isinstance(message, MessageAudit):
            raise CannotRecall("the message waits for its audit, so there is nothing to take back")
        if not isinstance(cast("object", message), (str, SentMessage)):
            remedy = "give what ctx.reply or ctx.send returned, or a message's id"
            raise WrongArgument(f"a message is recalled, not {message!r}", remedy=remedy)
        message_id = message if isinstance(message, str) else message.id
        if not message_id:
            raise CannotRecall("the message has no id")
        await sending.recall(self.api, *sending.place_of(self.event), message_id, hide_tip=hide_tip)

    async def ack(self, code: int = 0) -> None:
        """Acknowledges an interaction, promptly: the person's client waits for it (BTN:216).

        That is the latest interaction that the handler has waited for, else its event. A second call for the same
        interaction does nothing, in this attempt or a later one.

        Args:
            code: 0 done, 1 failed, 2 too often, 3 repeated, 4 no permission, 5 administrators only (BTN:250).

        Raises:
            CannotAck: There is no interaction.
            GatewayError: The call failed.
        """
        attempt = self._attempt
        events = [*(taken.event for taken in reversed(attempt.read)), self.event]
        event = next((event for event in events if isinstance(event, InteractionCreate)), None)
        if event is None or not event.id:
            raise CannotAck(f"{self.event.type_name} is no interaction")
        if event.id not in attempt.own.acked:
            await self.api.answer_interaction(event.id, code)
            attempt.own.acked.add(event.id)

    # --- further events

    async def wait_for(
        self,
        event: type[OtherT],
        *,
        check: Callable[[OtherT], bool] | None = None,
        timeout: float = WAIT_SECONDS,  # noqa: ASYNC109 - the time is part of what is told
        anyone: bool = False,
        anywhere: bool = False,
    ) -> OtherT:
        """Waits for a further event of the same person in the same conversation.

        The event goes to this handler alone. What else happens in the conversation is handled after this handler. An
        event that came already counts, the oldest first, unless its own handlers have begun with it. A handler that
        is called again after an error gets the same events again.

        Args:
            event: Its class, or a class that stands for several (`Message`).
            check: What else must be true; not async.
            timeout: Seconds to wait; `math.inf` = for ever.
            anyone: Whether it may be anybody's.
            anywhere: Whether it may happen in any conversation.

        Raises:
            NoAnswer: It has not come; also a `TimeoutError`.
            CannotWait: The event of this context is not being handled, or too many handlers wait.
            ConfigurationError: It can never come.
            WrongArgument: The check is async or no function, or the timeout is no time.
            Exception: What the check raised.
        """
        check_wait(check, timeout)
        wish = self._wish(event, check, anyone=anyone, anywhere=anywhere)
        found = self._taken_before(wish)
        if found is not None:
            return found
        with self._expect(wish) as waiter:
            return await waiter.wait(event.__name__, timeout)

    @overload
    async def ask(
        self,
        text: str = "",
        *,
        check: Callable[[Message], bool] | None = None,
        timeout: float = WAIT_SECONDS,  # noqa: ASYNC109
        anyone: bool = False,
        **content: Unpack[Content],
    ) -> Message: ...

    @overload
    async def ask(
        self,
        text: str = "",
        *,
        answer: type[OtherT],
        check: Callable[[OtherT], bool] | None = None,
        timeout: float = WAIT_SECONDS,  # noqa: ASYNC109
        anyone: bool = False,
        **content: Unpack[Content],
    ) -> OtherT: ...

    async def ask(
        self,
        text: str = "",
        *,
        answer: type[Event] = Message,
        check: Callable[..., bool] | None = None,
        timeout: float = WAIT_SECONDS,  # noqa: ASYNC109 - the time is part of what is told
        anyone: bool = False,
        **content: Unpack[Content],
    ) -> Event:
        """Replies with a question, and waits for the next message of the same person in the same conversation.

        Args:
            text: The question.
            answer: What else than a message is an answer: `InteractionCreate` for a button.
            check: What else must be true of the answer; not async.
            timeout: Seconds to wait; `math.inf` = for ever.
            anyone: Whether anybody may answer.
            **content: As of `reply`.

        Raises:
            NoAnswer: Nobody has answered; also a `TimeoutError`.
            GatewayError: As `reply` and `wait_for`.
            Exception: What the check raised.
        """
        check_wait(check, timeout)
        wish: Wish[Event] = self._wish(answer, check, anyone=anyone, anywhere=False)
        addressed = self._attempt.addressed  # The answer may be there already, and is not what the question replies to.
        found = self._taken_before(wish)
        if found is not None:
            await self._answer(addressed, text, content)
            return found
        with self._expect(wish) as waiter:  # before the question: a button may be pressed before its call returns
            await self._answer(addressed, text, content)
            return await waiter.wait("answer", timeout)

    # --- inside

    @property
    def _attempt(self) -> Attempt:
        if self._kept is None:
            found = None if self._waiting is None else self._waiting.record_of(self.event.frame, self.shard)
            record = found or EventRecord(trio.current_time(), trio.current_time)
            self._kept = Attempt(self.event, record, record.of(self._handler))
        return self._kept

    async def _answer(self, addressed: Taken, text: str, content: Content) -> SentMessage | MessageAudit:
        fields = content_fields(text, content)
        return await sending.answer(self.api, self.bot.reply_numbers, self._attempt, addressed, fields)

    def _wish(
        self, wanted: type[Event], check: Callable[[OtherT], bool] | None, *, anyone: bool, anywhere: bool
    ) -> Wish[OtherT]:
        author = None if anyone else self.event.author_id
        names = delivered_names(wanted, self.bot.intents)
        return Wish(names, anywhere, author, self.event.message_id, check)

    def _taken_before(self, wish: Wish[OtherT]) -> OtherT | None:
        attempt = self._attempt
        for taken in attempt.unread():
            if wish.matches(taken.event):
                attempt.read.append(taken)
                return cast("OtherT", taken.event)
        return None

    def _expect(self, wish: Wish[OtherT]) -> Waiter[OtherT]:
        if self._waiting is None:
            raise CannotWait("the event of this context is not being handled")
        return self._waiting.expect(self.shard, self._attempt, wish)
