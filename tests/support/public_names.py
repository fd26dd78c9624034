"""What a package called `locust` offers: modules, names, members, signatures, options, as JSON.

    python public_names.py > STOCK.json       # of the installed Locust
    python public_names.py STOCK.json         # the same names of Locustella, so far as it has them

A name counts as public if it does not begin with "_" and is Locust's own: what a module merely
imports from elsewhere is not. Modules that need the driver of another system are read instead of
imported: the drivers need not be there.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import pkgutil
import sys
import textwrap
from collections.abc import Iterable
from types import ModuleType
from typing import Any

Described = dict[str, Any]

ROOT = "locust"
NOT_OFFERED = (f"{ROOT}.test", f"{ROOT}.__main__", f"{ROOT}._version")
# Imported all the same: these need no driver.
DRIVERLESS = {f"{ROOT}.contrib.fasthttp", f"{ROOT}.contrib.csv_request_logger"}
NOT_NAMES = {"annotations", "TYPE_CHECKING"}
_MISSING = object()
_SIMPLE = (bool, int, float, str, bytes, type(None))


def module_names() -> list[str]:
    """Of all modules that the package's folder holds; nothing is imported for it but packages."""
    package = importlib.import_module(ROOT)
    found = pkgutil.walk_packages(package.__path__, f"{ROOT}.", onerror=lambda _: None)
    names = [ROOT, *(module.name for module in found)]
    return sorted(name for name in names if not name.startswith(NOT_OFFERED))


def is_named_as_ours(module: object) -> bool:
    return isinstance(module, str) and module.split(".")[0] in (ROOT, "locustella")


def is_of_package(value: Any) -> bool:
    return is_named_as_ours(getattr(value, "__module__", None))


def described_default(value: Any) -> str:
    """As it is written, unless it is an object or a path of this machine."""
    is_path = isinstance(value, str) and value.startswith("/") and len(value) > 1
    return repr(value) if type(value) in _SIMPLE and not is_path else "..."


def parameters(function: Any) -> list[list[str | None]] | None:
    """[name, kind, default] of each; None where Python cannot tell."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        [one.name, one.kind.name, None if one.default is one.empty
         else described_default(one.default)]
        for one in found
    ]  # fmt: skip


def described_class(cls: type, with_inherited: bool) -> Described:
    """`with_inherited`: also what comes from classes of other packages."""
    members: Described = {}
    for name in sorted(dir(cls)):
        home = next((base for base in cls.__mro__ if name in vars(base)), None)
        if name.startswith("_") or home is None:
            continue
        if not is_of_package(home) and not with_inherited:
            continue
        raw, value = inspect.getattr_static(cls, name), getattr(cls, name, None)
        is_called = callable(value) and not isinstance(raw, property | type)
        found = parameters(value) if is_called else None
        if found and not isinstance(raw, staticmethod | classmethod):
            del found[0]  # self, whatever it is called
        members[name] = {"parameters": found, "is_called": is_called}
    for name in instance_attributes(cls):
        members.setdefault(name, {"parameters": None, "is_called": False})
    return {"kind": "class", "parameters": parameters(cls), "members": members}


def instance_attributes(cls: type) -> list[str]:
    """What a class's own code assigns to `self`, or says of its instances."""
    found: set[str] = set()
    for base in cls.__mro__:
        if not is_of_package(base):
            continue
        found.update(vars(base).get("__annotations__", ()))
        for value in vars(base).values():
            if inspect.isfunction(value):
                found |= _assigned_to_self(value)
    return sorted(name for name in found if not name.startswith("_"))


