"""Reads one setting from a file, the environment or the command line: which one it is, and the value that is meant.

A file has types; what stands in the environment or behind `--set` is text and is read by the type of its setting. TOML
has no null: "none" stands for it wherever a setting may be None.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, cast

import attrs

from qqgw_proto.config_rules import check_field, shown
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.shard_plan import ShardPlan, Shards
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.settings.gateway_config import SHORT_NAMES, GatewayConfig, Key

__all__ = ["NAMES", "converted", "key_of", "told_twice"]

_NONE: Final = "none"
_YES: Final = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SECRET: Final = frozenset[Key]({("proxy",), ("wire", "headers")})
"""What may hold a password: never shown."""


def _section_of(hint: object) -> type[attrs.AttrsInstance] | None:
    """The class of a section; `tls` may be an object of the ssl module as well, but not in a file."""
    hint = TlsConfig if TlsConfig in typing.get_args(hint) else hint
    is_section = isinstance(hint, type) and attrs.has(hint) and hint is not ShardPlan
    return cast("type[attrs.AttrsInstance]", hint) if is_section else None


_INNER: Final = frozenset(field.name for field in attrs.fields(GatewayConfig) if not field.init)
_TYPES: Final = {name: hint for name, hint in typing.get_type_hints(GatewayConfig).items() if name not in _INNER}
_SECTIONS: Final = {name: section for name, hint in _TYPES.items() if (section := _section_of(hint)) is not None}

_HINTS: Final[Mapping[Key, object]] = {
    **{(name,): hint for name, hint in _TYPES.items() if name not in _SECTIONS},
    **{
        (name, field): of for name, section in _SECTIONS.items() for field, of in typing.get_type_hints(section).items()
    },
}

NAMES: Final[Mapping[str, Key]] = {**{".".join(key): key for key in _HINTS}, **SHORT_NAMES}
"""Every setting as it is written, `reconnect.max_delay` or `reconnect_attempts`, and where its value stands."""

_CREDENTIALS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("appid", "botappid"), "QQ_BOT_APP_ID"),
    **dict.fromkeys(("secret", "appsecret", "clientsecret", "botsecret"), "QQ_BOT_SECRET"),
}
"""What people take for settings, without underscores."""


def key_of(name: str) -> Key:
    """Where the setting of this name stands.

    Raises:
        ConfigurationError: There is none; the nearest is named.
    """
    import difflib  # noqa: PLC0415 - only where something is wrong

    if name in NAMES:
        return NAMES[name]
    if name in _SECTIONS:
        some = attrs.fields(_SECTIONS[name])[0].name
        raise ConfigurationError("it is a section, not a setting", remedy=f"set its parts, such as {name}.{some}")
    variable = _CREDENTIALS.get(name.rpartition(".")[2].replace("_", "").lower())
    if variable is not None:
        raise ConfigurationError("there is no such setting", remedy=f"set {variable} in the environment")
    near = difflib.get_close_matches(name, NAMES, 1)
    raise ConfigurationError("there is no such setting", remedy=f"is {near[0]} meant?" if near else "")


def converted(key: Key, raw: object, *, text: bool, folder: Path) -> object:
    """The value of a setting, from how it was written.

    Args:
        key: Whose it is.
        raw: As it was written.
        text: Whether it comes from where everything is text: the environment, the command line.
        folder: What relative paths start from.

    Raises:
        ConfigurationError: It cannot be the value of this setting.
    """
    value = _meant(_HINTS[key], raw, text=text, folder=folder)
    if value is _WRONG:
        shown = "" if key in _SECRET else f", not {raw!r}"
        raise ConfigurationError(f"must be {_words(_HINTS[key])}{shown}")
    *section, name = key
    check_field(_SECTIONS[section[0]] if section else GatewayConfig, name, value)
    return value


def told_twice(key: Key, first: tuple[object, str], second: tuple[object, str]) -> ConfigurationError:
    """That one setting has two values, each with its place; what may hold a password is not shown."""
    name = ".".join(key)
    (one, here), (other, there) = first, second
    told = ("one value", "another") if key in _SECRET else (_shown(one), _shown(other))
    return ConfigurationError(
        f"{name} is given twice: {told[0]} by {here}, {told[1]} by {there}", remedy="give it once"
    )


def _shown(value: object) -> str:
    return str(value) if isinstance(value, (ShardPlan, Path)) else shown(value)


_WRONG: Final = object()


def _meant(hint: object, raw: object, *, text: bool, folder: Path) -> object:
    choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if type(None) in choices and isinstance(raw, str) and raw.lower() == _NONE:
        return None
    for choice in choices:
        value = _meant_as(choice, raw, text=text, folder=folder)
        if value is not _WRONG:
            return value
    return _WRONG


def _meant_as(kind: object, raw: object, *, text: bool, folder: Path) -> object:
    if kind is bool and text:
        return _YES.get(str(raw).lower(), _WRONG)
    if kind in (int, float) and text:
        return _number(str(raw), int if kind is int else float)
    if kind is ShardPlan:
        return ShardPlan.of(cast("Shards", raw))  # which refuses whatever names none, in the same words everywhere
    if kind is Path and isinstance(raw, str) and raw:
        return _path(raw, folder)
    if typing.get_origin(kind) is Literal:
        return raw if raw in typing.get_args(kind) else _WRONG
    if typing.get_origin(kind) is Mapping and isinstance(raw, dict):
        texts = cast("dict[str, object]", raw)
        return texts if all(isinstance(value, str) for value in texts.values()) else _WRONG
    if kind is float and type(raw) is int:
        return _number(raw, float)
    return raw if isinstance(kind, type) and type(raw) is kind else _WRONG


def _path(text: str, folder: Path) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as error:  # pathlib's, for "~nobody"
        raise ConfigurationError(f"{text!r} begins with a home folder that is not known") from error


def _number(raw: str | int, kind: type[int | float]) -> object:
    try:
        return kind(raw)
    except (ValueError, OverflowError):  # TOML's whole numbers may be too great for a float
        return _WRONG


def _words(hint: object) -> str:
    choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return " or ".join(_word(choice) for choice in choices)


def _word(kind: object) -> str:
    if typing.get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in typing.get_args(kind))
    if typing.get_origin(kind) is Mapping:
        return "a table of texts"
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path"}
    return {**names, type(None): '"none"'}[cast("Any", kind)]
