"""Names of a module that are imported when somebody asks for them, not before.

    __getattr__ = names_on_demand(__name__, {
        "load_locustfile": ".command.locustfile_loader",         # a name of that module
        "signal": "signal:",                                     # that module itself
        "locust_exception_handler": ".running.runner:handler",   # a name that is another one there
    })

Locust's modules hold many names that few files ask for. Importing them all would make every start
slower, and would lead modules in circles. Thread: any.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def names_on_demand(
    module: str,
    homes: Mapping[str, str],
    otherwise: Callable[[str], Any] | None = None,
) -> Callable[[str], Any]:
    """The `__getattr__` of `module`; `otherwise` is asked for names that are not in `homes`.

    A home that begins with "." is a module of this package.
    """
    package = module.partition(".")[0]

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            if otherwise is not None:
                return otherwise(name)
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
        where, is_said, attribute = home.partition(":")
        found = importlib.import_module(where, package)
        return getattr(found, attribute or name) if attribute or not is_said else found

    return find
