"""Files and functions that fit into a head: at most 500 and 60 lines."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from cpp_source import functions
from repository import CPP_SUFFIXES, below, listed, text_of

MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 60
MOST_FILES_OF_A_BINDINGS_ROOM = 14
FOLDERS = ("core", "python", "plugins")


def test_files_are_short():
    violations = [
        f"{source}: {lines} lines"
        for source in below(*FOLDERS, suffixes=CPP_SUFFIXES | {".py", ".pyi"})
        if (lines := len(text_of(source).splitlines())) > MOST_LINES_OF_A_FILE
    ]
    assert not violations, listed(violations)


def test_cpp_functions_are_short():
    violations = [
        f"{source}:{function.line}: {function.lines} lines: {function.signature}"
        for source in below(*FOLDERS, suffixes=CPP_SUFFIXES)
        for function in functions(text_of(source))
        if function.lines > MOST_LINES_OF_A_FUNCTION
    ]
    assert not violations, listed(violations)


def test_python_functions_are_short():
    violations = [
        f"{source}:{node.lineno}: {lines} lines: {node.name}"
        for source in below(*FOLDERS, suffixes={".py"})
        for node in ast.walk(ast.parse(text_of(source)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := node.end_lineno - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not violations, listed(violations)


def test_rooms_of_the_bindings_fit_into_a_head():
    rooms = Counter(
        source.parent for source in below("python", suffixes=CPP_SUFFIXES) if len(source.parts) > 3
    )
    crowded = [
        f"{room}: {files} files"
        for room, files in rooms.items()
        if files > MOST_FILES_OF_A_BINDINGS_ROOM
    ]
    assert not crowded, listed(crowded)


def test_the_module_is_a_list_of_binders():
    assert len(text_of(Path("python/bindings/module.cpp")).splitlines()) < 30
