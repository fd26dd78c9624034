"""`_core.pyi` says what `_core` is: every name of one is in the other, with the same arguments.

What the module tells about its functions is their signature, or, of those that pybind11 binds, the
first line of their docstring.
"""

from __future__ import annotations

import ast
import enum
import inspect
import re
from pathlib import Path

import pytest

import locustella
from locustella import _core

STUB = ast.parse((Path(locustella.__file__).parent / "_core.pyi").read_text())
_NOT_OURS = {"_pybind11_conduit_v1_"}
_UNNAMED = re.compile(r"arg\d+$")

# (name, None where it cannot be given by name; kind; whether it may be left out)
Argument = tuple[str | None, str, bool]


def _arguments_in(node: ast.FunctionDef) -> list[Argument]:
    said, defaults = node.args, len(node.args.defaults)
    by_place = [(None, "place") for _ in said.posonlyargs] + [(a.arg, "either") for a in said.args]
    found = [(*one, len(by_place) - i <= defaults) for i, one in enumerate(by_place)]
    if said.vararg:
        found.append((None, "more", True))
    found += [
        (a.arg, "name", d is not None)
        for a, d in zip(said.kwonlyargs, said.kw_defaults, strict=True)
    ]
    return found + ([(None, "keywords", True)] if said.kwarg else [])


def _signature_line(function: object, name: str) -> str:
    """As pybind11 has it: "name(self: X, value: int) -> None"; a plain C function may say "name(a,
    b): what it does".
    """
    line = (function.__doc__ or "").split("\n")[0]
    plain = re.match(rf"{name}\(([^()]*)\):", line)
    return f"{name}({plain[1]}, /)" if plain else line


def _arguments_of(function: object, name: str) -> list[Argument]:
    try:
        text = f"{name}{inspect.signature(function)}"
    except ValueError:
        text = _signature_line(function, name)
    found = _arguments_in(ast.parse(f"def {text}: ...").body[0])
    return [(None, "place", optional) if _UNNAMED.match(said or "") else (said, kind, optional)
            for said, kind, optional in found]  # fmt: skip


def _unbound(arguments: list[Argument]) -> list[Argument]:
    """Without `self`."""
    return arguments[1:]


def _is_typing(node: ast.stmt) -> bool:
    """What only types need: a TypedDict, a Protocol, or an alias."""
    if isinstance(node, ast.ClassDef):
        bases = {ast.unparse(base).partition("[")[0] for base in node.bases}
        return bool(bases & {"TypedDict", "Protocol"})
    return isinstance(node, ast.Assign)


def _name_of(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign):
        return node.targets[0].id
    return node.target.id if isinstance(node, ast.AnnAssign) else node.name


def _stated(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AnnAssign, ast.Assign)
    return {_name_of(node): node for node in body if isinstance(node, kinds)}


MODULE = {name: node for name, node in _stated(STUB.body).items() if not _is_typing(node)}
CLASSES = [name for name, node in MODULE.items() if isinstance(node, ast.ClassDef)]
FUNCTIONS = [name for name, node in MODULE.items() if isinstance(node, ast.FunctionDef)]


def _own_names(holder: object) -> set[str]:
    return {name for name in vars(holder) if not re.fullmatch(r"__\w+__", name)} - _NOT_OURS


def test_the_stub_and_the_module_have_the_same_names():
    assert set(MODULE) == _own_names(_core)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_the_same_arguments(name: str):
    assert _arguments_in(MODULE[name]) == _arguments_of(getattr(_core, name), name)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_have_the_same_attributes(name: str):
    real, stated = getattr(_core, name), set(_stated(MODULE[name].body))
    if issubclass(real, enum.Enum):
        assert stated == set(real.__members__)
        assert MODULE[name].bases[0].attr == real.__mro__[1].__name__
    else:
        assert {n for n in stated if not n.startswith("__")} == _own_names(real)


@pytest.mark.parametrize("name", CLASSES)
def test_methods_take_the_same_arguments(name: str):
    real = getattr(_core, name)
    for method, node in _stated(MODULE[name].body).items():
        if not isinstance(node, ast.FunctionDef):
            continue
        found = vars(real)[method]
        if node.decorator_list:  # a property
            assert not callable(found), method
            assert getattr(found, "fset", None) is None, f"{method} can be assigned"
        else:
            stated, there = _unbound(_arguments_in(node)), _unbound(_arguments_of(found, method))
            assert stated == there, f"{name}.{method}"


@pytest.mark.parametrize("name", CLASSES)
def test_what_can_be_assigned_is_no_property_in_the_stub(name: str):
    for attribute, node in _stated(MODULE[name].body).items():
        found = vars(getattr(_core, name)).get(attribute)
        if isinstance(found, property) and found.fset is not None:
            assert isinstance(node, ast.AnnAssign), f"{name}.{attribute}"


def test_the_checks_see_arguments():
    node = ast.parse("def f(self, a, /, b, c=1, *, d, e=2, **rest): ...").body[0]
    assert _unbound(_arguments_in(node)) == [
        (None, "place", False), ("b", "either", False), ("c", "either", True), ("d", "name", False),
        ("e", "name", True), (None, "keywords", True),
    ]  # fmt: skip
