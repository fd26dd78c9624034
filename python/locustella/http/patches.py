"""Who has changed Python's own HTTP code, and what of it the core must therefore leave to Python.

    found().session      # "a patch of requests.sessions.Session.send": its session code is asked
    found().transport    # "a patch of socket.getaddrinfo": ... and its adapter, urllib3, socket too
    found().wire_log     # True: somebody reads urllib3's log
    foreign(HttpSession, ("request",))     # "request", if it is not the library's own
    computed(Shop, HttpSession, frozenset({"auth"}))  # "auth", if it is a property there

Mocks (responses, requests_mock), recorders (vcrpy), APM agents and locustfiles replace functions of
requests, urllib3, http.client and socket, and of ours. What is patched is found by where the code
comes from, so that it is found whenever it was patched, also before we were imported. gevent's
patches, and ours, are none. Plain values (debuglevel, default_socket_options) are compared with
what they were.

The core watches the dicts and classes that were looked at (bindings/watch.hpp), and has
them looked at again when one has changed. Thread: the hub's.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Hashable
from functools import cached_property, lru_cache, partial, wraps
from itertools import takewhile
from operator import is_not
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, TypeVar, cast

from .. import _core

logger = logging.getLogger("locustella.slow_path")

# Modules and classes, all of whose functions are looked at, by what a patch of them concerns. A
# class stands for its bases too.
SESSION = (
    "requests.sessions", "requests.utils", "requests.sessions.Session", "requests.models.Request",
    "requests.models.PreparedRequest", "requests.models.Response",
    "requests.cookies.RequestsCookieJar", "requests.auth.HTTPBasicAuth", "urllib3.fields",
    "urllib3.filepost", "urllib3.fields.RequestField",
)  # fmt: skip
TRANSPORT = (
    "requests.adapters", "urllib3.connection", "urllib3.connectionpool", "urllib3.util.connection",
    "urllib3.util.ssl_", "http.client", "socket", "requests.adapters.HTTPAdapter",
    "urllib3.connection.HTTPSConnection", "urllib3.connectionpool.HTTPSConnectionPool",
    "urllib3.poolmanager.ProxyManager", "urllib3.response.HTTPResponse",
    "http.client.HTTPSConnection", "http.client.HTTPResponse", "socket.socket",
)  # fmt: skip
# What geventhttpclient, and so stock's FastHttpUser, opens its connections with.
FAST_TRANSPORT = ("gevent.socket", "gevent.ssl", "gevent.socket.socket")
# Classes of ours between a request and the statistics.
RECORDING = (
    ("event", "EventHook"),
    ("statistics.request_recorder", "RequestRecorder"),
    ("statistics.request_stats", "RequestStats"),
)

_OURS = __name__.partition(".")[0]
# Packages whose code is at home in the modules above, beside Python's own library.
_LIBRARIES = frozenset(
    (_OURS, "locust", "requests", "urllib3", "gevent", "certifi", "idna", "charset_normalizer",
     "chardet", "simplejson", "brotli", "brotlicffi", "zstandard", "typing_extensions", "backports")
)  # fmt: skip
# Of Python's own, these wrap other people's functions.
_WRAPPERS = frozenset(("unittest", "functools", "contextlib"))
# A method is the same each time; what is kept in the session once it is worked out is seen there.
_STEADY = (FunctionType, classmethod, staticmethod, cached_property)
_PLAIN = (bool, int, float, str, bytes, type(None), tuple, frozenset)
# What these are without anybody's doing; all others are what they were when this module was
# imported.
_KNOWN = {
    "http.client.HTTPConnection.debuglevel": 0,
    "urllib3.connection.HTTPConnection.default_socket_options": [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ],
}


_ALL = (*SESSION, *TRANSPORT, *FAST_TRANSPORT)
_MODULES = frozenset(name for name in _ALL if not name.rpartition(".")[2][0].isupper()) - {
    "socket.socket", "gevent.socket.socket",
}  # fmt: skip
_WIRE_LOGGER = logging.getLogger("urllib3.connectionpool")


class Found(NamedTuple):
    """What is patched, in words; None: nothing."""

    session: str | None = None
    transport: str | None = None
    recording: str | None = None
    fast_transport: str | None = None  # which the core does not ask: ignored() tells of it
    wire_log: bool = False  # somebody reads urllib3's log


_Judge = TypeVar("_Judge", bound=Callable[..., Any])

_found = Found()
_usual: dict[str, Any] = {}
_good: dict[str, Any] = {}  # what was looked at and found unchanged


def found() -> Found:
    """What is patched now."""
    if not _core.world_holds():
        look()
    return _found


def of_class(work_out: _Judge) -> _Judge:
    """What is true of a class: worked out once, and anew when the class or a base has changed.

    Each session asks the same of its class before its first request. CPython numbers the states of
    classes; of one without a number the answer is worked out every time. What else is asked for
    has to be hashable.
    """

    @lru_cache(maxsize=256)
    def known(cls: type, version: int, *rest: Hashable) -> Any:
        return work_out(cls, *rest)

    def ask(cls: type, *rest: Hashable) -> Any:
        version = _core.class_version(cls)
        return known(cls, version, *rest) if version else work_out(cls, *rest)

    return cast(_Judge, wraps(work_out)(ask))


@of_class
def foreign(cls: type, names: tuple[str, ...]) -> str | None:
    """The first of these attributes of the class that is not a library's own."""
    # ... also behind ours, which may go on to it.
    for name in names:
        for base in cls.__mro__:
            if name in base.__dict__ and not _is_library_code(base.__dict__[name]):
                return name
    return None


