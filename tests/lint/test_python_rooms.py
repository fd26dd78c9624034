"""The rooms of python/locustella: who may import whom, and what lies at the top.

See docs/architecture.md.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from repository import ROOT, below, listed, text_of

PACKAGE = Path("python/locustella")
MOST_FILES_OF_A_ROOM = 15

# Each room, the other rooms it may import, and the modules of Locust's names at the top.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "process": (set(), set()),
    "util": (set(), set()),
    "legacy": ({"process"}, {"event", "shape", "user"}),
    "http": (set(), {"exception"}),
    "statistics": ({"http", "util"}, {"exception", "stats"}),
    "running": (
        {"statistics", "http", "process", "util"},
        {"exception", "html", "input_events", "log", "rpc", "runners", "stats", "user"},
    ),
    "command": (
        {"running", "statistics", "http", "process", "legacy", "util"},
        {"as_locust", "contrib", "env", "events", "log", "opentelemetry", "shape", "stats", "user"},
    ),
}
# Within a room: these folders, and what of the same room they may not import.
APART = {
    "http": {"http.session", "http.fast"},
    "http.session": {"http.fast"},
    "http.fast": {"http.session"},
}
# Of `util` these are faces of other rooms, and no room imports them; the rest imports nothing.
UTIL_FACES = {"deprecation", "directory", "load_locustfile", "url"}

# Locust's own names, and what every package has. Nothing else lies at the top.
TOP_FILES = {
    "__init__", "__main__", "_version", "argument_parser", "as_locust", "clients", "debug",
    "dispatch", "env", "event", "exception", "html", "input_events", "log", "main", "opentelemetry",
    "runners", "shape", "stats", "web",
}  # fmt: skip
TOP_FOLDERS = {"contrib", "rpc", "user", "webui", "web", *ROOMS}
EVERYWHERE = {"_core", "_version"}


class Import(NamedTuple):
    """One module that a file imports when it runs; imports for type checkers alone are left out."""

    file: Path
    line: int
    module: tuple[str, ...]  # within the package: ("http", "session", "raw")

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'.'.join(self.module)}"


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if (
            isinstance(node, ast.If)
            and isinstance(node.test, ast.Name)
            and node.test.id == "TYPE_CHECKING"
        ):
            continue
        yield node
        yield from running_nodes(node)


def imports_of(file: Path, text: str) -> Iterator[Import]:
    here = file.relative_to(PACKAGE).parts[:-1]
    for node in running_nodes(ast.parse(text)):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = tuple(node.module.split(".")) if node.module else ()
        if node.level:
            base = here[: len(here) - node.level + 1] + module
        elif module[:1] == (PACKAGE.name,):
            base = module[1:]
        else:
            continue
        for name in node.names:
            whole = (*base, name.name)
            is_module = any(
                (ROOT / PACKAGE).joinpath(*whole).with_suffix(s).exists() for s in ("", ".py")
            )
            yield Import(file, node.lineno, whole if is_module or not base else base)


FILES = [file for file in below("python", suffixes={".py"}) if file.is_relative_to(PACKAGE)]
IMPORTS = [found for file in FILES for found in imports_of(file, text_of(file))]


def room_of(file: Path) -> str | None:
    first = file.relative_to(PACKAGE).parts[0]
    return first if first in ROOMS else None


def may_import(room: str, found: Import) -> bool:
    rooms, faces = ROOMS[room]
    target = found.module[0]
    if target == "util" and found.module[1:2] and found.module[1] in UTIL_FACES:
        return False
    return target == room or target in rooms or target in faces or target in EVERYWHERE


def test_only_locusts_own_names_lie_at_the_top():
    top = [file.relative_to(PACKAGE) for file in FILES]
    assert {file.stem for file in top if len(file.parts) == 1} <= TOP_FILES
    assert {file.parts[0] for file in top if len(file.parts) > 1} <= TOP_FOLDERS


def test_rooms_import_only_what_they_may():
    violations = [
        str(found)
        for found in IMPORTS
        if (room := room_of(found.file))
        and not (room == "util" and found.file.stem in UTIL_FACES)
        and not may_import(room, found)
    ]
    assert not violations, listed(violations)


def test_the_two_clients_stay_apart():
    violations = [
        str(found)
        for found in IMPORTS
        for never in APART.get(".".join(found.file.relative_to(PACKAGE).parts[:-1]), ())
        if ".".join(found.module).startswith(never)
    ]
    assert not violations, listed(violations)


def test_no_two_rooms_need_each_other():
    for room, (others, _) in ROOMS.items():
        for other in others:
            assert room not in ROOMS[other][0], f"{room} and {other}"


def test_rooms_fit_into_a_head():
    sizes = Counter(file.parent for file in FILES if room_of(file) and file.name != "__init__.py")
    violations = [
        f"{folder}: {files} files"
        for folder, files in sizes.items()
        if files > MOST_FILES_OF_A_ROOM
    ]
    assert not violations, listed(violations)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_says_what_it_holds_and_its_rule(room):
    said = ast.get_docstring(ast.parse(text_of(PACKAGE / room / "__init__.py"))) or ""
    assert "Rule:" in said, f"{room}/__init__.py"


def test_it_finds_what_it_is_for():
    text = "from ..running import runner\nfrom ... import _core\nif TYPE_CHECKING:\n    from ..env import Environment\n"  # noqa: E501
    file = PACKAGE / "http" / "pools.py"
    (found, *rest) = imports_of(file, text.replace("from ... import", "from .. import"))
    assert found.module == ("running", "runner") and not may_import("http", found)
    assert [other.module for other in rest] == [("_core",)] and may_import("http", rest[0])
