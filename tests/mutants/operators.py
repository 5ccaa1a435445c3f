"""What can be changed in Python code, one small thing at a time, as replacements in its syntax tree.

Left alone is what no run can tell apart or what is written for people: annotations, docstrings, `__all__`, names of
type variables, assertions that only narrow a type, the words of an error, of a violation and of a reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import attrs

__all__ = ["Spot", "spots_of"]

COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
CALCULATED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
NOT_CHANGED_INSIDE: Final = ("TypeVar", "NewType", "ParamSpec", "cast", "Ignore", "Violation")
Place: TypeAlias = tuple[ast.AST, str, int | None]
"""A node's parent, the field it stands in, and where in a list."""


@attrs.frozen(eq=False)
class Spot:
    """One change: what stands somewhere, and what comes in its place.

    Attributes:
        inner: In the body of a function, so that it can be put into one that exists.
        line: Of what is changed.
        statement: Line of its statement.
        function: Qualified name, "" outside.
    """

    where: Place
    old: ast.AST
    new: ast.AST
    inner: bool
    line: int
    statement: int
    function: str

    def __str__(self) -> str:
        return f"{_text(self.old)} -> {_text(self.new)}"

    def make(self) -> None:
        """Changes the tree."""
        parent, field, index = self.where
        if index is None:
            setattr(parent, field, self.new)
        else:
            getattr(parent, field)[index] = self.new


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:30]} ... {text[-25:]}"


def spots_of(tree: ast.Module) -> Iterator[Spot]:
    """Every change of a module."""
    yield from _Walk().below(tree)


@attrs.define
class _Walk:
    """Where the walk is."""

    function: tuple[str, ...] = ()
    inner: bool = False
    statement: int = 0
    loud: bool = True
    """False inside words for people."""

    def below(self, node: ast.AST) -> Iterator[Spot]:
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "type_params", "ctx"):
                continue
            for index, child in _children(value):
                yield from self._entered(node, field, child).at((node, field, index), child)

    def _entered(self, parent: ast.AST, field: str, child: ast.AST) -> _Walk:
        inside = self
        if isinstance(child, ast.stmt):
            inside = attrs.evolve(inside, statement=child.lineno)
        if isinstance(parent, (ast.FunctionDef, ast.Lambda)):
            inside = attrs.evolve(inside, inner=self.inner or field == "body")
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            inside = attrs.evolve(inside, function=(*self.function, child.name))
        if isinstance(child, ast.Raise) or (isinstance(child, ast.Call) and _speaks(child)):
            inside = attrs.evolve(inside, loud=False)
        return inside

    def at(self, place: Place, node: ast.AST) -> Iterator[Spot]:
        if _is_left_alone(node):
            return
        for new in _instead(node, place, loud=self.loud):
            line = getattr(node, "lineno", self.statement)
            yield Spot(place, node, new, self.inner, line, self.statement, ".".join(self.function))
        yield from self.below(node)


def _children(value: list[Any] | ast.AST | str | None) -> Iterator[tuple[int | None, ast.AST]]:
    """The nodes in a field, with their places in a list."""
    if isinstance(value, ast.AST):
        yield None, value
    elif isinstance(value, list):
        yield from ((index, child) for index, child in enumerate(value) if isinstance(child, ast.AST))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _speaks(call: ast.Call) -> bool:
    name = _name(call.func)
    return name in NOT_CHANGED_INSIDE or name.endswith(("Error", "Failed", "Violation", "violation"))


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Call() if _name(node.func) in ("TypeVar", "NewType", "ParamSpec", "cast"):
            return True
        case _:
            return False


def _instead(node: ast.AST, place: Place, *, loud: bool) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    if isinstance(node, ast.stmt):
        yield from _statements(node, place)
    if isinstance(node, ast.expr):
        yield from _expressions(node, loud=loud)
        if place[1] == "test" or (place[1] == "ifs" and isinstance(place[0], ast.comprehension)):
            yield from _negated(node)


def _negated(test: ast.expr) -> Iterator[ast.AST]:
    # A single comparison, and a `not`, are turned round by their own changes.
    turned = isinstance(test, ast.Compare) and len(test.ops) == 1
    if not turned and not isinstance(test, (ast.UnaryOp, ast.Constant)):
        yield ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _statements(node: ast.stmt, place: Place) -> Iterator[ast.AST]:
    nothing = ast.copy_location(ast.Pass(), node)
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Delete():
            yield nothing
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield nothing
        case ast.AugAssign(op=operator):
            yield nothing
            if type(operator) in CALCULATED:
                yield ast.copy_location(ast.AugAssign(node.target, CALCULATED[type(operator)](), node.value), node)
        case ast.Break():
            yield ast.copy_location(ast.Continue(), node)
        case ast.Continue():
            yield ast.copy_location(ast.Break(), node)
        case ast.Return(value=value) if value is not None and not _is_no(value):
            yield ast.copy_location(ast.Return(ast.Constant(None)), node)
        case _:
            pass


def _is_no(node: ast.expr) -> bool:
    # `return False` is turned into `return True`: None would say no as well.
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _expressions(node: ast.expr, *, loud: bool) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, ops=operators, comparators=others):
            for index, operator in enumerate(operators):
                for changed in COMPARED[type(operator)]:
                    new = [*operators[:index], changed(), *operators[index + 1 :]]
                    yield ast.copy_location(ast.Compare(left, new, others), node)
        case ast.BinOp(left=left, op=op, right=right):
            yield ast.copy_location(ast.BinOp(left, CALCULATED[type(op)](), right), node)
        case ast.BoolOp(op=op, values=values):
            yield ast.copy_location(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values), node)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.Constant(value=value) if loud:
            yield from (ast.copy_location(ast.Constant(other), node) for other in _constants(value))
        case _:
            pass


def _constants(value: object) -> Iterator[str | bytes | int | float]:
    match value:
        case bool():
            yield not value
        case int() | float():
            # One more is the same for a float that is large enough.
            yield value + 1 if value + 1 != value else value / 2
        case str():
            yield f"XX{value}"
        case bytes():
            yield b"XX" + value
        case _:
            pass
