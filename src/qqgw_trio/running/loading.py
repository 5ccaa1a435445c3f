"""Finds the bot that `qqgw run MODULE:BOT` names; whatever is wrong is one line of an error."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_trio.bot import Bot
from qqgw_trio.running.import_guard import importing

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
    module = _imported(where)
    found = getattr(module, name, None)
    if found is None:
        bots = ", ".join(sorted(key for key, value in vars(module).items() if isinstance(value, Bot)))
        raise ConfigurationError(
            f"{where} has no object {name}",
            remedy=f"its bots are: {bots}" if bots else f"write `{name} = Bot()` in {where}",
        )
    if not isinstance(found, Bot):
        remedy = f"{name} must be a qqgw_trio.Bot, not {type(found).__name__}"
        raise ConfigurationError(f"{target} is no Bot", remedy=remedy)
    return found


def _imported(where: str) -> ModuleType:
    is_file = where.endswith(".py")
    if is_file and not Path(where).is_file():
        raise _missing(where)
    folder = Path(where).parent if is_file else Path()
    sys.path.insert(0, str(folder.resolve()))
    try:
        with importing(where):
            return _import_file(Path(where)) if is_file else importlib.import_module(where)
    except GatewayError as error:
        message = f"cannot import {where} ({_place_of(error)}): {error.message}"
        raise ConfigurationError(message, remedy=error.remedy or "mend that") from error
    except ModuleNotFoundError as error:
        if not is_file and error.name is not None and f"{where}.".startswith(f"{error.name}."):
            raise _missing(where) from error
        raise _unusable(where, error, "install what it imports, or mend the import") from error
    except SystemExit as error:
        remedy = 'keep what ends the process below `if __name__ == "__main__":`'
        raise ConfigurationError(f"cannot import {where}: it ended the process", remedy=remedy) from error
    except Exception as error:
        raise _unusable(where, error, "mend that") from error


def _import_file(path: Path) -> ModuleType:
    """Imports this very file, even if another module has the same name."""
    name = path.stem if path.stem not in sys.modules else f"{path.stem} ({path})"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _missing(where: str) -> ConfigurationError:
    return ConfigurationError(f"there is no module {where}", remedy="check its name and the folder")


def _unusable(where: str, error: Exception, remedy: str) -> ConfigurationError:
    """The error in one line, with the place where it was raised."""
    if isinstance(error, SyntaxError):
        place, words = f"{error.filename}, line {error.lineno}", error.msg
    else:
        place, words = _place_of(error), str(error)
    return ConfigurationError(f"cannot import {where}: {type(error).__name__}: {words} ({place})", remedy=remedy)


def _place_of(error: Exception) -> str:
    """The last place in the module's own lines, not inside what they call."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((frame for frame in reversed(frames) if frame.name == "<module>"), frames[-1])
    return f"{frame.filename}, line {frame.lineno}"
