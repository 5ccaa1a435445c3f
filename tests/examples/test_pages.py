"""What the pages for bot authors show: their Python runs, and what is typed in them is seen as they say."""

from __future__ import annotations

import json
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import attrs
import pytest

from qqgw_proto.events import INTENTS, Access
from qqgw_trio import CommandConfig, ReplyLimits, WorkerConfig
from support.programs import environment, program

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[2]
PAGES = ("events", "handlers", "intents", "replies", "workers")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text_of(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text("utf-8")


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first line begins so, without code quotes."""
    lines = text_of(page).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {head} |")) + 2
    found: list[list[str]] = []
    while start < len(lines) and lines[start].startswith("|"):
        found.append([cell.strip().strip("`") for cell in lines[start].split("|")[1:-1]])
        start += 1
    return found


# --- Python


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page: str) -> None:
    codes = [code for language, code in FENCE.findall(text_of(page)) if language == "python"]
    assert codes
    for code in codes:
        names: dict[str, object] = {"__name__": page}
        exec(compile(code, page, "exec"), names)
        assert {"bot", "Api", "Intents", "EVENT_CLASSES"} & names.keys()


# --- what is typed and seen


@attrs.frozen
class Shown:
    """A session at two terminals, as a page shows it.

    Attributes:
        simulate: Typed in the first.
        said: Seen there, below the line of JSON.
        export: Typed in the second.
        run: Typed there as well.
        told: Seen there.
        answers: Seen in the first at last.
    """

    simulate: str
    said: list[str]
    export: str
    run: str
    told: list[str]
    answers: str

    def __str__(self) -> str:
        return f"{Path(self.run.split()[2]).stem}-{len(self.said)}"


def shown(page: str) -> Iterator[Shown]:
    found = FENCE.findall(text_of(page))
    for number, (language, body) in enumerate(found):
        if language == "sh" and body.startswith("qqgw simulate"):
            languages, bodies = zip(*found[number : number + 5], strict=True)
            assert languages == ("sh", "text", "sh", "text", "text")
            json_line, *said = bodies[1].splitlines()
            assert set(json.loads(json_line)) == {"rest", "token_url", "gateway", "app_id", "secret"}
            export, run = bodies[2].splitlines()
            yield Shown(body, said, export, run, bodies[3].splitlines(), bodies[4])


def by_place(chat: str) -> dict[str, list[str]]:
    """Messages by the place where they were said: conversations are independent of each other."""
    found: dict[str, list[str]] = {}
    for message in re.split(r"\n(?=\[)", chat.strip()):
        place, _, text = message.partition(": ")
        found.setdefault(place, []).append(text)
    return found


def arguments(command: str, values: dict[str, str]) -> list[str]:
    """The words of a command with each `<name>` replaced, but the first one."""
    return shlex.split(re.sub(r"<(\w+)>", lambda match: values[match[1]], command))[1:]


@pytest.mark.parametrize(
    "session", [one for page in ("handlers", "replies", "workers") for one in shown(page)], ids=str
)
async def test_what_a_page_types_is_seen_as_it_says(session: Shown) -> None:
    async with program(*arguments(session.simulate, {}), env=environment(), cwd=ROOT) as platform:
        await platform.until(lambda: len(platform.out) > len(session.said))
        values = cast("dict[str, str]", json.loads(platform.out[0]))
        assert platform.out[1:] == session.said
        first = len(platform.out)
        settings = dict(pair.split("=", 1) for pair in arguments(session.export, values))
        async with program(*arguments(session.run, values), env=environment(**settings), cwd=ROOT) as bot:
            await platform.until(lambda: len(platform.out) >= first + len(session.answers.splitlines()))
            assert await bot.end(signal.SIGINT) == 0
            assert bot.err[: len(session.told)] == session.told
        assert await platform.end(signal.SIGINT) == 0
        assert by_place("\n".join(platform.out[first:])) == by_place(session.answers)


# --- tables


def test_the_intents_are_all_there() -> None:
    access = {Access.DEFAULT: "every bot", Access.APPROVAL: "approval", Access.PRIVATE: "private bots only"}
    wanted = [[str(info.bit), info.name, access[info.access]] for info in INTENTS.values()]
    assert [row[:3] for row in rows("intents", "bit")] == wanted


@pytest.mark.parametrize(
    ("page", "head", "config"),
    [("handlers", "`CommandConfig`", CommandConfig), ("workers", "`WorkerConfig`", WorkerConfig)],
)
def test_the_settings_are_all_there_with_their_defaults(
    page: str, head: str, config: type[attrs.AttrsInstance]
) -> None:
    wanted = [[field.name, repr(field.default).replace("'", '"')] for field in attrs.fields(config)]
    assert [row[:2] for row in rows(page, head)] == wanted


def test_the_windows_and_quotas_are_the_defaults() -> None:
    limits, names = ReplyLimits(), ("group", "c2c", "channel", "dm")
    wanted = [
        [f"{getattr(limits, f'{name}_window'):g} s", str(getattr(limits, f"{name}_replies") or "no number is known")]
        for name in names
    ]
    assert [row[1:] for row in rows("replies", "place")] == wanted
