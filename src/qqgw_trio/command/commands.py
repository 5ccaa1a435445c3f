"""Chat commands: `/roll 6` calls the function registered as `roll` with the number 6.

A command is recognised in `event.text`, so that " /ping" and "<@!id> /ping" are commands as well as "/ping". Its name
is the first word behind the prefix, whatever its case. Messages of the bot itself are no commands, nor are those of
other bots, unless set otherwise. A message that comes as two types is one command.

Commands are taken from all six types of messages; what is subscribed to for them is what needs no approval, messages in
channels that mention the bot (for a private bot, all messages in channels). Where another handler, the bot's `intents`
or a command's own `types` bring messages from groups, C2C or direct ones, commands are heard there too.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event, Ready
from qqgw_trio.command.command_arguments import Signature, WrongArguments
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.command.command_help import explanation, no_such, overview, usage_of
from qqgw_trio.command.command_texts import TEXTS
from qqgw_trio.delivery.once import OnceAMessage
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.entries import Handler, Where
from qqgw_trio.handler.failures import ErrorHook
from qqgw_trio.handler.handlers import HandlerFunction
from qqgw_trio.handler.registered import check_filter, check_parameters

__all__ = ["MESSAGE_TYPES", "Command", "Commands", "UnknownCommandHook"]

MESSAGE_TYPES: Final = frozenset(
    {
        "AT_MESSAGE_CREATE",
        "C2C_MESSAGE_CREATE",
        "DIRECT_MESSAGE_CREATE",
        "GROUP_AT_MESSAGE_CREATE",
        "GROUP_MESSAGE_CREATE",
        "MESSAGE_CREATE",
    }
)
"""Where commands can come from."""

UnknownCommandHook: TypeAlias = Callable[..., object]
"""Called as `hook(ctx, name, rest)` for a command that there is none of."""


class Command(msgspec.Struct, frozen=True):
    """One command.

    Attributes:
        names: Its name, then its aliases.
        call: What is called with the context and the arguments.
        signature: What it takes.
        types: Where it can be given; empty = everywhere.
        where: Which messages it wants; None = all.
        on_error: Told when the function raises.
        help: What it does.
        hidden: Whether the list leaves it out.
    """

    names: tuple[str, ...]
    call: Callee[object]
    signature: Signature
    types: frozenset[str]
    where: Where | None
    on_error: Callee[bool | None] | None
    help: str
    hidden: bool

    @classmethod
    def of(
        cls,
        function: Callable[..., object],
        names: tuple[str, ...],
        *,
        types: Collection[str] = (),
        where: Where | None = None,
        on_error: ErrorHook | None = None,
        help: str | None = None,  # noqa: A002 - what it is
        hidden: bool = False,
    ) -> Command:
        """Makes one of a function.

        Raises:
            ConfigurationError: A name cannot be given, a type is no message, or no words can be turned into what the
                function takes.
        """
        for name in names:
            if not name or any(character.isspace() for character in name):
                raise ConfigurationError(f"a command cannot be named {name!r}", remedy="use a name without white space")
            if name.startswith("/"):
                remedy = f"write {name.lstrip('/')!r}: the prefix is a setting of all commands"
                raise ConfigurationError(f"the command {name!r} is named with the prefix", remedy=remedy)
        others = sorted(set(types) - MESSAGE_TYPES)
        if others:
            raise ConfigurationError(f"{others[0]} brings no commands", remedy="only messages do")
        if where is not None:
            check_filter(where)
        if on_error is not None:
            check_parameters(on_error, "ctx", "failure")
        text = inspect.cleandoc(inspect.getdoc(function) or "") if help is None else help
        hook: Callee[bool | None] | None = None if on_error is None else Callee(on_error)
        signature = Signature.of(function)
        return cls(names, Callee(function), signature, frozenset(types), where, hook, text, hidden)

    def is_for(self, event: Event) -> bool:
        """Whether it can be given by this message."""
        is_here = not self.types or event.type_name in self.types
        return is_here and (self.where is None or self.where(event))


class Commands:
    """All commands of a bot; an entry among its handlers.

    Args:
        config: Gives the settings; asked for each message.
    """

    name = "commands"

    def __init__(self, config: Callable[[], CommandConfig]) -> None:
        self._config = config
        self._commands: list[Command] = []
        self._by_name: dict[str, Command] = {}
        self._unknown: Callee[object] | None = None
        self._once = OnceAMessage()
        self._own_id: str | None = None
        self._help = Command.of(self._tell, ("help",))

    # --- registration

    def add(self, command: Command) -> None:
        """Takes one in.

        Raises:
            ConfigurationError: One of its names is taken.
        """
        for name in command.names:
            other = self._by_name.get(name.casefold())
            if other is not None:
                raise ConfigurationError(
                    f"command {name} is there already: {other.call.name}", remedy="choose another name"
                )
        self._commands.append(command)
        self._by_name |= {name.casefold(): command for name in command.names}

    def on_unknown(self, hook: UnknownCommandHook) -> None:
        """Sets what is called for a command that does not exist."""
        check_parameters(hook, "ctx", "name", "rest")
        self._unknown = Callee(hook)

    async def learn_own_id(self, _context: Context[Any], event: Ready) -> None:
        """Remembers the bot's own id: its messages are not commands."""
        self._own_id = event.user.id

    # --- as an entry

    @property
    def types(self) -> frozenset[str]:
        """Where commands can come from."""
        if self._unknown is not None or any(not command.types for command in self._commands):
            return MESSAGE_TYPES
        return frozenset({name for command in self._commands for name in command.types})

    @property
    def asks(self) -> tuple[frozenset[str], ...]:
        """Sets of types; one type of each set must be subscribed to.

        Each type that a command names is a set of its own. A command that names none needs any one of all.
        """
        chosen = {name for command in self._commands for name in command.types}
        anywhere = self._unknown is not None or any(not command.types for command in self._commands)
        return (*(frozenset({name}) for name in sorted(chosen)), *((MESSAGE_TYPES,) if anywhere else ()))

    def pick(self, event: Event) -> Handler | None:
        """What the message calls, with the arguments still to be read; None if it is no command."""
        config = self._config()
        written = self._written(event, config)
        if written is None:
            return None
        name, rest = written
        command = self._by_name.get(name.casefold())
        if command is None and self._commands and name.casefold() == config.help_name.casefold():
            command = self._help
        if command is None:
            return self._pick_unknown(event, name, rest)
        if not command.is_for(event) or not self._once.is_first(event):
            return None
        return Handler(Callee(self._invocation(command, rest, config)), self.types, on_error=command.on_error)

    def _pick_unknown(self, event: Event, name: str, rest: str) -> Handler | None:
        hook = self._unknown
        if hook is None or not self._once.is_first(event):
            return None

        @functools.wraps(hook.function)
        async def invoke(context: Context[Any], _event: Event) -> None:
            await hook(context, name, rest)

        return Handler(Callee(invoke), self.types)

    def _written(self, event: Event, config: CommandConfig) -> tuple[str, str] | None:
        """Name and rest of the command in a message; None if there is none."""
        text = event.text
        if not text.startswith(config.prefix) or event.author_id in (None, self._own_id):
            return None
        if event.is_from_bot and config.ignore_bots:
            return None
        name, *rest = text.removeprefix(config.prefix).split(None, 1) or [""]
        return (name, rest[0] if rest else "") if name else None

    def _invocation(self, command: Command, rest: str, config: CommandConfig) -> HandlerFunction:
        @functools.wraps(command.call.function)
        async def invoke(context: Context[Any], _event: Event) -> None:
            try:
                arguments, named = command.signature.bind(rest)
            except WrongArguments as wrong:
                if config.explain:
                    texts = TEXTS[config.language]
                    usage = texts.usage.format(usage=usage_of(command, config.prefix))
                    await context.reply(f"{texts.explain(wrong)}\n{usage}")
                return
            await command.call(context, *arguments, **named)

        return invoke

    async def _tell(self, context: Context[Any], command: str | None = None) -> None:
        config = self._config()
        texts = TEXTS[config.language]
        if command is None:
            shown = [one for one in self._commands if not one.hidden and one.is_for(context.event)]
            await context.reply(overview([*shown, self._own_help(config)], config.prefix, texts))
            return
        name = command.removeprefix(config.prefix).casefold()
        found = self._by_name.get(name) or (self._own_help(config) if name == config.help_name.casefold() else None)
        is_here = found is not None and found.is_for(context.event)
        words = explanation(found, config.prefix, texts) if found and is_here else no_such(name, config.prefix, texts)
        await context.reply(words)

    def _own_help(self, config: CommandConfig) -> Command:
        return replace(self._help, names=(config.help_name,), help=TEXTS[config.language].own_help)
