"""Importing this module makes `locust` and everything below it mean Locustella.

    import locustella.as_locust
    from locust import HttpUser, task
    import locust.stats                  # the very same module object as locustella.stats
    from geventhttpclient.client import HTTPClientPool       # a stand-in, unless it is installed

The command line, `python -m locustella` and the pytest plugin import it. It works beside an
installed stock Locust, which then cannot be imported in this process; nothing else ever takes
Locust's name.

Each of Locust's names is one of ours.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .legacy.warnings import warn_once

OURS = __name__.rpartition(".")[0]
LOCUSTS = "locust"

# Modules that Locust no longer has -> where their contents are today ("": in the package itself).
_REMOVED = {
    "core": "",
    "inspectlocust": "user.inspectuser",
    "sequential_taskset": "user.sequential_taskset",
    "util.time": "util.timespan",
    "wait_time": "user.wait_time",
}
_MODULE_ATTRIBUTES = ("__name__", "__loader__", "__package__", "__path__", "__file__", "__cached__")


def our_name(fullname: str) -> str:
    """The module of ours that `fullname` ("locust" or "locust.something") stands for."""
    rest = fullname[len(LOCUSTS) + 1 :]
    rest = _REMOVED.get(rest, rest)
    return f"{OURS}.{rest}" if rest else OURS


class _AliasLoader(Loader):
    """Answers an import with a module that exists already, and leaves that module as it is."""

    def __init__(self, fullname: str) -> None:
        self._fullname = fullname
        self._own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> Any:
        rest = self._fullname[len(LOCUSTS) + 1 :]
        if rest in _REMOVED:
            warn_once(self._fullname, "1.0", f"import {_today(rest)}")
        if rest == "events":  # a module once: today the Events object of the package
            warn_once(self._fullname, "1.0", "use from locust import events")
            return importlib.import_module(OURS).events
        module = importlib.import_module(our_name(self._fullname))
        name_classes_as_locusts()
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: Any) -> None:
        # The import machinery has just written a spec (and, on an object that is no module, more)
        # into what create_module gave it.
        if self._own_spec is not None:
            module.__spec__ = self._own_spec
        elif not isinstance(module, ModuleType):
            for name in (*_MODULE_ATTRIBUTES, "__spec__"):
                vars(module).pop(name, None)


def _today(rest: str) -> str:
    return f"{LOCUSTS}.{_REMOVED[rest]}" if _REMOVED[rest] else LOCUSTS


class LocustFinder(MetaPathFinder):
    """Finds `locust` and all below it among our modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != LOCUSTS and not fullname.startswith(LOCUSTS + "."):
            return None
        if fullname == f"{LOCUSTS}.events":
            is_package = False
        else:
            try:
                found = importlib.util.find_spec(our_name(fullname))
            except ModuleNotFoundError:  # not even its package is here
                return None
            if found is None:
                return None
            is_package = found.submodule_search_locations is not None
        return ModuleSpec(fullname, _AliasLoader(fullname), is_package=is_package)


class _StandInLoader(_AliasLoader):
    def create_module(self, spec: ModuleSpec) -> Any:
        module = importlib.import_module(f"{OURS}.http.fast.geventhttpclient_names")
        self._own_spec = module.__spec__
        return module


class StandInFinder(MetaPathFinder):
    """Finds what locustfiles import from geventhttpclient, which Locust brings along and we do not.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in ("geventhttpclient", "geventhttpclient.client"):
            return None
        return ModuleSpec(
            fullname, _StandInLoader(fullname), is_package=fullname == "geventhttpclient"
        )


# Modules of ours whose classes say that they are Locust's, as they do there: in tracebacks, in
# reprs, in pickles that stock Locust reads. What they have from rooms of ours is theirs; those that
# are in several are the first one's.
_NAMED = (
    "exception", "event", "env", "shape", "dispatch", "input_events", "argument_parser", "html",
    "log", "user.task", "user.sequential_taskset", "user.markov_taskset", "user.users", "clients",
    "contrib.csv_request_logger", "contrib.dns", "contrib.fasthttp", "contrib.milvus",
    "contrib.mongodb", "contrib.mqtt", "contrib.oai", "contrib.postgres", "contrib.qdrant",
    "contrib.socketio", "stats", "runners", "rpc.protocol",
)  # fmt: skip


def name_classes_as_locusts() -> None:
    """Gives the classes of the modules that are imported the module names that Locust's have."""
    modules = [
        (name, sys.modules[f"{OURS}.{name}"]) for name in _NAMED if f"{OURS}.{name}" in sys.modules
    ]
    for defined_there in (True, False):  # the others come out of rooms of ours
        for name, module in modules:
            for value in list(vars(module).values()):
                if isinstance(value, type) and _is_to_be_named(value, name, defined_there):
                    value.__module__ = f"{LOCUSTS}.{name}"


def _is_to_be_named(cls: type, name: str, defined_there: bool) -> bool:
    home = cls.__module__
    if home.startswith(f"{OURS}._core"):
        return False
    return home == f"{OURS}.{name}" if defined_there else home.startswith(f"{OURS}.")


def install() -> None:
    """Puts the finder in front of all others; ImportError if stock Locust was imported before."""
    ours = importlib.import_module(OURS)
    stock = sys.modules.get(LOCUSTS)
    if stock is not None and stock is not ours:
        raise ImportError(
            f"stock Locust was imported already (from {getattr(stock, '__file__', 'memory')}): "
            "import locustella.as_locust before anything that imports locust"
        )
    for name, module in list(sys.modules.items()):
        if name == OURS or name.startswith(OURS + "."):
            sys.modules.setdefault(LOCUSTS + name[len(OURS) :], module)
    if not any(isinstance(finder, LocustFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, LocustFinder())
        sys.meta_path.append(StandInFinder())  # the last: the real one goes first
    name_classes_as_locusts()


install()
