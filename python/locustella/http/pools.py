"""The native pools behind the pools that a locustfile gives its users.

    class Visitor(HttpUser):
        pool_manager = urllib3.PoolManager(maxsize=20, block=True)

    class Shopper(FastHttpUser):
        client_pool = geventhttpclient.client.HTTPClientPool(concurrency=20)

Whoever is given the same pool shares its connections. The objects themselves only say how many
there may be; none of their own connections is used.

Thread: the hub's.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from urllib3 import PoolManager

from .. import _core

_pools: WeakKeyDictionary[Any, _core.Pool] = WeakKeyDictionary()

# Of a PoolManager's arguments, those that are understood, or that `requests` says itself for each
# request.
_KNOWN = {"maxsize", "block", "timeout", "retries", "cert_reqs"}

# What geventhttpclient's HTTPClient takes by default: with a pool, it and not the user has these
# settings.
_CLIENT_SETTINGS = {
    "insecure": False, "connection_timeout": 5.0, "network_timeout": 5.0,
    "ssl_context_factory": None, "proxy_host": None, "proxy_port": None,
}  # fmt: skip


def _native_pool(pool: Any, **limits: int) -> _core.Pool:
    found = _pools.get(pool)
    if found is None:
        found = _pools[pool] = _core.Pool(**limits)
    return found


def pool_of_manager(manager: Any) -> _core.Pool | None:
    """The `_core.Pool` for a urllib3 PoolManager; None if only urllib3 can do what it says."""
    if (
        type(manager) is not PoolManager
        or manager.headers
        or set(manager.connection_pool_kw) - _KNOWN
    ):
        return None
    size = manager.connection_pool_kw.get("maxsize", 1)
    blocks = manager.connection_pool_kw.get("block", False)
    return _native_pool(
        manager,
        most_at_once=size if blocks else 0,
        most_idle=size,
        most_places=manager.pools._maxsize,
    )


def pool_of_clients(client_pool: Any) -> _core.Pool:
    """The `_core.Pool` for a geventhttpclient HTTPClientPool, or what stands in for it."""
    concurrency = client_pool.client_args.get("concurrency", 1)
    return _native_pool(client_pool, most_at_once=concurrency, most_idle=concurrency, most_places=0)


def settings_of_clients(client_pool: Any) -> dict[str, Any]:
    """The settings that sessions with this pool have instead of their own."""
    given = client_pool.client_args
    return {name: given.get(name, default) for name, default in _CLIENT_SETTINGS.items()}


def close_idle(pool: Any) -> None:
    """Closes those connections behind `pool` that serve nobody."""
    if (native := _pools.get(pool)) is not None:
        native.close_idle()
