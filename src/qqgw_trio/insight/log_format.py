"""What a line of the log looks like: for a person, or as JSON for a program.

Each record stays on one line: line breaks and control characters of whatever a peer or a person has written are shown
as escapes, so that nobody can forge a line or colour a terminal. Fields of their own (`shard`, `session`, `op`, `seq`,
`code`) stand behind the message where it does not tell them, and in JSON beside it.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Final

__all__ = ["FIELDS", "JsonFormatter", "TextFormatter"]

FIELDS: Final = ("shard", "session", "op", "seq", "code")
"""What a record may have besides its message."""

_COLOURS: Final = {
    logging.DEBUG: "\x1b[2m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[31;1m",
}
_PLAIN: Final = "\x1b[0m"
_WIDE_SPACE: Final = "\u3000"


class TextFormatter(logging.Formatter):
    """For a person: time, level, logger, message, fields.

    Args:
        detail: Whether thread, file and line are shown too.
        colour: Whether the terminal shows colours.
    """

    def __init__(self, *, detail: bool = False, colour: bool = False) -> None:
        super().__init__()
        self._detail = detail
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it where there is one."""
        when = datetime.fromtimestamp(record.created).astimezone()
        line = f"{when:%Y-%m-%d %H:%M:%S}.{int(record.msecs):03d} {record.levelname:<7} {record.name}"
        if self._detail:
            line += f" [{record.threadName} {record.filename}:{record.lineno}]"
        message = escaped(record.getMessage())
        fields = {name: escaped(str(value)) for name, value in _fields(record).items()}
        untold = " ".join(f"{name}={value}" for name, value in fields.items() if value not in message)
        line += f": {message} ({untold})" if untold else f": {message}"
        colour = _COLOURS.get(record.levelno, "") if self._colour else ""
        line = f"{colour}{line}{_PLAIN}" if colour else line
        trace = _trace(self, record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(logging.Formatter):
    """For a program: one JSON object a line.

    Args:
        detail: Whether thread, file and line are shown too.
    """

    def __init__(self, *, detail: bool = False) -> None:
        super().__init__()
        self._detail = detail

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if self._detail:
            told |= {"thread": record.threadName, "file": record.filename, "line": record.lineno}
        trace = _trace(self, record)
        if trace:
            told["traceback"] = trace
        # ASCII only: right on every console and in every pipe.
        return json.dumps(told, default=str)


def escaped(text: str) -> str:
    """The text on one line, without control characters."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    is_harmless = character.isprintable() or character == _WIDE_SPACE
    return character if is_harmless else character.encode("unicode_escape").decode()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: vars(record)[name] for name in FIELDS if name in vars(record)}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if record.exc_info and not record.exc_text:
        record.exc_text = formatter.formatException(record.exc_info)
    return record.exc_text or ""