def _assigned_to_self(function: Any) -> set[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return set()
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def described_module(module: ModuleType, wanted: Iterable[str] | None = None) -> Described:
    """All public names of its own, or those that are wanted."""
    names: Described = {}
    for name in sorted(vars(module)) if wanted is None else wanted:
        if wanted is None and (name.startswith("_") or name in NOT_NAMES):
            continue
        value = getattr(module, name, _MISSING)
        if value is not _MISSING and (described := described_value(value, wanted is not None)):
            names[name] = described
    return names


def described_value(value: Any, is_wanted: bool) -> Described | None:
    """None for what is not Locust's own, unless it is wanted."""
    if inspect.ismodule(value):
        return {"kind": "module"} if is_named_as_ours(value.__name__) or is_wanted else None
    if not is_wanted and (inspect.isclass(value) or inspect.isroutine(value)):
        if not is_of_package(value):
            return None
    if inspect.isclass(value):
        return {**described_class(value, is_wanted), "home": value.__module__}
    if inspect.isroutine(value):
        return {"kind": "function", "parameters": parameters(value)}
    return None if _is_foreign(value) and not is_wanted else {"kind": "value"}


def _is_foreign(value: Any) -> bool:
    """Special forms and type variables of `typing` say nothing to who calls."""
    return type(value).__module__ in ("typing", "typing_extensions")


def described_file(name: str) -> Described | None:
    """The same of a module that is read, not imported; None if it is not there."""
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.origin is None:  # of ours, under Locust's name
        spec = importlib.util.find_spec(f"locustella{name.removeprefix(ROOT)}")
    if spec is None or spec.origin is None:
        return None
    with open(spec.origin, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    names: Described = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            names[node.name] = _described_node(node)
    return names


def _described_node(node: ast.FunctionDef | ast.ClassDef) -> Described:
    if isinstance(node, ast.FunctionDef):
        return {"kind": "function", "parameters": _parameters_of(node)}
    members: Described = {}
    made_with: list[list[str | None]] | None = None
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            made_with = _parameters_of(inner)[1:]
        elif isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
            members[inner.name] = {
                "parameters": _parameters_of(inner)[1:], "is_called": True,
            }  # fmt: skip
        elif isinstance(inner, ast.Assign | ast.AnnAssign):
            targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
            for target in targets:
                if isinstance(target, ast.Name) and not target.id.startswith("_"):
                    members[target.id] = {"parameters": None, "is_called": False}
    return {
        "kind": "class", "parameters": made_with, "members": members, "home": None,
    }  # fmt: skip


def _parameters_of(node: ast.FunctionDef) -> list[list[str | None]]:
    said = node.args
    positional = [*said.posonlyargs, *said.args]
    defaults = [None] * (len(positional) - len(said.defaults)) + list(said.defaults)
    found: list[list[str | None]] = [
        [one.arg, "POSITIONAL_OR_KEYWORD", default and _default_of(default)]
        for one, default in zip(positional, defaults, strict=True)
    ]
    if said.vararg:
        found.append([said.vararg.arg, "VAR_POSITIONAL", None])
    for one, default in zip(said.kwonlyargs, said.kw_defaults, strict=True):
        found.append([one.arg, "KEYWORD_ONLY", default and _default_of(default)])
    if said.kwarg:
        found.append([said.kwarg.arg, "VAR_KEYWORD", None])
    return found


def _default_of(node: ast.expr) -> str:
    return repr(node.value) if isinstance(node, ast.Constant) else "..."


def options() -> Described:
    """{option: what it takes}, by the longest of an option's spellings."""
    parser = importlib.import_module(f"{ROOT}.argument_parser").get_parser()
    found: Described = {}
    for action in parser._actions:
        spelled = sorted(action.option_strings, key=len)
        found[spelled[-1] if spelled else action.dest] = {
            "spellings": spelled,
            "environment": getattr(action, "env_var", None),
            "attribute": action.dest,
            "default": described_default(action.default),
            "takes": str(action.nargs),
            "choices": [str(one) for one in action.choices or ()],
        }
    return found


def described_package(stock: Described | None = None) -> Described:
    """All that the package offers; with `stock`, what it has of that."""
    modules: Described = {}
    for name in module_names() if stock is None else stock["modules"]:
        if name.startswith(f"{ROOT}.contrib.") and name not in DRIVERLESS:
            described = described_file(name)
        elif importlib.util.find_spec(name) is None:
            described = None
        else:
            wanted = None if stock is None else stock["modules"][name]
            described = described_module(importlib.import_module(name), wanted)
        if described is not None:
            modules[name] = described
    return {
        "version": importlib.import_module(ROOT).__version__,
        "modules": modules, "options": options(),
    }  # fmt: skip


def main(argv: list[str]) -> None:
    stock = None
    if argv:
        with open(argv[0], encoding="utf-8") as file:
            stock = json.load(file)
        importlib.import_module("locustella.as_locust")
    json.dump(described_package(stock), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