@of_class
def computed(cls: type, base: type, names: frozenset[str]) -> str | None:
    """The first of these attributes that a subclass of `base` works out whenever it is asked for
    (a property, say), or "__getattribute__" where that may be any: no profile can be made of it.
    """
    if any("__getattribute__" in vars(one) for one in cls.__mro__[:-1]):
        return "__getattribute__"
    for one in takewhile(partial(is_not, base), cls.__mro__):
        if vars(one).keys().isdisjoint(names):
            continue
        for name in vars(one).keys() & names:
            if _works_out(vars(one)[name]):
                return name
    return None


def _works_out(attribute: Any) -> bool:
    kind = type(attribute)
    return hasattr(kind, "__set__") or (
        hasattr(kind, "__get__") and not isinstance(attribute, _STEADY)
    )


def look() -> None:
    """Looks at everything; called by the core when something has changed."""
    global _found
    watched: list[Any] = []
    before = _found
    _found = Found(
        _first_patch(SESSION, watched),
        _first_patch(TRANSPORT, watched),
        _patch_of_recording(watched),
        _first_patch(FAST_TRANSPORT, watched),
        _has_wire_log(watched),
    )
    _core.watch_world(tuple(watched), _found != before)


def _has_wire_log(watched: list[Any]) -> bool:
    """Whether urllib3's lines would go anywhere; logging's levels are attributes of loggers."""
    level_of: logging.Logger | None = _WIRE_LOGGER
    watched.append(vars(_WIRE_LOGGER.manager))
    while level_of is not None:
        watched.append(vars(level_of))
        level_of = level_of.parent
    return _WIRE_LOGGER.isEnabledFor(logging.DEBUG)


def pass_over(cls: type, name: str) -> None:
    """What somebody has put into a class in place of this function makes no difference to what a
    session's requests do: it is no patch, as long as it stays there.
    """
    _good[f"{cls.__module__}.{cls.__name__}.{name}"] = vars(cls)[name]
    look()


_ignored: Counter[str] = Counter()


def ignored() -> dict[str, int]:
    """How many requests have passed by a patch that the core does not honour, by patch."""
    return dict(_ignored)


def pass_by(patch: str) -> None:
    """Counts a request of FastHttpUser that is sent as if there were no such patch; the first is
    told.
    """
    if not _ignored[patch]:
        logger.warning(
            "There is %s. FastHttpUser does not use it: its requests go out as if it were not "
            "there.",
            patch,
        )
    _ignored[patch] += 1


def _first_patch(names: tuple[str, ...], watched: list[Any]) -> str | None:
    first = None
    for name in names:
        owner = _owner(name)
        if owner is None:  # somebody has put something else than a class there: its module has told
            continue
        watched.append(vars(owner) if isinstance(owner, ModuleType) else owner)
        for place, value in _attributes_of(owner):
            if _good.get(place, _good) is value:
                continue
            if not _is_changed(place, value):
                _good[place] = value
            elif first is None:
                first = f"a patch of {place}"
    return first


def _owner(name: str) -> Any:
    """A module, or a class in one."""
    if name in sys.modules:
        return sys.modules[name]
    module, _, attribute = name.rpartition(".")
    owner = getattr(sys.modules.get(module), attribute, None)
    return owner if isinstance(owner, type) else None


