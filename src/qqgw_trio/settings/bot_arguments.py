"""Checks the arguments of `Bot(…)`, so that what cannot work is an error there, before the bot runs."""

from __future__ import annotations

import inspect
from typing import Final

from qqgw_proto.config import INTENTS
from qqgw_proto.config_rules import shown
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Intents
from qqgw_trio.handler.event_handler import EventHandler
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.settings.gateway_config import GatewayConfig

__all__ = ["check_bot", "check_listener"]

_INTENTS_REMEDY: Final = 'write Intents.GUILDS | Intents.INTERACTION, or Intents.from_names(["guilds", "interaction"])'


def check_bot(*, token: object, intents: object, handler: object, sandbox: object, settings: object) -> None:
    """Checks the arguments of a bot.

    Raises:
        ConfigurationError: Something is not what it must be.
    """
    if not (token is None or isinstance(token, Credentials)):  # and it is not shown: it may hold the secret
        raise ConfigurationError("Bot(token=…) must be Credentials", remedy="write Credentials(app_id, secret)")
    if intents is not None:
        _check_intents(intents)
    if isinstance(handler, type):
        raise ConfigurationError(f"{handler.__name__} is a class", remedy=f"give an object: {handler.__name__}()")
    if not (handler is None or isinstance(handler, EventHandler)):
        remedy = "give an object of a subclass of EventHandler; functions are registered with @bot.on"
        raise ConfigurationError(f"Bot(handler=…) must be an EventHandler, not {shown(handler)}", remedy=remedy)
    if not isinstance(sandbox, bool):
        raise ConfigurationError(f"Bot(sandbox=…) must be True or False, not {shown(sandbox)}")
    if not (settings is None or isinstance(settings, GatewayConfig)):
        remedy = "write Bot(settings=GatewayConfig(…))"
        raise ConfigurationError(f"Bot(settings=…) must be a GatewayConfig, not {shown(settings)}", remedy=remedy)


def check_listener(name: str, listener: object) -> None:
    """Checks a listener: a function such as `on_notice`.

    Raises:
        ConfigurationError: It cannot be called, or it is async: nobody would await it.
    """
    if listener is not None and not callable(listener):
        raise ConfigurationError(f"Bot({name}=…) must be a function, not {shown(listener)}")
    if inspect.iscoroutinefunction(listener):
        raise ConfigurationError(f"Bot({name}=…) must not be async", remedy="give a function that returns at once")


def _check_intents(intents: object) -> None:
    if not isinstance(intents, int) or isinstance(intents, bool) or not INTENTS.holds(int(intents)):
        what = "no intent at all" if isinstance(intents, Intents) and not intents else shown(intents)
        accepted = f"Intents, or {INTENTS.words}"
        raise ConfigurationError(f"Bot(intents=…) must be {accepted}, not {what}", remedy=_INTENTS_REMEDY)
