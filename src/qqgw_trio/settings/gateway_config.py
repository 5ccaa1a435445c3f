"""`GatewayConfig`: everything that can be set for a bot, but its credentials, intents and handlers.

    Bot(settings=GatewayConfig(drain_seconds=5, reconnect=ReconnectConfig(max_delay=60)))

Each value has one place. Three fields of sections also bear the specification's names: `heartbeat_timeout` is
`heartbeat.timeout`, `reconnect_attempts` is `reconnect.max_attempts`, `event_buffer_size` is `workers.capacity`; there
is no second copy of them, and two values for one setting are an error. What is written in Python wins over environment
and file, and the command line over that (`config_sources`); an object remembers which of its values were given, so that
a default hides nothing.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, Self, TypeAlias, TypedDict, Unpack, cast

import attrs

from qqgw_proto.config import STOP_CODE, Deadlines, HeartbeatConfig, ReconnectConfig, WireConfig
from qqgw_proto.config_rules import check_field, checked_as_settings, shown
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.connection.shard_plan import ONE_SHARD, ShardPlan, Shards
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.delivery.worker_config import WorkerConfig
from qqgw_trio.handler.replies import ReplyLimits
from qqgw_trio.settings.setting_checks import (
    FILE,
    HOST,
    PORT,
    as_path,
    check_gateway_url,
    check_http_url,
    check_proxy,
    seconds_from,
)
from qqgw_trio.storage.store import DEFAULT_MAX_AGE

__all__ = ["FRAME_LOGGER", "SHORT_NAMES", "GatewayConfig", "Key", "ProductionGatewayConfig", "Settings"]

Key: TypeAlias = tuple[str, ...]
"""Where a value stands: `("sandbox",)`, or with its section `("reconnect", "max_delay")`."""

FRAME_LOGGER: Final = "qqgw_trio.frames"
"""Every frame, at DEBUG: what people write stands in them."""

SHORT_NAMES: Final[Mapping[str, Key]] = MappingProxyType(
    {
        "heartbeat_timeout": ("heartbeat", "timeout"),
        "reconnect_attempts": ("reconnect", "max_attempts"),
        "event_buffer_size": ("workers", "capacity"),
    }
)
"""The specification's names for fields of sections."""


class Settings(TypedDict, total=False):
    """What `GatewayConfig` takes; its attributes say what each is."""

    profile: Literal["default", "production"]
    sandbox: bool
    shards: Shards
    api_url: str | None
    token_url: str | None
    gateway_url: str | None
    proxy: str | None
    tls: TlsConfig | ssl.SSLContext
    session_file: Path | str | None
    session_max_age: float
    journal: Path | str | None
    drain_seconds: float
    shutdown_seconds: float
    stop_code: int | None
    on_failure: Literal["end", "go on"]
    private: bool | None
    negotiate_intents: bool
    stall_seconds: float | None
    metrics_enabled: bool
    metrics_port: int | None
    metrics_host: str
    debug_logging: bool
    reconnect: ReconnectConfig
    heartbeat: HeartbeatConfig
    deadlines: Deadlines
    wire: WireConfig
    workers: WorkerConfig
    replies: ReplyLimits
    commands: CommandConfig
    heartbeat_timeout: float | None
    reconnect_attempts: int | None
    event_buffer_size: int


