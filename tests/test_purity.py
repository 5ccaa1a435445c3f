"""The house's own rules: the core touches nothing outside itself, imports point down only, pieces stay small."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"

OUTSIDE = frozenset(
    {"asyncio", "logging", "os", "qqgw_trio", "random", "secrets", "socket", "ssl", "threading", "time", "trio", "uuid"}
)
CORE_DEPENDENCIES = frozenset({"attrs", "msgspec", "wsproto"})
SHELL_DEPENDENCIES = frozenset({"click", "httpx2", "hypercorn", "qqgw_trio", "rich", "starlette", "trio"})
SIMULATOR_USERS = frozenset(
    {f"demos.{name}" for name in ("demo", "demo_report", "demo_scenes", "faults_demo")}
    | {"running.simulating", "cli.simulate"}
)

# A package of the core -> what of the core it may import, as prefixes of module names.
MAY_IMPORT = {
    "wire": ("config", "errors", "wire"),
    "machine": ("config", "errors", "wire", "machine"),
    "events": ("errors", "events", "wire.frames"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files(*under: str) -> list[Path]:
    return sorted(SOURCE.joinpath(*under).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of what a module imports anywhere, `TYPE_CHECKING` included; `a.b` also for `from a import b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def run(code: str) -> str:
    # Not measured: coverage loads modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def functions() -> dict[str, int]:
    """Every function of the sources by place, with the lines of its body, the docstring left out."""
    found: dict[str, int] = {}
    for path in files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                found[f"{module_name(path)}.{node.name}:{node.lineno}"] = body_lines(node)
    return found


def body_lines(function: Function) -> int:
    statements = function.body[ast.get_docstring(function) is not None :]
    if not statements:
        return 0
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1


core_modules = pytest.mark.parametrize("path", files("qqgw_proto"), ids=module_name)


@core_modules
def test_the_core_names_nothing_of_the_outside(path: Path) -> None:
    assert roots(path) & OUTSIDE == set()


@core_modules
def test_the_core_depends_on_three_packages_and_the_standard_library(path: Path) -> None:
    assert roots(path) - sys.stdlib_module_names <= CORE_DEPENDENCIES | {"qqgw_proto"}


@core_modules
def test_the_core_has_no_hidden_imports(path: Path) -> None:
    assert "importlib" not in roots(path)
    assert "__import__" not in path.read_text("utf-8")


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_inside_the_core_point_down_only(package: str) -> None:
    allowed = tuple(f"qqgw_proto.{name}." for name in MAY_IMPORT[package])
    upwards = {
        f"{module_name(path)} -> {name}"
        for path in files("qqgw_proto", package)
        for name in imported(path)
        if name.startswith("qqgw_proto") and not f"{name}.".startswith(allowed)
    }
    assert upwards == set()


def test_the_core_imports_under_a_hook_that_refuses_the_outside() -> None:
    # The third-party packages come first: what they need of the outside is their own business.
    names = [module_name(path) for path in files("qqgw_proto")]
    run(f"""
import builtins
import attrs, msgspec, wsproto

real_import = builtins.__import__

def guarded(name, globals=None, locals=None, fromlist=(), level=0):
    importer = str((globals or {{}}).get("__name__"))
    if importer.partition(".")[0] == "qqgw_proto" and name.partition(".")[0] in {set(OUTSIDE)!r}:
        raise ImportError(f"{{importer}} imports {{name}}")
    return real_import(name, globals, locals, fromlist, level)

builtins.__import__ = guarded
for name in {names!r}:
    __import__(name)
""")


def test_the_shell_imports_only_what_is_declared() -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.split(r"[^\w-]", entry)[0].replace("-", "_") for entry in project["dependencies"]}
    allowed = sys.stdlib_module_names | declared | {"qqgw_proto", "qqgw_trio"}
    undeclared = {module_name(path): roots(path) - allowed for path in files("qqgw_trio")}
    # pytest runs its own fixtures.
    assert {name: found for name, found in undeclared.items() if found} == {"qqgw_trio.testing.fixtures": {"pytest"}}


def test_a_running_bot_imports_nothing_of_the_simulator() -> None:
    users = {
        module_name(path).removeprefix("qqgw_trio.")
        for path in files("qqgw_trio")
        if any(name.startswith("qqgw_trio.simulator") for name in imported(path))
    }
    assert {name for name in users if not name.startswith(("simulator", "testing."))} == SIMULATOR_USERS


def test_importing_the_core_loads_nothing_of_the_shell() -> None:
    loaded = run("import sys, qqgw_proto; print(*sys.modules)").split()
    assert "qqgw_proto" in loaded
    assert {name.partition(".")[0] for name in loaded} & SHELL_DEPENDENCIES == set()


def test_importing_the_shell_loads_nothing_that_a_bot_may_do_without() -> None:
    # The demo's, the simulator's and the tests' tools, and clients of HTTP before anything is asked for.
    loaded = run("import sys, qqgw_trio; print(*sys.modules)").split()
    assert "qqgw_trio.bot" in loaded
    tools = {"click", "hypercorn", "pytest", "rich", "starlette", "httpx2", "trio.testing", "http.client", "tomllib"}
    assert set(loaded) & tools == set()


@pytest.mark.parametrize("folder", ["src", "tests", "fuzz"])
def test_a_module_has_at_most_300_lines(folder: str) -> None:
    modules = list(ROOT.joinpath(folder).rglob("*.py"))
    lengths = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in modules}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_a_function_has_at_most_40_lines() -> None:
    assert {place: lines for place, lines in functions().items() if lines > 40} == {}


def test_functions_have_at_most_12_lines_on_average() -> None:
    lengths = functions().values()
    assert sum(lengths) / len(lengths) <= 12
