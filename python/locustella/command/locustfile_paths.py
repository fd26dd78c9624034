"""Where locustfiles come from: `-f` takes files, folders and URLs, separated by commas.

    parse_locustfile_paths(["tests/", "http://127.0.0.1/load.py"])   -> ["/.../tests/a.py", ...]
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import os
import shutil
import sys
import tempfile
from typing import NoReturn
from urllib.parse import urlparse

from .misspelled import closest


def is_url(url: str) -> bool:
    """Whether the text is an http or https URL with a host."""
    try:
        parts = urlparse(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def get_abspaths_in(path: str, extension: str | None = None) -> list[str]:
    """All files below the folder that end in `extension`, but for names beginning with "_"."""
    return [
        os.path.abspath(os.path.join(folder, name))
        for folder, _, names in os.walk(path)
        for name in names
        if not name.startswith("_")
        and (extension is None or name.endswith(extension))
        and os.path.isfile(os.path.join(folder, name))  # no link to a file that is gone
    ]


def parse_locustfile_paths(paths: list[str]) -> list[str]:
    """The files that the paths mean, absolute; ends the process with a message if there is none."""
    return [found for path in paths for found in _files_of(path)]


def _files_of(path: str) -> list[str]:
    if is_url(path):
        return [download_locustfile_from_url(path)]
    if os.path.isdir(path):
        return get_abspaths_in(path, extension=".py") or _give_up(
            f"There is no Python file in the folder '{path}'"
        )
    if not os.path.exists(path):
        return _give_up(f"Could not find '{path}'. {_advice(path)}")
    if not path.endswith(".py"):
        return _give_up(f"'{path}' is no locustfile: its name has to end in .py")
    return [os.path.abspath(path)]


def _advice(path: str) -> str:
    given = [argument for argument in sys.argv[1:] if argument.endswith(".py")]
    if given and path not in given:
        return f"A locustfile is given with -f, as in -f {given[0]}"
    folder, name = os.path.split(path)
    nearby = sorted(file for file in _names_in(folder or ".") if file.endswith(".py"))
    stems = [file.removesuffix(".py") for file in nearby]
    if close := closest(name.removesuffix(".py"), stems):
        return f"Did you mean '{os.path.join(folder, close)}.py'?"
    if folder or not nearby:
        return "Give the test's file with -f, such as -f tests/load.py"
    return f"Give the test's file with -f. Python files here: {', '.join(nearby[:5])}"


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def exit_handler(filename: str) -> None:
    """Removes a file that was fetched, if it is still there and can be removed."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        os.remove(filename)


def download_locustfile_from_url(url: str) -> str:
    """Saves the file in the temporary folder until the process ends; returns its path."""
    import requests

    try:
        response = requests.get(url)
        response.raise_for_status()
        ast.parse(response.text)
    except requests.exceptions.RequestException as error:
        _give_up(f"Could not get the locustfile from {url}: {error}")
    except SyntaxError:
        _give_up(f"What {url} answers is not Python code. It begins: {response.text[:100]!r}")
    folder = tempfile.mkdtemp(prefix="locustfile-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, os.path.basename(urlparse(url).path) or "locustfile.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(response.text)
    return path


def _give_up(message: str) -> NoReturn:
    sys.stderr.write(message + "\n")
    sys.exit(1)
