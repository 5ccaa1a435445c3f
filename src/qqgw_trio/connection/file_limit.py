"""Each shard holds a socket, and a process may open only so many files: raises a limit that is too low, or refuses.

Where the system knows no such limit (Windows), nothing is done.
"""

from __future__ import annotations

import importlib
import logging
from types import ModuleType
from typing import Final

from qqgw_proto.errors import ConfigurationError

__all__ = ["FILES_BESIDES", "ensure_files"]

logger = logging.getLogger(__name__)

FILES_BESIDES: Final = 64
"""What a process has open besides its shards: REST, name look-ups, session file, logs, Python's own."""


def ensure_files(shards: int, system: str = "resource") -> None:
    """Makes room for so many sockets.

    Args:
        shards: Of this process.
        system: The module of the standard library that knows the limit.

    Raises:
        ConfigurationError: The system does not allow it.
    """
    limits = _limits(system)
    if limits is None:
        return
    needed = shards + FILES_BESIDES
    soft, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
    if soft == limits.RLIM_INFINITY or soft >= needed:
        return
    if hard != limits.RLIM_INFINITY and hard < needed:
        raise ConfigurationError(
            f"{shards} shards need {needed} open files, but this process may have only {hard}",
            remedy=f"raise the limit (`ulimit -Hn {needed}`, LimitNOFILE={needed} of systemd, "
            f"`--ulimit nofile={needed}` of docker), or spread the shards over processes (--shards 0-499/1000)",
        )
    limits.setrlimit(limits.RLIMIT_NOFILE, (needed, hard))
    logger.info("%d shards: this process may open %d files, before it was %d", shards, needed, soft)


def _limits(system: str) -> ModuleType | None:
    try:
        return importlib.import_module(system)
    except ImportError:
        return None
