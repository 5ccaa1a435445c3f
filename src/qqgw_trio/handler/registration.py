"""What a bot author registers: handlers, commands, middleware, error hooks, startup and shutdown hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar, overload

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.command.commands import Command, Commands, UnknownCommandHook
from qqgw_trio.delivery.overflow import Dropped
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.entries import Where
from qqgw_trio.handler.failures import ErrorHook
from qqgw_trio.handler.handlers import FunctionT, Handlers, type_names_of
from qqgw_trio.handler.hooks import Hook, Hooks
from qqgw_trio.handler.middleware import Middleware
from qqgw_trio.handler.registered import check_listener

__all__ = ["OnDropped", "Registration"]

OnDropped: TypeAlias = Callable[[Dropped], object]
"""Told what the overflow policy has dropped; at once, so not async."""

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
DroppedT = TypeVar("DroppedT", bound=OnDropped)
ErrorHookT = TypeVar("ErrorHookT", bound=ErrorHook)
EventT = TypeVar("EventT", bound=Event)
HookT = TypeVar("HookT", bound=Hook)
MiddlewareT = TypeVar("MiddlewareT", bound=Middleware)
ResultT = TypeVar("ResultT")
UnknownCommandHookT = TypeVar("UnknownCommandHookT", bound=UnknownCommandHook)


class Registration:
    """The decorators of a bot.

    Args:
        command_config: Gives the settings of commands; asked for each message.

    Attributes:
        handlers: Everything that handles events.
        hooks: Startup and shutdown.
        drop_listeners: Told of every burst of events that the overflow policy has dropped.
    """

    def __init__(self, command_config: Callable[[], CommandConfig]) -> None:
        self.handlers = Handlers()
        self.hooks = Hooks()
        self.drop_listeners: list[OnDropped] = []
        self._commands = Commands(command_config)

    @overload
    def on(
        self, what: type[EventT], /, *, where: Callable[[EventT], bool] | None = None, on_error: ErrorHook | None = None
    ) -> Callable[[Callable[[Context[EventT], EventT], ResultT]], Callable[[Context[EventT], EventT], ResultT]]: ...

    @overload
    def on(
        self, *names: str, where: Where | None = None, on_error: ErrorHook | None = None
    ) -> Callable[[FunctionT], FunctionT]: ...

    @overload
    def on(
        self,
        first: type[Event] | str,
        second: type[Event] | str,
        /,
        *further: type[Event] | str,
        where: Where | None = None,
        on_error: ErrorHook | None = None,
    ) -> Callable[[FunctionT], FunctionT]: ...

    def on(
        self,
        *what: type[Event] | str,
        where: Callable[[Any], bool] | None = None,
        on_error: ErrorHook | None = None,
    ) -> Callable[[Any], Any]:
        """Registers a handler. Of a single class type checkers know what its handler takes.

        Args:
            *what: Event classes and type names; without any, every event. A class that stands for several types
                (`Message`) means all of them, as far as the bot's intents deliver them.
            where: Which of these events it wants: a filter, or any function of the event.
            on_error: Told when the handler raises, before the bot's own hooks (`failures`).

        Raises:
            ConfigurationError: Something names no event.
        """
        type_names_of(what)  # `@bot.on` without parentheses is told at once

        def register(function: FunctionT) -> FunctionT:
            self.handlers.add(function, what, where=where, on_error=on_error)
            return function

        return register

    def command(
        self,
        name: str,
        *,
        aliases: Iterable[str] = (),
        types: Iterable[type[Event] | str] = (),
        where: Where | None = None,
        on_error: ErrorHook | None = None,
        help: str | None = None,  # noqa: A002 - what it is
        hidden: bool = False,
    ) -> Callable[[CommandT], CommandT]:
        """Registers a command: `/name` calls the function with the context and the typed arguments.

        Args:
            name: Without the prefix.
            aliases: Other names.
            types: Where it can be given: message events. Without any, everywhere that messages come from anyway, and
                at least where that needs no approval (`commands`).
            where: Which messages it wants.
            on_error: Told when the function raises.
            help: What it does; the function's docstring where not given.
            hidden: Whether the list of commands leaves it out.

        Raises:
            ConfigurationError: A name cannot be given or is taken, a type is no message, or the function takes
                arguments that no words can be turned into.
        """
        if callable(name):  # `@bot.command` without parentheses
            raise ConfigurationError("a command needs a name", remedy='write @bot.command("ping")')
        for option, value in (("types", types), ("aliases", aliases)):
            if isinstance(value, str | type):
                raise ConfigurationError(f"{option} is a list, not {value!r}", remedy=f"write {option}=[…]")

        def register(function: CommandT) -> CommandT:
            self._commands.add(
                Command.of(
                    function,
                    (name, *aliases),
                    types=type_names_of(types),
                    where=where,
                    on_error=on_error,
                    help=help,
                    hidden=hidden,
                )
            )
            self._enter_commands()
            return function

        return register

    def on_unknown_command(self, function: UnknownCommandHookT) -> UnknownCommandHookT:
        """Registers what is called as `f(ctx, name, rest)` for a command that does not exist."""
        self._commands.on_unknown(function)
        self._enter_commands()
        return function

    def on_error(self, hook: ErrorHookT) -> ErrorHookT:
        """Registers a hook that is told whenever a handler raises (`failures`)."""
        self.handlers.add_error_hook(hook)
        return hook

    def on_dropped(self, listener: DroppedT) -> DroppedT:
        """Registers what is told of each burst of events that the overflow policy has dropped, beside the log.

        Raises:
            ConfigurationError: It is async, or takes something else.
        """
        check_listener(listener, "dropped")
        self.drop_listeners.append(listener)
        return listener

    def middleware(self, function: MiddlewareT) -> MiddlewareT:
        """Puts an async function around all handlers of each event (`middleware`).

        Raises:
            ConfigurationError: It is not async.
        """
        self.handlers.add_middleware(function)
        return function

    def on_startup(self, hook: HookT) -> HookT:
        """Registers what is called with the bot before its shards start; also in a second attempt (`hooks`)."""
        self.hooks.on_startup(hook)
        return hook

    def on_shutdown(self, hook: HookT) -> HookT:
        """Registers what is called with the bot after its handlers are done, for each startup (`hooks`)."""
        self.hooks.on_shutdown(hook)
        return hook

    def _enter_commands(self) -> None:
        """Puts the commands in their place among the handlers, when the first one is registered."""
        if self._commands not in self.handlers.entries:
            self.handlers.add_entry(self._commands)
            self.handlers.add(self._commands.learn_own_id, ["READY"])
        self.handlers.forget_lookups()
