"""The `.env` file beside a locustfile: variables for the process, where it does not have them.

    # what to test
    LOCUST_HOST=http://127.0.0.1:8080
    export TOKEN='a#b c'          # as a shell would take it
    GREETING="two\\nlines"

The grammar; blanks are spaces and tabs:

    file   = { blanks [ entry ] [ comment ] newline }
    entry  = [ "export" blanks ] name [ blanks ] "=" [ blanks ] value [ blanks ]
    name   = ( letter | "_" ) { letter | digit | "_" | "." | "-" }
    value  = single | double | bare
    single = "'" { any but "'" } "'"                    as it stands, over several lines too
    double = '"' { escape | any but '"' } '"'           over several lines too
    escape = "\\" and one of n r t " \\ $                  "\\" before anything else is itself
    bare   = what the line has, up to blanks before a "#", without the blanks around it
    comment = "#" and the rest of the line; after a value with blanks before it

Nothing is substituted: `$` stands for itself. Of two entries of one name the later one counts.

Thread: the main one, before the locustfile is imported.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, MutableMapping
from typing import NamedTuple

from .locustfile_paths import is_url

logger = logging.getLogger("locust.main")

_TOO_LATE = "LOCUST_SKIP_MONKEY_PATCH"  # read when the package is imported

_BLANK_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_BEGINNING = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"((?:[^\n#]|(?<![ \t])#)*)")
_END_OF_LINE = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\n]*)?(?:\n|\Z)")
_ESCAPE = re.compile(r'\\([nrt"\\$])')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class EnvFileError(Exception):
    """The file cannot be read, or a line of it says nothing; its text has the place."""


class EnvFile(NamedTuple):
    """What came of a file."""

    path: str
    taken: list[str]  # names of variables that the process did not have
    kept: list[str]  # of those that it had, which stay as they were


def env_file_of(locustfile: str, given: str | None) -> EnvFile | None:
    """Loads the file given, or the one beside the locustfile, where there is one; '' is none.

    `locustfile` is what -f takes: of several the first counts.
    """
    if given is not None:
        return load_env_file(given) if given else None
    first = locustfile.split(",")[0].strip()
    if first == "-" or is_url(first):
        return None  # it comes from elsewhere
    path = os.path.join(first if os.path.isdir(first) else os.path.dirname(first), ".env")
    return load_env_file(path) if os.path.isfile(path) else None


def tell_about_env_file(env_file: EnvFile | None) -> None:
    """Logs which file it was, what the environment had already, and what comes too late there."""
    if env_file is None:
        return
    kept = f"; the environment has already: {', '.join(env_file.kept)}" if env_file.kept else ""
    logger.info("Variables from %s: %d%s", env_file.path, len(env_file.taken), kept)
    if _TOO_LATE in env_file.taken:
        logger.warning(
            "%s in %s has no effect: it is read before the file, set it in the environment",
            _TOO_LATE,
            env_file.path,
        )


def load_env_file(path: str, environment: MutableMapping[str, str] = os.environ) -> EnvFile:
    """Adds the file's variables to the environment; EnvFileError if it makes no sense."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise EnvFileError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EnvFileError(f"{path} is no text in UTF-8") from None
    variables = dict(_entries(path, text))
    kept = [name for name in variables if name in environment]
    taken = [name for name in variables if name not in environment]
    environment.update({name: variables[name] for name in taken})
    return EnvFile(path, taken, kept)


def _entries(path: str, text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        if blank := _BLANK_LINE.match(text, at):
            at = blank.end()
            continue
        line = text.count("\n", 0, at) + 1
        beginning = _BEGINNING.match(text, at)
        if beginning is None:
            raise EnvFileError(f"{path}:{line}: expected NAME=value")
        value, at = _value(text, beginning.end(), f"{path}:{line}: {beginning[1]}")
        yield beginning[1], value


def _value(text: str, at: int, place: str) -> tuple[str, int]:
    """The value that begins at `at`, and where the next line begins."""
    quote = text[at : at + 1]
    if quote in ("'", '"') and quote:
        found = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
        if found is None:
            raise EnvFileError(f"{place}: the quote {quote} is never closed")
        value = found[1]
        if quote == '"':
            value = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), value)
    else:
        found = _BARE.match(text, at)
        assert found is not None  # it may be empty
        value = found[1].strip(" \t")
    end = _END_OF_LINE.match(text, found.end())
    if end is None:
        raise EnvFileError(f"{place}: something follows the closing quote")
    if "\0" in value:
        raise EnvFileError(f"{place}: a variable cannot hold a NUL byte")
    return value, end.end()
