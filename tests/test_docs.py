"""The documentation is held to the code: pages made from it are not stale, links lead somewhere, what it shows runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast, get_args
from urllib.request import Request, urlopen

import pytest
import trio

from qqgw_proto import CLOSE_CODES, ConnectionState, Dispatch
from qqgw_proto.events import Intents
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.cells import Choose, Go
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.server_inputs import ServerKind, ServerState
from qqgw_proto.machine.table import TABLE, ClientCell
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted((*DOCS.glob("*.md"), *ROOT.glob("*.md")))
SIBLINGS = {
    README: ROOT / "README.zh-CN.md",
    **{
        DOCS / f"{name}.md": DOCS / f"{name}.zh.md"
        for name in ("architecture", "configuration", "demo", "embedding", "operations", "performance", "specification")
    },
    **{
        DOCS / f"{name}.md": DOCS / f"{name}.zh.md"
        for name in ("events", "handlers", "intents", "replies", "workers")  # tests/examples/test_pages.py runs these
    },
}
SOURCE = str(ROOT / "src")
QQGW = [sys.executable, "-c", "from qqgw_trio.cli import main; main(prog_name='qqgw')"]

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [body for name, body in FENCE.findall(page.read_text("utf-8")) if name == language]


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf-8")))


# --- pages made from the code


def generate(docs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(docs / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_pages_made_from_the_code_are_not_stale() -> None:
    done = generate(DOCS, "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_page_is_named_and_written_anew(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(DOCS, docs, ignore=shutil.ignore_patterns("__pycache__"))
    generate(docs)
    fresh = (docs / "table.md").read_text("utf-8")
    (docs / "table.md").write_text(fresh.replace("abandon", "keep", 1), "utf-8")
    done = generate(docs, "--check")
    assert done.returncode == 1
    assert done.stderr == "stale: table.md; run python docs/generate.py\n"
    assert generate(docs).stdout == "written: docs/table.md\n"
    assert (docs / "table.md").read_text("utf-8") == fresh


@pytest.mark.parametrize(
    ("machine", "states", "kinds"), [("Client", ConnectionState, Kind), ("Server", ServerState, ServerKind)]
)
def test_the_table_has_every_cell(machine: str, states: type[ConnectionState], kinds: type[Kind]) -> None:
    sections = re.split(r"^## ", (DOCS / "table.md").read_text("utf-8"), flags=re.MULTILINE)
    for state in states:
        [section] = [text for text in sections if text.startswith(f"{machine}: {state.name}\n")]
        inputs = [name for line in section.splitlines() for name in re.findall(r"`(\w+)`", line.split(" | ")[0])]
        assert sorted(inputs) == sorted(kind.name for kind in kinds), state.name


def targets(cell: ClientCell) -> Iterator[ConnectionState | None]:
    if isinstance(cell, Go):
        yield cell.next
    elif isinstance(cell, Choose):
        yield from targets(cell.yes)
        yield from targets(cell.no)


def test_the_diagram_shows_every_state_and_every_way() -> None:
    texts = [element.text or "" for element in ET.parse(DOCS / "diagram.svg").iter()]
    ways = {
        f"{state.name} → {target.name}:"
        for state in ConnectionState
        for kind in Kind
        for target in targets(TABLE[state][kind])
        if target not in (None, state)
    }
    assert {state.name for state in ConnectionState} <= set(texts)
    assert {text[: text.index(":") + 1] for text in texts if " → " in text} == ways


def test_the_close_codes_are_all_there() -> None:
    spans = re.findall(r"^\| (\d+)(?: to (\d+))? \|", (DOCS / "close-codes.md").read_text("utf-8"), re.MULTILINE)
    codes = [code for first, last in spans for code in range(int(first), int(last or first) + 1)]
    assert codes == list(CLOSE_CODES)


# --- pages written by hand


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_to_something_that_is_there(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(("english", "chinese"), SIBLINGS.items(), ids=lambda path: path.stem)
def test_a_page_in_two_languages_has_the_same_parts_and_the_same_code(english: Path, chinese: Path) -> None:
    for page, sibling in ((english, chinese), (chinese, english)):
        assert f"]({sibling.name})" in page.read_text("utf-8")[:80]
    outline = [
        [len(level) for level in re.findall(r"^(#+) ", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)]
        for page in (english, chinese)
    ]
    assert outline[0] == outline[1]
    assert blocks(english, "python") == blocks(chinese, "python")
    commands = [[re.sub(r" +#.*", "", block) for block in blocks(page, "sh")] for page in (english, chinese)]
    assert commands[0] == commands[1]
    tables = [len(re.findall(r"^\| ", prose(page), re.MULTILINE)) for page in (english, chinese)]
    assert tables[0] == tables[1]


def test_the_embedding_page_says_what_each_effect_asks() -> None:
    wanted = {effect.__name__ for effect in get_args(do.Effect)}
    for page in (DOCS / "embedding.md", DOCS / "embedding.zh.md"):
        rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| `")]
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
        assert wanted <= named


def test_the_make_targets_that_are_named_exist() -> None:
    made = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for page in (README, SIBLINGS[README]):
        assert set(re.findall(r"\bmake (demo|test|check|docs|fuzz|\w+\b(?=`))", page.read_text("utf-8"))) <= set(made)


# --- what the README shows


def test_the_python_of_the_pages_compiles() -> None:
    for page in PAGES:
        for block in blocks(page, "python"):
            compile(block, page.name, "exec")


class Printed:
    """What a process prints, line by line."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdout is not None
        self._stream = process.stdout
        self._unread = b""

    async def line(self) -> str:
        while b"\n" not in self._unread:
            chunk = await self._stream.receive_some()
            assert chunk, "the process has ended"
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