@attrs.frozen(init=False, field_transformer=checked_as_settings)
class GatewayConfig:
    """All settings of a bot.

    Attributes:
        profile: "production" refuses to start without a session file, or where frames would be logged.
        sandbox: Whether the sandbox is used.
        shards: Which shards this process runs.
        api_url: Base URL of REST; None = production or sandbox.
        token_url: URL of getAppAccessToken; None = the platform's.
        gateway_url: A fixed gateway URL; None = from `GET /gateway/bot`.
        proxy: URL of an HTTP proxy for REST and gateway, or "direct"; None = as the environment says (`HTTPS_PROXY`,
            `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`). It may hold a password, so it is never shown.
        tls: Whose certificates are trusted, for REST and gateway; or a context of one's own.
        session_file: Where sessions outlive the process; None = nowhere.
        session_max_age: Seconds after which a session of an earlier process is not resumed.
        journal: Where every step of the shards is recorded; None = nowhere.
        drain_seconds: How long a stop waits for handlers.
        shutdown_seconds: How long all shutdown hooks together may take, after that.
        stop_code: Close code of a wanted stop; None = none is sent.
        on_failure: What a failed shard means for the others.
        private: Whether the bot is a private one, registered for its own guilds only; None = not declared.
        negotiate_intents: Whether to go on without the privileged intents once the gateway has refused them.
        stall_seconds: How long a handler may block the event loop before the log names it; None = as long as it likes.
        metrics_enabled: Whether what becomes of events is counted.
        metrics_port: The port that serves metrics and health over HTTP, 0 = any free one; None = they are not served.
        metrics_host: The address of this machine that it is opened on.
        debug_logging: Whether everything is logged, every frame too.
        reconnect: How shards come back.
        heartbeat: How they beat.
        deadlines: How long they wait.
        wire: Limits of the WebSocket layer.
        workers: Buffer, parallelism, overflow, retries.
        replies: For how long a message can be answered, and how often.
        commands: Chat commands.

    Raises:
        ConfigurationError: A value cannot work, or there is no such setting.
    """

    profile: Literal["default", "production"] = "default"
    sandbox: bool = False
    shards: ShardPlan = ONE_SHARD
    api_url: str | None = attrs.field(default=None, validator=check_http_url("the API URL"))
    token_url: str | None = attrs.field(default=None, validator=check_http_url("the token URL"))
    gateway_url: str | None = attrs.field(default=None, validator=check_gateway_url)
    proxy: str | None = attrs.field(default=None, repr=False, validator=check_proxy)
    tls: TlsConfig | ssl.SSLContext = TlsConfig()
    session_file: Path | None = attrs.field(default=None, validator=FILE)
    session_max_age: float = attrs.field(default=DEFAULT_MAX_AGE, validator=seconds_from(1))
    journal: Path | None = attrs.field(default=None, validator=FILE)
    drain_seconds: float = attrs.field(default=10.0, validator=seconds_from(0))
    shutdown_seconds: float = attrs.field(default=10.0, validator=seconds_from(0.01))
    stop_code: int | None = attrs.field(default=4000, validator=STOP_CODE)
    on_failure: Literal["end", "go on"] = "end"
    private: bool | None = None
    negotiate_intents: bool = False
    stall_seconds: float | None = attrs.field(default=1.0, validator=seconds_from(0.01))
    metrics_enabled: bool = True
    metrics_port: int | None = attrs.field(default=None, validator=PORT)
    metrics_host: str = attrs.field(default="127.0.0.1", validator=HOST)
    debug_logging: bool = False
    reconnect: ReconnectConfig = ReconnectConfig()
    heartbeat: HeartbeatConfig = HeartbeatConfig()
    deadlines: Deadlines = Deadlines()
    wire: WireConfig = WireConfig()
    workers: WorkerConfig = WorkerConfig()
    replies: ReplyLimits = ReplyLimits()
    commands: CommandConfig = CommandConfig()
    given: frozenset[Key] = attrs.field(default=frozenset[Key](), init=False, repr=False, eq=False)
    """Which values were written down rather than left at their default."""
    profile_place: str = attrs.field(default="", init=False, repr=False, eq=False)
    """Where the profile stands if not in Python: a refusal names it."""

    def __init__(self, **settings: Unpack[Settings]) -> None:
        values: dict[str, object] = {field.name: field.default for field in attrs.fields(type(self))}
        values |= _converted({field.name: field.default for field in attrs.fields(type(self)) if field.init}, settings)
        values["given"] = frozenset(SHORT_NAMES.get(name, (name,)) for name in settings)
        for name, value in values.items():
            object.__setattr__(self, name, value)
        attrs.validate(self)

    @staticmethod
    def production(**settings: Unpack[Settings]) -> ProductionGatewayConfig:
        """`ProductionGatewayConfig(…)`: for a bot that people rely on."""
        return ProductionGatewayConfig(**settings)

    @property
    def heartbeat_timeout(self) -> float | None:
        """`heartbeat.timeout`."""
        return self.heartbeat.timeout

    @property
    def reconnect_attempts(self) -> int | None:
        """`reconnect.max_attempts`."""
        return self.reconnect.max_attempts

    @property
    def event_buffer_size(self) -> int:
        """`workers.capacity`."""
        return self.workers.capacity

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """What REST and gateway are connected to with.

        Raises:
            ConfigurationError: A file that `tls` names cannot be used.
        """
        return self.tls if isinstance(self.tls, ssl.SSLContext) else self.tls.context()

    def replace(self, **changes: Unpack[Settings]) -> GatewayConfig:
        """A copy with some other values; values that were never given stay marked as not given."""
        fields = {field.name: getattr(self, field.name) for field in attrs.fields(type(self)) if field.init}
        changed = object.__new__(GatewayConfig if "profile" in changes else type(self))
        # What production refuses is told at the start, with the place where it was set.
        GatewayConfig.__init__(changed, **cast("Settings", fields | _converted(fields, changes)))
        place = "" if "profile" in changes else self.profile_place
        return changed.remembering(self.given | {SHORT_NAMES.get(name, (name,)) for name in changes}, place)

    def remembering(self, given: frozenset[Key], profile_place: str = "") -> Self:
        """A copy that remembers which of its values were given, and where the profile was set."""
        object.__setattr__(self, "given", given)
        object.__setattr__(self, "profile_place", profile_place)
        return self

    def check(self) -> None:
        """Checks that the settings fit together; done before anything is connected.

        Raises:
            ConfigurationError: The profile refuses to run so.
        """
        if self.profile != "production":
            return
        where = f"{self.profile_place}: " if self.profile_place else ""
        if self.session_file is None:
            raise ConfigurationError(
                f"{where}production needs a session file: without one a restart loses what happens meanwhile",
                remedy="set session_file (QQGW_SESSION_FILE, --session-file)",
            )
        if self.debug_logging or logging.getLogger(FRAME_LOGGER).isEnabledFor(logging.DEBUG):
            raise _frames_refused(where)