def _attributes_of(owner: Any) -> list[tuple[str, Any]]:
    """(whole name, value) of all in a module, or in a class and its bases."""
    if isinstance(owner, ModuleType):
        return [(f"{owner.__name__}.{name}", value) for name, value in vars(owner).items()]
    return [
        (f"{cls.__module__}.{cls.__name__}.{name}", value)
        for cls in owner.__mro__ if cls.__module__ not in ("builtins", "typing", "abc", "io", "_io")
        for name, value in vars(cls).items()
    ]  # fmt: skip


def _is_changed(place: str, value: Any) -> bool:
    if place.rpartition(".")[2].startswith("__") and not callable(value):
        return False
    if place in _KNOWN:
        return bool(value != _KNOWN[place])
    if isinstance(value, _PLAIN):
        return place in _usual and value != _usual[place]
    return not _is_library_code(value)


def _is_library_code(value: Any) -> bool:
    """Whether a function, method or class comes from one of the libraries; other values are
    nobody's code.
    """
    while isinstance(value, classmethod | staticmethod):
        value = value.__func__
    if isinstance(value, property):
        return all(
            _is_library_code(part)
            for part in (value.fget, value.fset, value.fdel)
            if part is not None
        )
    if type(value) is FunctionType:
        return _is_function_of_a_library(value)
    if isinstance(value, type):
        return _is_at_home(value.__module__) or value.__module__.startswith("namedtuple_")
    if type(value) is BuiltinFunctionType:
        return value.__module__ is None or _is_at_home(value.__module__)
    # a cache before a function of theirs; before the network it changes something
    if type(value) is type(_cached):
        return _is_function_of_a_library(value.__wrapped__) and not value.__module__.startswith(
            ("socket", "gevent")
        )
    if type(value) is MethodType:
        return _is_library_code(value.__func__)
    if isinstance(value, cached_property):
        return _is_library_code(value.func)
    if not callable(value) and not hasattr(type(value), "__get__"):
        return True
    if type(value).__name__ == "cython_function_or_method":
        return _is_at_home(value.__module__)
    return _is_at_home(type(value).__module__)  # descriptors of C, forms of typing


@lru_cache(maxsize=1)
def _cached() -> None:
    """Only its type counts."""


def _is_function_of_a_library(function: Any) -> bool:
    if type(function) is not FunctionType:
        return _is_library_code(function)
    home = function.__globals__.get("__name__", "")
    if home == contextlib.__name__:  # what @contextmanager makes of somebody's function
        wrapped = getattr(function, "__wrapped__", None)
        return wrapped is None or _is_function_of_a_library(wrapped)
    return _is_at_home(home) or home.startswith("namedtuple_")


def _is_at_home(module: str) -> bool:
    top = module.partition(".")[0]
    return top in _LIBRARIES or (
        top in sys.stdlib_module_names and top not in _WRAPPERS and _is_pythons(top)
    )


def _is_pythons(top: str) -> bool:
    """Whether the module is what its name says: a locustfile may be called test.py."""
    file = getattr(sys.modules.get(top), "__file__", None)
    return file is None or file.startswith(_PYTHONS_FILES)


# Python's modules and its extension modules; `sysconfig`, which knows as well, takes time and
# memory to import.
_PYTHONS_FILES = (
    os.path.dirname(os.__file__) + os.sep,
    os.path.join(sys.base_exec_prefix, sys.platlibdir, f"python3.{sys.version_info.minor}", ""),
)


def _patch_of_recording(watched: list[Any]) -> str | None:
    """Tells the core the classes of which it may record by itself."""
    classes = []
    first = None
    for module, name in RECORDING:
        cls = getattr(importlib.import_module(f"{_OURS}.{module}"), name)
        classes.append(cls)
        watched.append(cls)
        for key, value in vars(cls).items():
            if first is None and not _is_library_code(value):
                first = f"a patch of {name}.{key}"
    event, recorder, stats = classes
    _core.set_recording(None if first else event, recorder, stats)
    return first


def _remember() -> None:
    for name in _ALL:
        importlib.import_module(name if name in _MODULES else name.rpartition(".")[0])
        for place, value in _attributes_of(_owner(name)):
            if isinstance(value, _PLAIN):
                _usual[place] = value


_remember()
_core.set_world_looker(look)
