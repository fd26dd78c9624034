"""Just enough C++ to count the lines of functions and to list includes: no compiler, no
preprocessor.

``functions("core/x.cpp", text)`` finds the outermost blocks that are neither a namespace, a type
nor data. That is every function's body, with the lambdas in it; a block counts from the first line
of its signature to its closing brace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Comments, strings (raw ones first) and character literals; digit separators are no literals.
_NOT_CODE = re.compile(
    r'R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r"|//[^\n]*"
    r"|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_OPENS_SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b[^()=]*$")
_ATTRIBUTE = re.compile(r"\balignas\([^()]*\)|\[\[.*?\]\]")
_OPENS_DATA = re.compile(r"=\s*$")
_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*(?P<quote>[<"])(?P<name>[^>"]+)[>"]', re.MULTILINE
)


@dataclass(frozen=True)
class Function:
    line: int
    lines: int
    signature: str


@dataclass(frozen=True)
class Include:
    line: int
    name: str
    own: bool  # in quotes


def includes(text: str) -> Iterator[Include]:
    for match in _INCLUDE.finditer(text):
        yield Include(_line(text, match.start()), match["name"], match["quote"] == '"')


def functions(text: str) -> Iterator[Function]:
    code = _NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    code = re.sub(
        r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m[0]), code, flags=re.MULTILINE
    )
    at = begin = 0
    while match := re.compile(r"[{};]").search(code, at):
        at = match.end()
        if match[0] == "{":
            prefix = _ATTRIBUTE.sub(" ", code[begin : match.start()])
            if not _OPENS_SCOPE.search(prefix):
                end = _closing(code, match.start())
                if not _OPENS_DATA.search(prefix) and ")" in prefix:
                    first = re.compile(r"\S").search(code, begin).start()
                    yield Function(
                        _line(code, first),
                        code.count("\n", first, end) + 1,
                        " ".join(prefix.split())[:80],
                    )
                at = end + 1
        begin = at


def _closing(code: str, opening: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return len(code)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
