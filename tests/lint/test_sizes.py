"""Files and functions that fit into a head: at most 500 and 60 lines."""

from __future__ import annotations

import ast

from cpp_source import functions
from repository import CPP_SUFFIXES, below, listed, text_of

MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 60
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