class ProductionGatewayConfig(GatewayConfig):
    """For a bot that people rely on: it does not start without a session file, nor with frames in the log.

    All else is as in the specification's `ProductionGatewayConfig`, which has the defaults of `GatewayConfig`:
    `heartbeat_timeout` 60 s, 5 `reconnect_attempts`, `event_buffer_size` 1000, metrics on, debug logging off.

    A session file may still come from file, environment or command line, so only the start (`check`) asks for it.

    Raises:
        ConfigurationError: Another profile, frames in the log, or what every `GatewayConfig` refuses.
    """

    __slots__ = ()

    def __init__(self, **settings: Unpack[Settings]) -> None:
        settings.setdefault("profile", "production")
        super().__init__(**settings)
        if self.profile != "production":
            raise ConfigurationError(
                f'production has the profile "production", not "{self.profile}"',
                remedy="leave profile out, or write GatewayConfig(…)",
            )
        if self.debug_logging:
            raise _frames_refused()


def _frames_refused(where: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"{where}production refuses to log frames: they hold what people write",
        remedy=f"leave debug_logging off, and the logger {FRAME_LOGGER} above DEBUG",
    )


def _converted(base: Mapping[str, object], settings: Settings) -> dict[str, object]:
    """The settings by field, short names put into their sections, or into those of `base`."""
    values: dict[str, Any] = {name: value for name, value in settings.items() if name in base}
    for name in settings:
        if name not in base and name not in SHORT_NAMES:
            raise ConfigurationError(f"there is no setting {name}", remedy="docs/configuration.md has them all")
    if "shards" in values:
        values["shards"] = ShardPlan.of(values["shards"])
    for name in ("session_file", "journal"):
        if name in values:
            values[name] = as_path(values[name])
    for name, (section, field) in SHORT_NAMES.items():
        if name in settings:
            whole: Any = values.get(section, base[section])
            check_field(GatewayConfig, section, whole)
            value, other = cast("Mapping[str, object]", settings)[name], getattr(whole, field)
            # In Python a section is one value: it gives all of its fields, whether they were written there or not.
            if section in settings and other != value:
                both = f"{shown(value)} by {name}, {shown(other)} by {section}"
                remedy = f"give it once, in the section: {type(whole).__name__}({field}={shown(value)})"
                raise ConfigurationError(f"{section}.{field} is given twice: {both}", remedy=remedy)
            values[section] = attrs.evolve(whole, **{field: value})
    return values
