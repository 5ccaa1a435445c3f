"""`qqgw run --journal`, `qqgw journal show`, `qqgw journal replay`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qqgw_proto import ClientConfig, ClientGateway, ShardConfig
from qqgw_proto.journal import Recorder, read_journal
from qqgw_trio.cli import main
from support.staging import Stage, staged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.journal"


def qqgw(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["journal", *arguments], prog_name="qqgw")


def write(path: Path) -> None:
    """Two shards that start and stop."""
    lines: list[bytes] = []
    for shard_id in (0, 1):
        recorder = Recorder(lines.append)
        config = ClientConfig(1, ShardConfig(shard_id, 2))
        gateway = ClientGateway(config, random.Random(shard_id), observer=recorder)
        recorder.begin(gateway, zero=1_800_000_000.0)
        gateway.start(1.0)
        gateway.stop(2.0)
    path.write_bytes(b"".join(lines))


async def test_a_bot_records_what_can_be_shown_and_replayed_and_no_secret(path: Path) -> None:
    async with staged() as stage:
        bot = stage.bot(journal=path)
        handled: list[str] = []

        @bot.on("GROUP_AT_MESSAGE_CREATE")
        async def handle(_ctx: object, event: object) -> None:
            handled.append("one")
            stage.news.tell()

        async with stage.running(bot):
            stage.simulator.say("group", "visitor", "words that are nobody else's business")
            await stage.news.until(lambda: bool(handled))
        check_recorded(path, stage)


def check_recorded(path: Path, stage: Stage) -> None:
    text = path.read_bytes()
    assert stage.credentials.secret.encode() not in text
    assert b"nobody else" not in text
    [recording] = read_journal(text.splitlines(keepends=True))
    replayed = qqgw("replay", str(path))
    assert replayed.stdout == f"{len(recording.entries)} steps replayed: every effect is the same\n"
    assert replayed.exit_code == 0
    shown = qqgw("show", str(path))
    assert shown.exit_code == 0
    assert len(shown.stdout.splitlines()) == len(recording.entries) + 1
    assert "READY       Dispatches events=2 -> Deliver events=2 epoch=1" in shown.stdout
    assert any(line.endswith(", Stopped") for line in shown.stdout.splitlines())


def test_one_shard_can_be_shown_alone(path: Path) -> None:
    write(path)
    whole, one = (qqgw("show", str(path), *more).stdout.splitlines() for more in ((), ("--shard", "1")))
    assert (len(whole), len(one)) == (6, 3)
    assert {line.split()[3] for line in one} == {"1"}


def test_an_effect_that_differs_is_named_with_its_step_and_the_end_is_1(path: Path) -> None:
    write(path)
    path.write_bytes(path.read_bytes().replace(b'"Stopped"', b'"Perished"'))
    replayed = qqgw("replay", str(path))
    assert replayed.exit_code == 1
    assert replayed.stdout.splitlines() == [
        "shard 0, step 2: Stop",
        "  recorded: Perished",
        "  today:    Stopped",
    ]


@pytest.mark.parametrize("command", ["show", "replay"])
@pytest.mark.parametrize("content", [None, b"", b"the diary of somebody\n"])
def test_what_is_no_journal_is_told_in_one_line(path: Path, command: str, content: bytes | None) -> None:
    if content is not None:
        path.write_bytes(content)
    done = qqgw(command, str(path))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
