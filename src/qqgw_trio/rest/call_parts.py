"""Path, query and body of a REST call, made from what a bot author gives.

Whatever cannot be sent is a `ConfigurationError` before any request. Ids are quoted, so that none can change the path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import quote, urlencode

import msgspec

from qqgw_proto.errors import ConfigurationError

__all__ = ["checked_id", "checked_method", "encoded", "path_of", "with_query"]

_UNWRITABLE: Final = (TypeError, ValueError, RecursionError, msgspec.MsgspecError)


def checked_id(identifier: str) -> str:
    """The id, checked.

    Raises:
        ConfigurationError: It is not text, or text that cannot stand in a path.
    """
    if not isinstance(cast("object", identifier), str):
        raise ConfigurationError(f"an id is text, not {identifier!r}", remedy="give the id as the event had it")
    if identifier in {"", ".", ".."} or not _is_unicode(identifier):
        raise ConfigurationError(f"{identifier!r} is no id", remedy="give the id as the event had it")
    return identifier


def path_of(template: str, *ids: str) -> str:
    """The path with these ids in it.

    Raises:
        ConfigurationError: One of them is not an id.
    """
    return template.format(*(quote(checked_id(identifier), safe="") for identifier in ids))


def checked_method(method: str) -> str:
    """The method in capitals.

    Raises:
        ConfigurationError: It is not an HTTP method.
    """
    if not isinstance(cast("object", method), str) or not method.isalpha() or not method.isascii():
        raise ConfigurationError(f"{method!r} is no method of HTTP", remedy='write "GET", "POST", "PUT", …')
    return method.upper()


def with_query(path: str, params: Mapping[str, str | int] | None) -> str:
    """The path with these parameters after those that it has already.

    Args:
        path: From the slash on, with or without a query.
        params: Further parameters; True and False become `true` and `false`.

    Raises:
        ConfigurationError: The path or a parameter is no text and no number.
    """
    if not isinstance(cast("object", path), str):
        raise ConfigurationError(f"a path is text, not {path!r}", remedy='write "/users/@me"')
    if params is not None and not isinstance(cast("object", params), Mapping):
        raise ConfigurationError(f"params are a mapping, not {params!r}", remedy='write params={"limit": 5}')
    if not params:
        return path
    query = urlencode({_parameter(name): _parameter(value) for name, value in params.items()})
    return f"{path}{'&' if '?' in path else '?'}{query}"


def encoded(body: object) -> bytes:
    """The body as JSON.

    Raises:
        ConfigurationError: It holds something that JSON cannot express.
    """
    try:
        return msgspec.json.encode(body)
    except _UNWRITABLE as error:
        remedy = "give texts, numbers, lists, dicts, True, False and None"
        raise ConfigurationError(f"the body cannot be written as JSON: {error}", remedy=remedy) from error


def _parameter(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(cast("object", value), (str, int, float)) or not _is_unicode(str(value)):
        raise ConfigurationError(f"a parameter is text or a number, not {value!r}", remedy="use str(…)")
    return str(value)


def _is_unicode(text: str) -> bool:
    """Half of a surrogate pair has no form on the wire."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
