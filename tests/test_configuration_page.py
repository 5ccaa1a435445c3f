"""The page on configuration holds every setting with its default, in both languages, as a file that can be loaded."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from qqgw_trio.settings.config_sources import gathered, read_file
from qqgw_trio.settings.gateway_config import SHORT_NAMES, GatewayConfig
from qqgw_trio.settings.setting_values import NAMES

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("configuration.md", "configuration.zh.md")


def example(page: str) -> str:
    [found] = re.findall(r"^```toml\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("page", PAGES)
def test_the_example_is_a_file_of_all_defaults(page: str, tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(example(page), "utf-8")
    assert set(read_file(path)) == set(NAMES.values())
    assert gathered(GatewayConfig(), file=path, environ={}) == GatewayConfig()


def test_both_languages_have_the_same_example() -> None:
    english, chinese = (tomllib.loads(example(page)) for page in PAGES)
    assert english == chinese


@pytest.mark.parametrize("page", PAGES)
def test_the_specification_s_names_are_in_the_table_and_in_the_example(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    for name, key in SHORT_NAMES.items():
        assert f"| `{name}` | `{'.'.join(key)}` |" in text
        assert name in example(page)
