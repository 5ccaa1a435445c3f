"""`MODULE:BOT`, found wherever a person may have put it. What is wrong with it is in `test_bad_input`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio import Bot
from qqgw_trio.running.loading import load_bot

TEXT = """
from pathlib import Path

from qqgw_trio import Bot

bot = Bot(sandbox=True)
nothing = None
where = Path(__file__).name
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder, and what is imported from it is forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return tmp_path


def test_a_module_in_the_present_folder(folder: Path) -> None:
    (folder / "a_bot.py").write_text(TEXT)
    assert load_bot("a_bot:bot").sandbox is True


def test_a_module_in_a_package(folder: Path) -> None:
    (folder / "bots").mkdir()
    (folder / "bots" / "second.py").write_text(TEXT)
    assert load_bot("bots.second:bot").sandbox is True


def test_a_file_anywhere_with_what_lies_beside_it(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "a_bot_of_two_files.py").write_text("from the_other_file import bot")
    (folder / "deep" / "the_other_file.py").write_text(TEXT)
    assert load_bot("deep/a_bot_of_two_files.py:bot").sandbox is True


def test_a_file_is_taken_whatever_module_bears_its_name(folder: Path) -> None:
    (folder / "json.py").write_text(TEXT)
    assert load_bot("json.py:bot").sandbox is True
    assert isinstance(load_bot("./json.py:bot"), Bot)


def test_a_colon_may_stand_in_the_path(folder: Path) -> None:
    (folder / "a:b").mkdir()
    (folder / "a:b" / "colon.py").write_text(TEXT)
    assert load_bot("a:b/colon.py:bot").sandbox is True


@pytest.mark.parametrize("target", ["", ":", "bot", "a_bot:", ":bot"])
def test_half_a_target_is_none(target: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{target}' names no bot: write MODULE:BOT, such as mybot:bot"):
        load_bot(target)


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("a_bot:boot", "a_bot has no object boot: its bots are: bot"),
        ("a_bot:nothing", "a_bot has no object nothing: its bots are: bot"),
        ("a_bot:where", "a_bot:where is no Bot: where must be a qqgw_trio.Bot, not str"),
        ("a_bot.py:where", "a_bot.py:where is no Bot: where must be a qqgw_trio.Bot, not str"),
    ],
)
def test_an_object_that_is_no_bot(folder: Path, target: str, line: str) -> None:
    (folder / "a_bot.py").write_text(TEXT)
    with pytest.raises(ConfigurationError) as caught:
        load_bot(target)
    assert str(caught.value) == line


def test_the_place_of_an_error_is_the_modules_own_line(folder: Path) -> None:
    (folder / "wrong.py").write_text("from qqgw_trio import Bot\n\nbot = Bot()\nbot.on(int)(print)\n")
    with pytest.raises(ConfigurationError) as caught:
        load_bot("wrong:bot")
    place = f"{folder / 'wrong.py'}, line 4"
    assert caught.value.message.startswith(f"cannot import wrong ({place}): <class 'int'> names no event")
    assert caught.value.remedy != "mend that"


def test_an_error_that_says_what_to_do_is_passed_on_with_that(folder: Path) -> None:
    text = "from qqgw_proto.errors import ConfigurationError\n\nraise ConfigurationError({})\n"
    (folder / "wrong.py").write_text(text.format("'too many', remedy='take fewer'"))
    (folder / "bare.py").write_text(text.format("'too many'"))
    for name, remedy in (("wrong", "take fewer"), ("bare", "mend that")):
        with pytest.raises(ConfigurationError) as caught:
            load_bot(f"{name}:bot")
        assert str(caught.value) == f"cannot import {name} ({folder / name}.py, line 3): too many: {remedy}"


@pytest.mark.parametrize("target", ["reads", "reads.py"])
def test_a_file_that_the_module_misses_is_no_missing_module(folder: Path, target: str) -> None:
    (folder / "reads.py").write_text("\nsettings = open('settings.json').read()\n")
    with pytest.raises(ConfigurationError) as caught:
        load_bot(f"{target}:bot")
    assert caught.value.message == (
        f"cannot import {target}: FileNotFoundError: [Errno 2] No such file or directory: 'settings.json' "
        f"({folder / 'reads.py'}, line 2)"
    )
    assert caught.value.remedy == "mend that"


def test_a_file_that_imports_what_bears_its_own_name_is_there_itself(folder: Path) -> None:
    (folder / "self.py").write_text("import self.part")
    with pytest.raises(ConfigurationError, match=r"cannot import \./self\.py: ModuleNotFoundError: "):
        load_bot("./self.py:bot")
    with pytest.raises(ConfigurationError, match=r"there is no module nowhere\.py"):
        load_bot("nowhere.py:bot")


def test_the_place_of_an_error_is_in_the_module_that_raised_it(folder: Path) -> None:
    (folder / "outer.py").write_text("import inner")
    (folder / "inner.py").write_text("\n1 / 0")
    with pytest.raises(ConfigurationError) as caught:
        load_bot("outer:bot")
    assert caught.value.message == (
        f"cannot import outer: ZeroDivisionError: division by zero ({folder / 'inner.py'}, line 2)"
    )


def test_a_name_that_cannot_be_imported_at_all() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot import \.\.above: TypeError: .*relative import"):
        load_bot("..above:bot")


def test_a_package_whose_part_is_missing_names_the_whole(folder: Path) -> None:
    (folder / "half").mkdir()
    with pytest.raises(ConfigurationError, match=r"there is no module half\.missing: check its name and the folder"):
        load_bot("half.missing:bot")
