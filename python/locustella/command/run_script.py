"""Runs a Python script in which `import locust` finds Locustella."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..env import Environment


def run_script(argv: list[str]) -> None:
    """Runs `argv[0]` as `__main__` with `argv` as its `sys.argv`; its exceptions are its own."""
    from .. import as_locust  # noqa: F401
    from ..env import Environment
    from ..process.user_traceback import format_without_own_frames
    from .locustfile_loader import is_user_class

    script = argv[0]
    sys.argv[:] = argv
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    created = _count_instances(Environment)
    try:
        namespace = runpy.run_path(script, run_name="__main__")
    except Exception as error:
        sys.stderr.write(format_without_own_frames(error))
        sys.exit(1)
    if not created and any(is_user_class(value) for value in namespace.values()):
        sys.stderr.write(
            f"{script} defines users, but starts none. To run a load test with it:\n"
            f"    locustella -f {script}\n"
        )


def _count_instances(cls: type[Environment]) -> list[object]:
    """A list that grows with each instance of `cls` made from now on."""
    created: list[object] = []
    construct: Callable[..., None] = cls.__init__

    def counting(self: Environment, *args: object, **kwargs: object) -> None:
        created.append(None)
        construct(self, *args, **kwargs)

    cls.__init__ = counting  # type: ignore[method-assign]  # that is what it is for
    return created
