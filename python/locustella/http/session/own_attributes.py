"""What `requests.Session.__init__` gives every session, and ours makes only where it is asked for.

    give_own(session)          # in an __init__
    settle(session)            # before a request: a class may have got such an attribute meanwhile

In `requests` they are attributes of the session, so that one of its class (`auth = ("a", "b")` in a
subclass, a mixin, a patch) is never seen, and a property of the class is asked to set its value.
Ours has them as attributes of NativeSession, or not at all before they are touched; so where a
class of somebody's own has one of these names, the session gets it for itself.

Thread: the session's.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import takewhile
from operator import is_not
from typing import Any

from requests.models import DEFAULT_REDIRECT_LIMIT

from ..patches import computed, of_class

# In the order in which `requests` sets them. None: the session makes it when it is touched.
_NAMES: dict[str, Any] = {
    "headers": None, "auth": (None,), "proxies": None, "hooks": None, "params": None,
    "stream": (False,), "verify": (True,), "cert": (None,),
    "max_redirects": (DEFAULT_REDIRECT_LIMIT,), "trust_env": (True,), "cookies": None,
    "adapters": None, "request_name": (None,),
}  # fmt: skip

_COMPUTABLE = frozenset(_NAMES) | {"base_url", "request_event", "user"}


def give_own(session: Any) -> None:
    """Gives a new session those that a class of somebody's own has too."""
    cls = type(session)
    watches = cls.__setattr__ is not _base().__setattr__  # and wants to see them all
    for name in _NAMES if watches else _claimed(cls):
        setattr(session, name, _value(session, name))


def settle(session: Any) -> None:
    """The same for a class that has got one since."""
    own = session.__dict__
    for name in _claimed(type(session)):
        if name not in own and not hasattr(_of_class(type(session), name), "__set__"):
            setattr(session, name, _value(session, name))


def computed_attribute(cls: type) -> str | None:
    """One that may say something else at every request."""
    return computed(cls, _base(), _COMPUTABLE)


@cache
def _base() -> type:
    from .session import NativeSession

    return NativeSession


@of_class
def _claimed(cls: type) -> tuple[str, ...]:
    found: set[str] = set()
    for base in takewhile(partial(is_not, _base()), cls.__mro__):
        if not vars(base).keys().isdisjoint(_NAMES):
            found |= vars(base).keys() & _NAMES.keys()
    return tuple(name for name in _NAMES if name in found)


def _of_class(cls: type, name: str) -> Any:
    return next(vars(base)[name] for base in cls.__mro__ if name in vars(base))


def _value(session: Any, name: str) -> Any:
    usual = _NAMES[name]
    return usual[0] if usual is not None else session._made(name)
