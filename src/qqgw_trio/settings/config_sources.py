"""Where settings come from, and who wins: defaults < file < environment < Python < command line.

* The file is TOML; its tables are the sections of `GatewayConfig`. `QQGW_CONFIG` or `--config` names it.
* A variable of the environment is `QQGW_` and the setting's name in capitals, with two underscores for the dot:
  `QQGW_DRAIN_SECONDS`, `QQGW_RECONNECT__MAX_DELAY`.
* In Python a section is one value: `reconnect=ReconnectConfig(…)` hides the whole section of file and environment.
* On the command line it is `--set reconnect.max_delay=60`, besides options for the most common settings.

An unknown name or a value that cannot work is an error that says where it stands.
"""

from __future__ import annotations

import os
import ssl
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import attrs

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.settings.gateway_config import GatewayConfig, Key

__all__ = [
    "FILE_VARIABLE",
    "PREFIX",
    "Assignment",
    "Layer",
    "gathered",
    "read_assignments",
    "read_environment",
    "read_file",
]

PREFIX: Final = "QQGW_"
FILE_VARIABLE: Final = "QQGW_CONFIG"

Assignment: TypeAlias = tuple[str, str, str]
"""An option of the command line as a person knows it, the setting's name, the value as text."""


class Layer(dict[Key, object]):
    """The settings of one source.

    Attributes:
        places: For each setting where it was made, in words for an error.
    """

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[Key, str] = {}

    def lay(self, upper: Layer) -> None:
        """Lets another source win over this one."""
        self.update(upper)
        self.places.update(upper.places)


def gathered(
    own: GatewayConfig,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    command_line: Sequence[Assignment] = (),
) -> GatewayConfig:
    """The settings of all sources together.

    Args:
        own: What was written in Python; only values that were really given count.
        file: In place of the one that `QQGW_CONFIG` names.
        environ: In place of this process's environment.
        command_line: What its options set.

    Raises:
        ConfigurationError: A source cannot be read, or holds what cannot work.
    """
    variables = os.environ if environ is None else environ
    named = variables.get(FILE_VARIABLE)
    path = file or (Path(named) if named else None)
    values = Layer() if path is None else read_file(path)
    values.lay(read_environment(variables))
    for key in own.given:
        hidden = [other for other in values if other[: len(key)] == key]
        for other in hidden:
            del values[other]
        values[key], values.places[key] = _value_of(own, key), f"Python: {'.'.join(key)}"
    values.lay(read_assignments(command_line))
    place = "" if ("profile",) in own.given else values.places.get(("profile",), "")
    return _made(values).remembering(own.given, place)


def read_file(path: Path) -> Layer:
    """The settings of a TOML file; relative paths in it start from its folder.

    Raises:
        ConfigurationError: It cannot be read, or holds what cannot work.
    """
    import tomllib  # noqa: PLC0415 - most bots have no such file

    try:
        content = path.read_text("utf-8")
        document = tomllib.loads(content)
    except OSError as error:
        raise ConfigurationError(f"the configuration file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise ConfigurationError(f"the configuration file {path} is no TOML: {error}") from error
    folder = path.resolve().parent
    return _layer(((f"{path}: {name}", name, raw) for name, raw in _flat(document)), text=False, folder=folder)


def read_environment(variables: Mapping[str, str]) -> Layer:
    """The settings of the environment; an empty variable counts as not set.

    Raises:
        ConfigurationError: A variable is no setting, or holds what cannot work.
    """
    found = (
        (f"the environment variable {variable}", variable.removeprefix(PREFIX).replace("__", ".").lower(), value)
        for variable, value in sorted(variables.items())
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE and value
    )
    return _layer(found, text=True, folder=Path())


def read_assignments(assignments: Iterable[Assignment]) -> Layer:
    """The settings of the command line.

    Raises:
        ConfigurationError: One is no setting, or holds what cannot work.
    """
    return _layer(assignments, text=True, folder=Path())


def _flat(document: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """Names and values; the tables are the sections, deeper ones are values."""
    for name, value in document.items():
        if isinstance(value, dict):
            for inner, deep in cast("dict[str, object]", value).items():
                yield f"{name}.{inner}", deep
        else:
            yield name, value


def _layer(found: Iterable[tuple[str, str, object]], *, text: bool, folder: Path) -> Layer:
    layer, written = Layer(), [*found]
    if not written:
        return layer
    from qqgw_trio.settings.setting_values import converted, key_of, told_twice  # noqa: PLC0415 - most bots are set up in Python

    for place, name, raw in written:
        try:
            key = key_of(name)
            value = converted(key, raw, text=text, folder=folder)
        except ConfigurationError as error:
            message = error.message.removeprefix(f"{name}: ").removeprefix(f"{name} ")  # the place says the name
            raise ConfigurationError(f"{place}: {message}", remedy=error.remedy) from error
        if layer.setdefault(key, value) != value:
            raise told_twice(key, (layer[key], layer.places[key]), (value, place))
        layer.places[key] = place
    return layer


def _value_of(own: GatewayConfig, key: Key) -> object:
    value: object = own
    for name in key:
        value = getattr(value, name)
    return value


def _made(values: Layer) -> GatewayConfig:
    whole: dict[str, Any] = {key[0]: value for key, value in values.items() if len(key) == 1}
    defaults = GatewayConfig()
    parts: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for key, value in values.items():
        if len(key) > 1:
            parts[key[0]][key[1]] = value
    for name, changes in parts.items():
        section = whole.get(name, getattr(defaults, name))
        if isinstance(section, ssl.SSLContext):
            raise ConfigurationError("tls is an SSLContext given in Python: set its parts there")
        try:
            whole[name] = attrs.evolve(section, **changes)  # in one go: its parts may be right only together
        except ConfigurationError as error:
            involved = [key for key in values if key[0] == name and (len(key) == 1 or key[1] in error.message)]
            places = [values.places[key] for key in involved]
            raise ConfigurationError(f"{', '.join(places)}: {error.message}", remedy=error.remedy) from error
    return GatewayConfig(**whole)
