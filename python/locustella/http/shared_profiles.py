"""What users of one kind have in common, made once and shared by them.

    route = shared_route(verify=True, ca_bundle="", certificate="", key="", proxy="http://proxy.test:3128")
    profile = shared_profile(host="shop.test", port=80, route=route, ...)

Thread: the hub's.
"""

from __future__ import annotations

from typing import Any

from .. import _core

_MOST = 1000
_profiles: dict[tuple, Any] = {}
_routes: dict[tuple, Any] = {}


def _shared(made: dict[tuple, Any], make: Any, what: dict[str, Any]) -> Any:
    key = (*what, *what.values())
    found = made.get(key)
    if found is None:
        if len(made) >= _MOST:
            made.clear()
        found = made[key] = make(**what)
    return found


def shared_profile(**what: Any) -> Any:
    """The `_core.Profile` of these properties."""
    return _shared(_profiles, _core.Profile, what)


def shared_route(**what: Any) -> Any:
    """The `_core.Route` of these properties: requests that share it can share connections.

    `proxy` may be left out: "http://user:password@host:port", or the like with socks5:// or
    socks5h://. A ValueError says which proxies only the slow path can use.
    """
    return _shared(_routes, _core.Route, what)
