"""The one place where a bot author's listeners are called: `on_notice`, `on_token_failure` and their like.

Whatever a listener raises is an error in the log, with its traceback, and everything goes on; only Ctrl-C propagates
(`interruptions`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import ParamSpec

from qqgw_trio.handler.calling import name_of
from qqgw_trio.handler.interruptions import failure_of

__all__ = ["tell_listener"]

P = ParamSpec("P")

logger = logging.getLogger(__name__)


def tell_listener(listener: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> None:
    """Calls a listener; what it raises is an error in the log."""
    try:
        listener(*arguments, **named)
    except BaseException as error:
        if failure_of(error) is None:
            raise
        logger.exception("the listener %s failed", name_of(listener))
