"""Puts changed code into functions that exist, or makes a module be imported changed.

The first takes no time and reaches every function, whoever holds it; the second is for what happens on import.
"""

from __future__ import annotations

import ast
import gc
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TypeAlias

import attrs

__all__ = ["CannotInstall", "Importing", "install_functions", "known_functions"]

Codes: TypeAlias = dict[tuple[str, int], list[CodeType]]


class CannotInstall(Exception):
    """The change reaches further than into the code of a function."""


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _by_name(code: CodeType) -> Codes:
    named: Codes = defaultdict(list)
    for inner in _codes(code):
        named[inner.co_qualname, inner.co_firstlineno].append(inner)
    return named


def install_functions(path: Path, source: str, changed: ast.Module) -> None:
    """Changes the code of every function there is that was made from the source.

    Raises:
        CannotInstall: No function has the changed code, or it needs other names from around it.
    """
    old = _by_name(compile(source, str(path), "exec", dont_inherit=True))
    new = _by_name(compile(ast.fix_missing_locations(changed), str(path), "exec", dont_inherit=True))
    instead: dict[CodeType, CodeType] = {}
    for name, codes in old.items():
        if len(codes) == len(new.get(name, ())):
            instead.update((was, becomes) for was, becomes in zip(codes, new[name], strict=True) if was != becomes)
    reached = 0
    for function in known_functions().get(str(path), ()):
        code = instead.get(function.__code__)
        if code is not None:
            if len(code.co_freevars) != len(function.__code__.co_freevars):
                raise CannotInstall(code.co_qualname)
            function.__code__ = code
            reached += 1
    if not reached:
        raise CannotInstall("no function has this code")


@cache
def known_functions() -> dict[str, list[FunctionType]]:
    """All that there are, by their files; to be called first before the collector is told to forget them."""
    known: dict[str, list[FunctionType]] = defaultdict(list)
    for found in gc.get_objects():
        if isinstance(found, FunctionType):
            known[found.__code__.co_filename].append(found)
    if not known:
        raise RuntimeError("no function is known to the collector: has it been told to forget them?")
    return known


@attrs.define(eq=False)
class Importing(MetaPathFinder):
    """Imports one module changed, from now on.

    Attributes:
        name: Of the module.
        path: Of its file.
        code: What is run in place of what stands there.
    """

    name: str
    path: Path
    code: CodeType

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """The protocol of an importer."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=_Loader(fullname, self))

    def install(self) -> None:
        """Before all other ways to import it."""
        if self.name in sys.modules:
            raise CannotInstall(f"{self.name} is imported already")
        sys.meta_path.insert(0, self)


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, importing: Importing) -> None:
        super().__init__(fullname, str(importing.path))
        self._code = importing.code

    def get_code(self, fullname: str) -> CodeType:
        """The changed one."""
        return self._code
