"""Who the bot is: app id and secret, from code or from the environment.

The secret leaves this object only inside the request for an access token; no repr, error or log shows it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

import attrs

from qqgw_proto.errors import ConfigurationError

__all__ = ["APP_ID_VARIABLE", "SECRET_VARIABLE", "Credentials"]

APP_ID_VARIABLE = "QQ_BOT_APP_ID"
SECRET_VARIABLE = "QQ_BOT_SECRET"  # noqa: S105 - no secret

_REMEDY = "both stand on the platform's console, under development settings"


def _one_word(instance: object, attribute: attrs.Attribute[str], value: object) -> None:
    # The app id goes into a header, so CR and LF would be an injection (M09); the value is never shown.
    del instance
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ConfigurationError(f"{attribute.name} must be printable ASCII text without blanks", remedy=_REMEDY)


@attrs.frozen
class Credentials:
    """App id and secret of one bot.

    Attributes:
        app_id: The bot's AppID; a text, as `appId` "must be a JSON string" (`protocol.md` 1.4).
        secret: The bot's AppSecret; never shown.

    Raises:
        ConfigurationError: One of them is empty, not text, or not printable ASCII.
    """

    app_id: str = attrs.field(validator=_one_word)
    secret: str = attrs.field(repr=False, validator=_one_word)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Take both from `QQ_BOT_APP_ID` and `QQ_BOT_SECRET`.

        Args:
            environ: Instead of the environment of this process.

        Raises:
            ConfigurationError: One is missing or empty; the error names it.
        """
        variables = os.environ if environ is None else environ
        app_id = variables.get(APP_ID_VARIABLE, "").strip()
        secret = variables.get(SECRET_VARIABLE, "").strip()
        missing = [name for name, value in ((APP_ID_VARIABLE, app_id), (SECRET_VARIABLE, secret)) if not value]
        if missing:
            raise ConfigurationError(
                f"{' and '.join(missing)} not set in the environment",
                remedy=f"set {' and '.join(missing)}; {_REMEDY}",
            )
        return cls(app_id, secret)
