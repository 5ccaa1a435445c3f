"""The tree of errors: what each says, that errors are values, that a remedy is always there."""

from __future__ import annotations

import copy
import pickle

import pytest

from qqgw_proto import errors
from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    EventDecodeError,
    GatewayClosed,
    GatewayError,
    HeartbeatTimeout,
    InsufficientPermissions,
    InvalidIntents,
    InvalidSession,
    MisuseError,
    ProtocolViolation,
    RateLimited,
    ReconnectRequested,
    ReshardRequired,
    UnknownOpcode,
)

ONE_OF_EACH: list[GatewayError] = [
    GatewayError("m"),
    MisuseError("start() was called before"),
    ConfigurationError("intents must be above 0"),
    ConnectionFailed("no route", code=503, retry_after=5.0),
    GatewayClosed("closed", code=4009),
    AuthenticationFailed("refused", code=4004),
    InvalidSession("invalid", code=9),
    HeartbeatTimeout("no ACK"),
    RateLimited(10.0, "too fast", code=4008),
    InvalidIntents((9, 12), code=4014),
    InsufficientPermissions("no permission", code=11253),
    UnknownOpcode(8),
    ProtocolViolation("a second HELLO", code=1002),
    DeadlineExceeded("no HELLO in time"),
    ReconnectRequested("asked", code=7),
    ReshardRequired("too many guilds", code=4011),
    EventDecodeError("GUILD_CREATE", "$.id", "expected text"),
]

each = pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)


def test_there_is_one_tree() -> None:
    assert sorted(type(error).__name__ for error in ONE_OF_EACH) == sorted(errors.__all__)
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), GatewayError)
    assert issubclass(GatewayError, Exception)
    # A setting that cannot work is a wrong value to whoever catches ValueError.
    assert issubclass(ConfigurationError, ValueError)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (GatewayError("it broke"), "it broke"),
        (GatewayError("it broke", code=5), "it broke [5]"),
        (GatewayError("it broke", code=0, remedy="mend it"), "it broke [0]: mend it"),
        (ConfigurationError("no", remedy="yes"), "no: yes"),
        (MisuseError("no"), "no: see the calling rules in the docstring of ClientGateway or ServerGateway"),
        (RateLimited(2.5), "rate limited, wait 2.5 s: none needed: the shard waits, then resumes"),
        (RateLimited(60, "HTTP", code=429), "HTTP, wait 60 s [429]: none needed: the shard waits, then resumes"),
        (UnknownOpcode(2**70), "unknown op 1180591620717411303424: none needed"),
        (
            EventDecodeError("GUILD_CREATE", "$.id", "expected text"),
            "GUILD_CREATE does not decode at $.id: expected text: handle the event raw; the session is not affected",
        ),
        (
            InvalidIntents((9, 12), code=4014),
            (
                "the gateway refused the IDENTIFY; suspicious intent bits: 9, 12 [4014]: "
                "ask only for intents granted to this bot on the platform's console, "
                "and check that this machine's address is on the IP allow-list"
            ),
        ),
        (
            ConnectionFailed("no route", remedy="plug it in"),
            "no route: plug it in",
        ),
    ],
)
def test_an_error_says_what_happened_its_code_and_what_to_do(error: GatewayError, text: str) -> None:
    assert str(error) == text


def test_without_suspects_none_are_named() -> None:
    assert InvalidIntents().message == "the gateway refused the IDENTIFY"
    assert InvalidIntents().suspects == ()


@each
def test_every_class_but_the_root_and_settings_has_advice_of_its_own(error: GatewayError) -> None:
    assert (error.remedy == "") is (type(error) in (GatewayError, ConfigurationError))
    assert error.remedy == error.default_remedy


def test_what_happened_is_an_exceptions_only_argument() -> None:
    assert UnknownOpcode(99).args == ("unknown op 99",)
    assert GatewayError("it broke", code=5, remedy="mend it").args == ("it broke",)


def test_details_are_attributes() -> None:
    failed = ConnectionFailed("no route", code=503, retry_after=5.0)
    assert (failed.reason, failed.code, failed.retry_after) == ("no route", 503, 5.0)
    assert RateLimited(2.5).retry_after_seconds == 2.5
    assert InvalidIntents((9,)).suspects == (9,)
    assert UnknownOpcode(8).op == 8
    decode = EventDecodeError("T", "$.a", "why")
    assert (decode.type_name, decode.path) == ("T", "$.a")


@each
def test_a_repr_shows_class_and_text(error: GatewayError) -> None:
    assert repr(error) == f"{type(error).__name__}({str(error)!r})"


def test_errors_of_one_type_and_text_are_equal() -> None:
    assert GatewayClosed("x", code=4009) == GatewayClosed("x", code=4009)
    assert len({GatewayClosed("x", code=4009), GatewayClosed("x", code=4009)}) == 1
    assert GatewayClosed("x", code=4009) != GatewayClosed("x", code=4000)
    assert GatewayClosed("x") != GatewayClosed("y")
    # A kind of error is not its parent, nor its text.
    assert GatewayError("x", remedy="r") != GatewayClosed("x", remedy="r")
    assert GatewayClosed("x", remedy="r") != GatewayError("x", remedy="r")
    assert GatewayError("x") != "x"
    assert (GatewayError("x") == "x") is False


@each
def test_an_error_survives_copying_and_pickling(error: GatewayError) -> None:
    # Errors are values; who runs shards in several processes sends them across.
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert twin == error
        assert vars(twin) == vars(error)


@each
def test_an_error_can_be_raised_and_caught_by_the_root(error: GatewayError) -> None:
    with pytest.raises(GatewayError) as caught:
        raise error
    assert caught.value is error
