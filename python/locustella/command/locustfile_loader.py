"""Loads locustfiles: imports them and finds the user classes and load shapes in them.

    user_classes, shapes = load_locustfile("tests/checkout.py")
    user_classes                # {"Buyer": <class checkout.Buyer>}

A file may import what lies in its own folder and in the working directory.

Thread: the main one, before the test.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any, NamedTuple, TypeGuard, TypeVar

from ..shape import LoadTestShape
from ..user.task import Task
from ..user.users import PytestUser, User

ItemT = TypeVar("ItemT")

# A file with one of these names must not take the place of the package.
_PACKAGE_NAMES = {"locust", "locustella"}


def is_user_class(item: object) -> TypeGuard[type[User]]:
    """Whether it is a user class that can be started."""
    return inspect.isclass(item) and issubclass(item, User) and item.abstract is False


def is_shape_class(item: object) -> TypeGuard[type[LoadTestShape]]:
    """Whether it is a load shape that can be used."""
    return (
        inspect.isclass(item)
        and issubclass(item, LoadTestShape)
        and not getattr(item, "abstract", True)
    )


@contextmanager
def _import_path(folder: str) -> Iterator[None]:
    """Lets `folder` come first in the import path; afterwards the path is as it was."""
    before = sys.path[:]
    sys.path[:] = [folder, *(entry for entry in before if entry != folder)]
    try:
        yield
    finally:
        # Keep what the file itself added.
        added = [e for e in sys.path if e not in before and e != folder]
        sys.path[:] = added + before


def _import_file(path: str) -> ModuleType:
    folder, filename = os.path.split(os.path.abspath(path))
    name = os.path.splitext(filename)[0]
    if name in _PACKAGE_NAMES:
        name = "locustfile"
    loader = SourceFileLoader(name, path)
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickle, dataclasses and others look the module up by its name
    with _import_path(folder):
        loader.exec_module(module)
    return module


def load_locustfile(path: str) -> tuple[dict[str, type[User]], list[LoadTestShape]]:
    """Imports the file; returns its user classes by name, and an instance of each load shape.

    What the file raises is raised to the caller.
    """
    working_directory = os.getcwd()
    if sys.path[:1] != [working_directory]:
        sys.path.insert(0, working_directory)
    contents = vars(_import_file(path))
    user_classes = {name: item for name, item in contents.items() if is_user_class(item)}
    shapes = [item() for item in contents.values() if is_shape_class(item)]
    return user_classes, shapes


def load_locustfile_pytest(path: str) -> dict[str, type[User]]:
    """Makes a user class of every test function of a pytest file, named like the function.

    Needs pytest, and leans on its internals for collecting tests and fixtures. ValueError for a
    test with an argument that is no fixture.
    """
    import pytest
    from _pytest.config import Config

    # -q and -s: say nothing, and leave stdin to the keyboard commands. The fixtures are those for
    # users, not those for pytest (pytest_locustella, and stock Locust's where that is installed).
    plugins = ["-p", "no:locust", "-p", "no:locustella", "-p", "locustella.pytestplugin"]
    config = Config.fromdictargs({}, ["-q", "-s", *plugins, path])
    config._do_configure()
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    session.perform_collect()
    config.hook.pytest_collection_modifyitems(session=session, config=config, items=session.items)

    user_classes: dict[str, Any] = {}
    for item in session.items:
        if not isinstance(item, pytest.Function):
            continue
        for argument in inspect.signature(item.obj).parameters:
            fixtures = session._fixturemanager.getfixturedefs(argument, item)
            if not fixtures:
                raise ValueError(f"{item.name} takes {argument!r}, which is no fixture")
            # Of several the nearest: a file's own `session` goes before ours.
            item.fixturedef = fixtures[-1]  # type: ignore[attr-defined]  # for PytestUser
        if item.name not in user_classes:
            user_classes[item.name] = type(item.name, (PytestUser,), {"functions": []})
        user_classes[item.name].functions.append(item)
    return user_classes


class DuplicateNameError(Exception):
    """Two locustfiles define different classes of the same name."""


class Available(NamedTuple):
    """What all locustfiles of a test together offer, by class name."""

    user_classes: dict[str, type[User]]
    shape_classes: dict[str, LoadTestShape]
    user_tasks: dict[str, list[Task]]
    shape_class: LoadTestShape | None  # the one to use: the first


def _add(kind: str, known: dict[str, ItemT], name: str, item: ItemT) -> None:
    """Files it under `name`. One file may import another's classes: those are no duplicates."""
    if name in known:
        was, now = (
            inspect.getfile(each if inspect.isclass(each) else type(each))
            for each in (known[name], item)
        )
        if was != now:
            raise DuplicateNameError(
                f"Duplicate {kind} class names: {name} is defined in both {was} and {now}"
            )
        return
    known[name] = item


def merge_locustfiles_content(locustfiles: list[str]) -> Available:
    """Loads all files; as pytest files only if none of them has a user class.

    DuplicateNameError if two of them use one name for different classes.
    """
    user_classes: dict[str, type[User]] = {}
    shapes: dict[str, LoadTestShape] = {}
    for path in locustfiles:
        found, found_shapes = load_locustfile(path)
        for shape in found_shapes:
            _add("shape", shapes, type(shape).__name__, shape)
        for name, cls in found.items():
            _add("user", user_classes, name, cls)
    if not user_classes:
        for path in filter(_has_test_functions, locustfiles):
            for name, cls in load_locustfile_pytest(path).items():
                _add("user", user_classes, name, cls)
    return Available(
        user_classes,
        shapes,
        {name: cls.tasks for name, cls in user_classes.items()},
        next(iter(shapes.values()), None),
    )


def _has_test_functions(path: str) -> bool:
    """Whether a loaded file has tests of its own: pytest would import it a second time."""
    return any(
        name.startswith("test") and inspect.isfunction(item) and item.__code__.co_filename == path
        for module in list(sys.modules.values())
        if getattr(module, "__file__", None) == path
        for name, item in vars(module).items()
    )
