"""What can be set for chat commands."""

from __future__ import annotations

from typing import Literal

import attrs

from qqgw_proto.errors import ConfigurationError

__all__ = ["CommandConfig"]


@attrs.frozen
class CommandConfig:
    """How chat commands are recognised and answered.

    Attributes:
        prefix: What a command begins with; may be empty: then the first word of every message may be a command.
        help_name: Name of the command that lists the others; empty = there is none.
        explain: Whether wrong arguments are answered with what was expected; otherwise they are ignored.
        ignore_bots: Whether messages of other bots are ignored. The bot's own are in any case.
        language: Of help and explanations.

    Raises:
        ConfigurationError: A value cannot work.
    """

    prefix: str = "/"
    help_name: str = "help"
    explain: bool = True
    ignore_bots: bool = True
    language: Literal["en", "zh"] = "en"

    def __attrs_post_init__(self) -> None:
        for name in ("prefix", "help_name"):
            text = getattr(self, name)
            if not isinstance(text, str) or any(character.isspace() for character in text):
                raise ConfigurationError(f"CommandConfig.{name} must be text without white space, not {text!r}")
        if self.language not in ("en", "zh"):
            raise ConfigurationError(f"CommandConfig.language must be 'en' or 'zh', not {self.language!r}")
