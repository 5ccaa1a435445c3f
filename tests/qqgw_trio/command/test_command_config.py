"""What can be set for commands."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.command.command_config import CommandConfig


def test_a_command_begins_with_a_slash_unless_set_otherwise() -> None:
    assert CommandConfig() == CommandConfig(prefix="/", help_name="help", explain=True, ignore_bots=True, language="en")
    assert CommandConfig(prefix="").prefix == ""


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"prefix": "hey bot"}, "CommandConfig.prefix must be text without white space, not 'hey bot'"),
        ({"prefix": None}, "CommandConfig.prefix must be text without white space, not None"),
        ({"help_name": "help me"}, "CommandConfig.help_name must be text without white space, not 'help me'"),
        ({"language": "fr"}, "CommandConfig.language must be 'en' or 'zh', not 'fr'"),
    ],
)
def test_what_cannot_work_is_refused(setting: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        CommandConfig(**setting)
    assert str(caught.value) == words
