"""While `qqgw run` imports a bot's module, nothing in that module may run a bot: the command does that.

Nor does a bot look for its settings then: the command does that as well, since it may name another file.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from qqgw_proto.errors import MisuseError

__all__ = ["importing", "is_importing", "refuse_while_importing"]

_module: Final = ContextVar[str | None]("_module", default=None)


@contextmanager
def importing(module: str) -> Generator[None]:
    """A context manager for the time of the import."""
    token = _module.set(module)
    try:
        yield
    finally:
        _module.reset(token)


def is_importing() -> bool:
    """Whether a module is being imported."""
    return _module.get() is not None


def refuse_while_importing() -> None:
    """Must be called by everything that runs a bot.

    Raises:
        MisuseError: A module is being imported.
    """
    module = _module.get()
    if module is not None:
        remedy = f'in {module}, put `bot.run()` below `if __name__ == "__main__":`; `qqgw run` runs the bot by itself'
        raise MisuseError("bot.run() was called while its module was imported", remedy=remedy)
