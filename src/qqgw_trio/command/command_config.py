"""What can be set for chat commands."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from qqgw_proto.config_rules import Rule, checked

__all__ = ["CommandConfig"]


_WITHOUT_SPACE: Final = Rule(
    "text without white space", lambda value: not any(character.isspace() for character in value)
)


@attrs.frozen(field_transformer=checked)
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

    prefix: str = attrs.field(default="/", validator=_WITHOUT_SPACE)
    help_name: str = attrs.field(default="help", validator=_WITHOUT_SPACE)
    explain: bool = True
    ignore_bots: bool = True
    language: Literal["en", "zh"] = "en"
