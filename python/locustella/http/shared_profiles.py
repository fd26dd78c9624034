"""What users of one kind have in common, made once and shared by them.

    route = shared_route(verify=True, ca_bundle="", certificate="", key="", proxy="http://proxy.test:3128")
    profile = shared_profile(host="shop.test", port=80, route=route, ...)

Thread: the hub's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .. import _core

T = TypeVar("T")

_MOST = 1000
_profiles: dict[tuple[Any, ...], _core.Profile] = {}
_routes: dict[tuple[Any, ...], _core.Route] = {}


def _shared(made: dict[tuple[Any, ...], T], make: Callable[..., T], what: dict[str, Any]) -> T:
    key = (*what, *what.values())
    found = made.get(key)
    if found is None:
        if len(made) >= _MOST:
            made.clear()
        found = made[key] = make(**what)
    return found


def shared_profile(**what: Any) -> _core.Profile:
    """The `_core.Profile` of these properties."""
    return _shared(_profiles, _core.Profile, what)


def shared_route(**what: Any) -> _core.Route:
    """The `_core.Route` of these properties: requests that share it can share connections.

    `proxy` may be left out: "http://user:password@host:port", or the like with socks5:// or
    socks5h://. A ValueError says which proxies only the slow path can use.
    """
    return _shared(_routes, _core.Route, what)
