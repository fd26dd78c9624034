"""Locust's own `locust.util`: the names that locustfiles import from there, and nothing else.

Rule: what lies here imports no other room, but for the faces, each of which re-exports one module
of another room (deprecation, directory, load_locustfile, url).
"""

from typing import TYPE_CHECKING

_ON_DEMAND = {
    "cache", "deprecation", "directory", "exception_handler", "load_locustfile", "rounding",
    "timespan", "url",
}  # fmt: skip

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Its modules are there without an import of their own, as in Locust."""
        if name in _ON_DEMAND:
            import importlib

            return importlib.import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