@asynccontextmanager
async def started(command: str, directory: Path, **environment: str) -> AsyncGenerator[trio.Process]:
    """A `qqgw …` command of the README; ended by Ctrl-C, with exit code 0."""
    program, *arguments = shlex.split(command)
    assert program == "qqgw"
    process = await trio.lowlevel.open_process(
        [*QQGW, *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": SOURCE, **environment},
        stdout=subprocess.PIPE,
    )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    finally:
        process.kill()


def filled_in(text: str, values: dict[str, str]) -> str:
    """With `<name>` replaced."""
    return re.sub(r"<(\w+)>", lambda match: values[match[1]], text)


async def test_the_bot_of_the_readme_answers_as_the_readme_says(tmp_path: Path) -> None:
    bot, _ = blocks(README, "python")
    [simulate] = [block for block in blocks(README, "sh") if block.startswith("qqgw simulate")]
    [settings] = [block for block in blocks(README, "sh") if block.startswith("export")]
    export, run = settings.splitlines()
    (tmp_path / "mybot.py").write_text(bot, "utf-8")
    with trio.fail_after(60):
        async with started(simulate, tmp_path) as platform:
            said = Printed(platform)
            values = cast("dict[str, str]", json.loads(await said.line()))
            assert set(values) == {"rest", "token_url", "gateway", "app_id", "secret"}
            assert await said.line() == "[group] visitor: /ping"
            environment = dict(pair.split("=", 1) for pair in shlex.split(filled_in(export, values))[1:])
            async with started(filled_in(run, values), tmp_path, **environment):
                assert re.fullmatch(r"\[group\] bot -> \w+: pong", await said.line())


def fetch_token(url: str, app_id: str, secret: str) -> str:
    body = json.dumps({"appId": app_id, "clientSecret": secret}).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"})) as answer:
        return cast("dict[str, str]", json.load(answer))["access_token"]


async def test_the_embedding_of_the_readme_receives_events_and_resumes() -> None:
    _, shown = blocks(README, "python")
    [first, *_] = blocks(DOCS / "embedding.md", "python")
    assert shown == first
    names: dict[str, object] = {}
    exec(compile(shown, "README.md", "exec"), names)
    run = cast("Callable[[str, str, int, Callable[[Dispatch], bool]], None]", names["run"])
    send, received = trio.open_memory_channel[str | None](2)

    def handle(event: Dispatch) -> bool:
        trio.from_thread.run_sync(send.send_nowait, event.id)
        handled.append(event.id)
        return len(handled) < 2

    handled: list[str | None] = []
    with trio.fail_after(60):
        async with Simulator(SimulatorConfig(events=0)) as simulator, trio.open_nursery() as nursery:
            token = await trio.to_thread.run_sync(fetch_token, simulator.token_url, simulator.app_id, simulator.secret)
            intents = int(Intents.all())
            nursery.start_soon(trio.to_thread.run_sync, run, simulator.gateway_url, token, intents, handle)
            [before] = await simulator.emit(1)
            assert await received.receive() == before
            simulator.drop()
            [away] = await simulator.emit(1)
            assert await received.receive() == away
    assert simulator.ledger.granted_identifies == 1
    assert simulator.ledger.granted_resumes == 1
