"""App id and secret: where they come from, and that the secret is never shown."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.credentials import Credentials


def test_both_come_from_the_environment_without_the_blanks_around_them() -> None:
    environ = {"QQ_BOT_APP_ID": "102001", "QQ_BOT_SECRET": " s3cret\n"}
    assert Credentials.from_env(environ) == Credentials("102001", "s3cret")


def test_the_environment_is_that_of_the_process_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QQ_BOT_APP_ID", "7")
    monkeypatch.setenv("QQ_BOT_SECRET", "s3cret")
    assert Credentials.from_env() == Credentials("7", "s3cret")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "QQ_BOT_APP_ID and QQ_BOT_SECRET not set"),
        ({"QQ_BOT_APP_ID": "7"}, "QQ_BOT_SECRET not set"),
        ({"QQ_BOT_APP_ID": " ", "QQ_BOT_SECRET": "s3cret"}, "QQ_BOT_APP_ID not set"),
    ],
)
def test_what_is_missing_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        Credentials.from_env(environ)
    assert refused.value.remedy.startswith("set QQ_BOT_")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("value", ["", "a b", "a\r\nb", "ä", None, 7])
def test_what_cannot_be_sent_is_refused_and_not_shown(value: object) -> None:
    with pytest.raises(ConfigurationError, match="app_id must be printable ASCII text"):
        Credentials(value, "s3cret")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="secret must be printable ASCII text") as refused:
        Credentials("7", value)  # type: ignore[arg-type]
    assert not value or str(value) not in refused.value.message


def test_the_secret_is_not_in_the_repr() -> None:
    assert repr(Credentials("7", "s3cret")) == "Credentials(app_id='7')"
