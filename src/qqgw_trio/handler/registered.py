"""Checks of what a bot author registers: what can never work is an error there, not at the first event."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from qqgw_proto.errors import ConfigurationError

__all__ = ["check_filter", "check_listener", "check_parameters"]


def check_parameters(function: Callable[..., object], *parameters: str) -> None:
    """Makes sure that a function can be called with these.

    Args:
        function: What is registered.
        *parameters: What it will be called with, by position.

    Raises:
        ConfigurationError: It takes fewer, or wants more.
    """
    name = getattr(function, "__qualname__", repr(function))
    wanted = ", ".join(parameters)
    try:
        inspect.signature(function).bind(*parameters)
    except TypeError as error:
        remedy = f"let it take ({wanted})"
        raise ConfigurationError(f"{name} cannot be called with ({wanted}): {error}", remedy=remedy) from error
    except ValueError:
        return  # Written in C: it does not say what it takes.


def check_listener(listener: Callable[..., object], *parameters: str) -> None:
    """Makes sure that a function can be told of something: with these, and at once.

    Raises:
        ConfigurationError: It takes fewer, wants more, or is async: nobody would await it.
    """
    check_parameters(listener, *parameters)
    if inspect.iscoroutinefunction(listener):
        name = getattr(listener, "__qualname__", repr(listener))
        raise ConfigurationError(f"{name} must not be async", remedy="give a function that returns at once")


def check_filter(test: object) -> None:
    """Makes sure that something is a filter: a sync function of the event.

    Raises:
        ConfigurationError: It is not a function, or it is async: a coroutine is true, so it would let everything pass.
    """
    name = getattr(test, "__qualname__", repr(test))
    if not callable(test):
        raise ConfigurationError(f"{name} is no filter", remedy="give a function of the event")
    if inspect.iscoroutinefunction(test) or inspect.iscoroutinefunction(getattr(test, "__call__", None)):  # noqa: B004
        raise ConfigurationError(f"the filter {name} is async", remedy="write it with def; ask in the handler instead")
