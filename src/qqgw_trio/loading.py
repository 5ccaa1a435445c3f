"""Finds the bot that `qqgw run MODULE:BOT` names; whatever is wrong is said in one line."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.bot import Bot

__all__ = ["load_bot"]


def load_bot(target: str) -> Bot:
    """Imports the module, from the present folder too, and takes the object.

    Args:
        target: `module:object`, `package.module:object` or `path/to/file.py:object`.

    Raises:
        ConfigurationError: There is no such module or object, it does not import, or it is no `Bot`.
    """
    where, colon, name = target.rpartition(":")
    if not colon or not where or not name:
        raise ConfigurationError(f"{target!r} names no bot", remedy="write MODULE:BOT, such as mybot:bot")
    path = Path(where)
    if path.suffix == ".py":
        sys.path.insert(0, str(path.parent.resolve()))
        where = path.stem
    else:
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(where)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"cannot import {where}: {error}", remedy="check its name and the folder") from error
    except Exception as error:
        raise ConfigurationError(f"cannot import {where}: {error!r}", remedy="mend that error") from error
    found = getattr(module, name, None)
    if found is None:
        raise ConfigurationError(f"{where} has no object {name}", remedy=f"name the Bot in {where}")
    if not isinstance(found, Bot):
        raise ConfigurationError(f"{target} is no Bot", remedy=f"{name} must be a qqgw_trio.Bot")
    return found
